#include "server/diagnosis/examination.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/monitor/delivery.h"
#include "server/store/sql_store.h"
#include "testing/fake_attrsvc_client.h"
#include "testing/fake_clock.h"
#include "testing/fake_slurm_client.h"
#include "testing/replica_store.h"

namespace smon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ExaminationTest : public ::testing::Test {
 protected:
  ExaminationTest() {
    options_.partitions = {"batch"};
    options_.interval = absl::Seconds(180);
    options_.attrsvc = "http://attrsvc";
    options_.store = "memory:";
    options_.add_ports = [](HostFacts* facts) { facts->grpc = "here:1"; };
  }

  Findings Examine() {
    return Examination(&monitor_, &clock_, options_).Examine();
  }

  Finding Find(const std::string& name) {
    for (Finding& finding : Examine()) {
      if (finding.name == name) return finding;
    }
    ADD_FAILURE() << "no " << name;
    return {};
  }

  // A job that attrsvc refused.
  void AddRefused() {
    PollChanges changes;
    changes.cluster = "c";
    Job& job = changes.changes.emplace_back().job;
    job.cluster = "c";
    job.record.job_id = "7";
    job.record.raw_id = 7;
    job.record.user = "alice";
    job.record.state = slurm::JobState::kFailed;
    job.record.submit_time = clock_.Now() - absl::Minutes(2);
    job.record.end_time = clock_.Now() - absl::Minutes(1);
    job.log.path = "/secret/x.out";
    job.delivery.phase = Phase::kRejected;
    job.delivery.problem = PathProblem::kPermissionDenied;
    job.delivery.error = "outside_root";
    ASSERT_TRUE(store_->CommitPoll(&changes).ok());
  }

  FakeClock clock_;
  FakeSlurmClient slurm_;
  FakeAttrsvcClient attrsvc_;
  const std::unique_ptr<Store> store_ = *OpenStore("memory:", &clock_);
  Monitor monitor_{
      {{&slurm_, "c"}}, &attrsvc_, store_.get(), &clock_, Monitor::Options()};
  Examination::Options options_;
};

TEST_F(ExaminationTest, LooksAtEverythingWithOneSlurmCommand) {
  std::vector<std::string> names;
  for (const Finding& finding : Examine()) names.push_back(finding.name);
  EXPECT_THAT(
      names, ElementsAre("service", "slurm", "polls", "partitions",
                         "accounting", "min_job_age", "private_data", "attrsvc",
                         "log_root", "logs", "log_paths", "slurm_clock",
                         "settings", "store", "ports", "certificate"));
  ASSERT_EQ(slurm_.counts.by_command.size(), 1);
  EXPECT_EQ(slurm_.counts.by_command["scontrol"].calls, 1);
}

TEST_F(ExaminationTest, OfSeveralClustersEachIsLookedAtAndNamed) {
  FakeSlurmClient other;
  Monitor monitor({{&slurm_, "c"}, {&other, "d"}}, &attrsvc_, store_.get(),
                  &clock_, Monitor::Options());
  std::vector<std::string> names;
  for (const Finding& finding :
       Examination(&monitor, &clock_, options_).Examine()) {
    if (finding.cluster.empty()) continue;
    names.push_back(absl::StrCat(finding.cluster, "/", finding.name));
  }
  EXPECT_THAT(names,
              ElementsAre("c/slurm", "c/polls", "c/partitions", "c/accounting",
                          "c/min_job_age", "c/private_data", "d/slurm",
                          "d/polls", "d/partitions", "d/accounting",
                          "d/min_job_age", "d/private_data"));
  EXPECT_EQ(other.counts.by_command["scontrol"].calls, 1);
}

TEST_F(ExaminationTest, AStandbyNamesWhoPolls) {
  ReplicaStore store(&clock_);
  Monitor monitor({{&slurm_, "c"}}, &attrsvc_, &store, &clock_,
                  Monitor::Options());
  Replica other;
  other.name = "mon-2";
  other.polled_clusters = {"c"};
  store.fake_replicas.SetOthers({other});
  for (const Finding& finding :
       Examination(&monitor, &clock_, options_).Examine()) {
    if (finding.name != "polls") continue;
    EXPECT_EQ(finding.text, "this replica stands by, mon-2 polls");
    return;
  }
  FAIL() << "nothing is said of polls";
}

TEST_F(ExaminationTest, FindsTheLogsThatAttrsvcMayNotRead) {
  AddRefused();
  const Finding root = Find("log_root");
  EXPECT_EQ(root.level, v1::Diagnosis::WARNING);
  EXPECT_THAT(root.text, HasSubstr("/secret/x.out of job 7 (outside_root)"));
}

TEST_F(ExaminationTest, SaysWhatThePortsAre) {
  EXPECT_THAT(Find("ports").text, HasSubstr("gRPC here:1"));
}

}  // namespace
}  // namespace smon
