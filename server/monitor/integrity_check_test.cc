#include "server/monitor/integrity_check.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "server/store/sql_store.h"
#include "testing/fake_clock.h"

namespace smon {
namespace {

using ::testing::HasSubstr;

// Overwrites text in the file by other text of its length.
void Overwrite(const std::string& path, const std::string& text,
               const std::string& by) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)),
                          std::istreambuf_iterator<char>());
  const size_t place = bytes.find(text);
  ASSERT_NE(place, std::string::npos);
  file.seekp(static_cast<std::streamoff>(place));
  file << by;
}

TEST(IntegrityCheckTest, DamageMakesTheStoreUnhealthyForGood) {
  std::string directory = absl::StrCat(::testing::TempDir(), "/checkXXXXXX");
  const std::string path = absl::StrCat(::mkdtemp(directory.data()), "/s.db");
  FakeClock clock;
  {
    PollChanges changes;
    changes.changes.emplace_back().job.record.job_id = "job-42";
    ASSERT_TRUE(
        (*OpenStore("sqlite://" + path, &clock))->CommitPoll(&changes).ok());
  }
  // Its key: the index holds another one now.
  Overwrite(path, "job-42", "job-41");

  const std::unique_ptr<Store> store = *OpenStore("sqlite://" + path, &clock);
  ComponentHealth health("store", &clock);
  IntegrityCheck check(store.get(), &health);
  check.Start();
  while (health.Get().healthy) std::this_thread::yield();
  check.Stop();
  EXPECT_THAT(health.Get().last_error, HasSubstr(path));
  EXPECT_THAT(health.Get().last_error, HasSubstr("restore a backup"));
  EXPECT_EQ(store->Damage().code(), absl::StatusCode::kDataLoss);

  clock.Advance(absl::Hours(1));
  health.Report(absl::OkStatus());
  health.Report(absl::OkStatus());
  EXPECT_FALSE(health.Get().healthy);
}

}  // namespace
}  // namespace smon
