#include "client/config_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon::client {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ConfigFileTest : public ::testing::Test {
 protected:
  ConfigFileTest() {
    std::string folder = ::testing::TempDir() + "config.XXXXXX";
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
  }
  ~ConfigFileTest() override { std::filesystem::remove_all(folder_); }

  std::string path() const { return folder_ + "/config.yaml"; }

  void Write(const std::string& text) { std::ofstream(path()) << text; }

  std::string Text() const {
    std::ifstream file(path());
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // What is wrong with a file of this text.
  std::string Problem(const std::string& text) {
    Write(text);
    const absl::Status status = LoadConfig(path()).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << text;
    return std::string(status.message());
  }

  std::string folder_;
};

TEST_F(ConfigFileTest, WhatIsSavedIsLoaded) {
  Config config;
  config.current_context = "prod";
  config.contexts = {
      {"prod", "mon-1:8101", {"/ca", "/cert", "/key", "/to: #k"}},
      {"test@eu", "unix:/run/smon", {}},
      {"true", "", {}}};
  ASSERT_TRUE(SaveConfig(path(), config).ok());
  const absl::StatusOr<Config> loaded = LoadConfig(path());
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->current_context, "prod");
  EXPECT_THAT(ContextNames(*loaded), ElementsAre("prod", "test@eu", "true"));
  const Context* prod = FindContext(*loaded, "prod");
  ASSERT_NE(prod, nullptr);
  EXPECT_EQ(prod->address, "mon-1:8101");
  EXPECT_EQ(prod->credentials.tls_ca, "/ca");
  EXPECT_EQ(prod->credentials.tls_cert, "/cert");
  EXPECT_EQ(prod->credentials.tls_key, "/key");
  EXPECT_EQ(prod->credentials.token, "/to: #k");
  EXPECT_EQ(FindContext(*loaded, "eu"), nullptr);
}

TEST_F(ConfigFileTest, NoFileAndAnEmptyOneHaveNoContexts) {
  EXPECT_TRUE(LoadConfig(path()).value().contexts.empty());
  Write("# nothing yet\n");
  EXPECT_TRUE(LoadConfig(path()).value().contexts.empty());
  Write("contexts:\n");
  EXPECT_TRUE(LoadConfig(path()).value().contexts.empty());
}

TEST_F(ConfigFileTest, RelativeFilesAreBesideTheConfiguration) {
  Write("contexts: [{name: a, token_file: a.token}]");
  EXPECT_EQ(LoadConfig(path()).value().contexts[0].credentials.token,
            folder_ + "/a.token");
}

TEST_F(ConfigFileTest, OnlyTheUserMayReadTheFile) {
  const std::string deep = folder_ + "/a/b/config.yaml";
  ASSERT_TRUE(SaveConfig(deep, Config()).ok());
  struct stat info {};
  ASSERT_EQ(stat(deep.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600);
  ASSERT_EQ(stat((folder_ + "/a").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700);
}

TEST_F(ConfigFileTest, SavingLeavesNothingBesideTheFileAndFollowsALink) {
  const std::string real = folder_ + "/real.yaml";
  std::ofstream(real) << "contexts:\n";
  ASSERT_EQ(symlink("real.yaml", path().c_str()), 0);
  ASSERT_TRUE(SaveConfig(path(), Config{"", {{"a", "", {}}}}).ok());
  EXPECT_TRUE(std::filesystem::is_symlink(path()));
  EXPECT_EQ(LoadConfig(real).value().contexts.size(), 1);
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    files += entry.path().empty() ? 0 : 1;
  }
  EXPECT_EQ(files, 2);
}

TEST_F(ConfigFileTest, AFileThatCannotBeReplacedStaysAsItWas) {
  std::filesystem::create_directory(path());
  const absl::Status status = SaveConfig(path(), Config());
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr(path()));
  EXPECT_TRUE(std::filesystem::is_directory(path()));
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    files += entry.path().empty() ? 0 : 1;
  }
  EXPECT_EQ(files, 1);
}

TEST_F(ConfigFileTest, WhatIsWrongIsNamedWithItsLine) {
  EXPECT_THAT(
      Problem("contexts: {a: 1}"),
      AllOf(HasSubstr(path()), HasSubstr("line 1: a list of contexts")));
  EXPECT_THAT(Problem("contexts:\n- adress: x\n"),
              HasSubstr("line 2: unknown key 'adress': did you mean address?"));
  EXPECT_THAT(Problem("context:\n"), HasSubstr("did you mean contexts?"));
  EXPECT_THAT(Problem("contexts:\n- {name: a}\n- {name: a}\n"),
              HasSubstr("line 3: there are two contexts 'a'"));
  EXPECT_THAT(Problem("contexts: [{address: x}]"), HasSubstr("'' cannot name"));
  EXPECT_THAT(Problem("contexts: [{name: [a]}]"),
              HasSubstr("a text is wanted"));
  EXPECT_THAT(Problem("contexts: [1]"), HasSubstr("a context is wanted"));
  EXPECT_THAT(Problem("contexts: [{name: a, address: \"x\\ty\"}]"),
              HasSubstr("address has a control character"));
  EXPECT_THAT(Problem("- a"), HasSubstr("it has no current-context"));
  EXPECT_THAT(Problem("a: {"), HasSubstr("it is not YAML"));
  EXPECT_THAT(Problem("a: *b"), HasSubstr("it is not YAML"));
}

TEST_F(ConfigFileTest, HostileFilesAreRefused) {
  EXPECT_THAT(Problem(std::string(100000, '[')), HasSubstr("not YAML"));
  EXPECT_THAT(Problem(std::string((1 << 20) + 1, '#')), HasSubstr("1 MiB"));
  std::filesystem::remove(path());
  ASSERT_EQ(mkfifo(path().c_str(), 0600), 0);
  EXPECT_THAT(std::string(LoadConfig(path()).status().message()),
              HasSubstr("it is a pipe, and nobody writes"));
  EXPECT_THAT(std::string(SaveConfig(path(), Config()).message()),
              HasSubstr("it is not a file that can be replaced"));
  EXPECT_TRUE(std::filesystem::is_fifo(path()));
}

TEST_F(ConfigFileTest, NamesAreOfHarmlessCharacters) {
  for (const char* good : {"prod", "a@b:c/d", "1", "a-b_c.d+e"}) {
    EXPECT_TRUE(CheckContextName(good).ok()) << good;
  }
  for (const std::string& bad :
       {std::string(), std::string("-a"), std::string("a b"),
        std::string("a\x1b"), std::string("\xc3\xa9"), std::string("$(x)"),
        std::string("a\0b", 3), std::string(101, 'a')}) {
    EXPECT_FALSE(CheckContextName(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace smon::client
