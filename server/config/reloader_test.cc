#include "server/config/reloader.h"

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/fake_clock.h"

namespace smon {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ReloaderTest : public ::testing::Test {
 protected:
  // Starts with this file.
  void Start(const std::string& text, std::vector<std::string> arguments = {}) {
    Write(text);
    arguments.push_back("--config=" + path_);
    const Environment environment = [](const char*) -> const char* {
      return nullptr;
    };
    ASSERT_TRUE(SetFlags(arguments, environment).problems.empty());
    reloader_ = std::make_unique<Reloader>(
        arguments, environment, &record_,
        [this](const Config& config) { applied_.push_back(config); });
  }

  void Write(const std::string& text) { std::ofstream(path_) << text; }

  // What is logged when the file has become this one.
  std::string Reload(const std::string& text) {
    Write(text);
    ::testing::internal::CaptureStderr();
    reloader_->Reload();
    return ::testing::internal::GetCapturedStderr();
  }

  const std::string path_ =
      std::string(std::getenv("TEST_TMPDIR")) + "/smonsvc.yaml";
  FakeClock clock_;
  ReloadRecord record_{&clock_};
  std::vector<Config> applied_;
  std::unique_ptr<Reloader> reloader_;
};

TEST_F(ReloaderTest, WhatCanChangeIsTakenAndNamed) {
  Start("interval: 60\n");
  EXPECT_THAT(Reload("interval: 30\nsubmit_rate: 5\nlog_level: DEBUG\n"),
              HasSubstr("changed=\"interval log_level submit_rate\""));
  ASSERT_EQ(applied_.size(), 1u);
  EXPECT_EQ(applied_[0].interval, absl::Seconds(30));
  EXPECT_EQ(applied_[0].submit_rate, 5);
  EXPECT_EQ(applied_[0].log_severity, LogSeverity::kDebug);
}

TEST_F(ReloaderTest, WhatCannotChangeIsNamedAsLongAsItDiffers) {
  Start("partitions: a\n");
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(Reload("partitions: b\nport: 5\n"),
                AllOf(HasSubstr("settings changed that need a restart"),
                      HasSubstr("settings=\"partitions port\"")));
  }
  EXPECT_THAT(Reload("partitions: a\n"), Not(HasSubstr("restart")));
  EXPECT_TRUE(applied_.empty());
}

TEST_F(ReloaderTest, ABrokenFileChangesNothingAndSaysSo) {
  Start("interval: 60\n");
  EXPECT_THAT(Reload("interval: 30\nintervall: 2\n"),
              AllOf(HasSubstr("ERROR configuration not taken"),
                    HasSubstr(":2: unknown setting 'intervall'"),
                    Not(HasSubstr("read again"))));
  EXPECT_THAT(Reload("interval: 0\n"), HasSubstr("is not between"));
  EXPECT_TRUE(applied_.empty());
  EXPECT_THAT(Reload("interval: 60\n"), HasSubstr("changed=\"\""));
  EXPECT_TRUE(applied_.empty());
}

TEST_F(ReloaderTest, WhatCameOfItIsNoted) {
  const absl::Time start = clock_.Now();
  Start("interval: 60\n");
  EXPECT_TRUE(record_.Get().last.ok());
  EXPECT_EQ(record_.Get().success, start);

  clock_.Advance(absl::Seconds(5));
  Reload("intervall: 2\nport: many\n");
  EXPECT_THAT(std::string(record_.Get().last.message()),
              AllOf(HasSubstr(":1: unknown setting 'intervall'"),
                    HasSubstr(" (1 more)")));
  EXPECT_EQ(record_.Get().at, start + absl::Seconds(5));
  EXPECT_EQ(record_.Get().success, start) << "the settings of then are in use";

  clock_.Advance(absl::Seconds(5));
  Reload("interval: 60\n");
  EXPECT_TRUE(record_.Get().last.ok()) << "mended, though nothing changes";
  EXPECT_EQ(record_.Get().success, start + absl::Seconds(10));
}

TEST_F(ReloaderTest, ArgumentsStillWin) {
  Start("interval: 60\n", {"--interval=10"});
  EXPECT_THAT(Reload("interval: 30\n"), HasSubstr("changed=\"\""));
}

TEST_F(ReloaderTest, ALineThatIsTakenOutGivesTheDefaultBack) {
  Start("interval: 60\n");
  Reload("");
  ASSERT_EQ(applied_.size(), 1u);
  EXPECT_EQ(applied_[0].interval, absl::Seconds(180));
}

}  // namespace
}  // namespace smon
