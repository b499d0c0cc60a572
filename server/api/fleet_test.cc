#include "server/api/fleet.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/api/monitor_service_fixture.h"
#include "testing/replica_store.h"

namespace smon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Watches "c", the default one, and "d"; both have jobs of the same ids.
class FleetTest : public MonitorServiceTest {
 protected:
  FleetTest() {
    Monitor::Options options;
    options.version = "1.2.3";
    monitor_ = std::make_unique<Monitor>(
        std::vector<ClusterSource>{{&slurm_, "c", "22.05.8"},
                                   {&other_slurm_, "d", "23.11.4", false}},
        &attrsvc_, store_.get(), &clock_, options);
    Replica self;
    self.name = "node1";
    self.version = options.version;
    EXPECT_TRUE(store_->replicas()->Start(self, {"c", "d"}).ok());
    service_ = std::make_unique<MonitorServiceImpl>(monitor_.get(), feed_.get(),
                                                    &signer_, &diagnosis_);
  }

  // A failed job; those of "d" are submitted later.
  void AddTo(const std::string& cluster, int number,
             int32_t restart_count = 0) {
    const absl::Time submitted =
        t0_ + absl::Seconds(number) + absl::Minutes(cluster == "d" ? 1 : 0);
    PollChanges changes;
    changes.cluster = cluster;
    Job& job = changes.changes.emplace_back().job;
    job.cluster = cluster;
    job.record =
        Ended(RunningRecord(std::to_string(number), number, submitted),
              slurm::JobState::kFailed, {1, 0}, submitted + absl::Seconds(10));
    job.record.restart_count = restart_count;
    job.log.path = absl::StrCat("/logs/", cluster, "/", number);
    job.delivery = StartDelivery(job.log, clock_.Now());
    ASSERT_TRUE(store_->CommitPoll(&changes).ok());
  }

  // Of what GetJob answers, or its error.
  std::string ClusterOf(const std::string& job_id, const std::string& cluster,
                        std::optional<int32_t> run = std::nullopt) {
    v1::GetJobRequest request;
    request.set_job_id(job_id);
    request.set_cluster(cluster);
    if (run.has_value()) request.set_restart_count(*run);
    const auto job = service_->DoGetJob(request);
    return job.ok() ? job->cluster() : std::string(job.status().message());
  }

  FakeSlurmClient other_slurm_;
};

TEST_F(FleetTest, EachClusterIsListedTheDefaultOneFirst) {
  const auto list = service_->DoListClusters();
  ASSERT_TRUE(list.ok()) << list.status();
  ASSERT_EQ(list->clusters_size(), 2);
  const v1::Cluster& c = list->clusters(0);
  EXPECT_EQ(c.name(), "c");
  EXPECT_TRUE(c.is_default());
  EXPECT_EQ(c.slurm_version(), "22.05.8");
  EXPECT_EQ(c.status(), v1::Health::STATUS_UNSPECIFIED) << "not polled yet";
  ASSERT_EQ(c.components_size(), 2);
  EXPECT_EQ(c.components(1).name(), "accounting");
  EXPECT_EQ(c.components(1).cluster(), "c");
  EXPECT_FALSE(c.has_last_poll_time());
  EXPECT_FALSE(c.poller_replica_id().empty());
  const v1::Cluster& d = list->clusters(1);
  EXPECT_EQ(d.name(), "d");
  EXPECT_FALSE(d.is_default());
  EXPECT_EQ(d.slurm_version(), "23.11.4");
  EXPECT_EQ(d.components_size(), 1) << "it keeps no accounting";
}

TEST_F(FleetTest, EachClustersJobsAreCounted) {
  AddTo("c", 1);
  AddTo("d", 1);
  AddTo("d", 2);
  const auto list = service_->DoListClusters();
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_EQ(list->clusters(0).jobs().failed(), 1);
  EXPECT_EQ(list->clusters(1).jobs().failed(), 2);
  EXPECT_EQ(list->clusters(1).jobs().live(), 0);
}

TEST_F(FleetTest, AClusterThatNobodyWatchesIsListedWhileItHasJobs) {
  AddTo("a-old", 1);
  const auto list = service_->DoListClusters();
  ASSERT_TRUE(list.ok()) << list.status();
  ASSERT_EQ(list->clusters_size(), 3);
  EXPECT_TRUE(list->clusters(0).is_default()) << "as before";
  const v1::Cluster& old = list->clusters(2);
  EXPECT_EQ(old.name(), "a-old");
  EXPECT_EQ(old.status(), v1::Health::STATUS_UNSPECIFIED);
  EXPECT_EQ(old.poller_replica_id(), "");
  EXPECT_EQ(old.jobs().failed(), 1);
  v1::GetClusterRequest request;
  request.set_cluster("a-old");
  EXPECT_EQ(service_->DoGetCluster(request)->name(), "a-old");
}

TEST_F(FleetTest, AStandbyTellsWhatThePollersTell) {
  ReplicaStore store(&clock_);
  Monitor monitor({{&slurm_, "c"}, {&other_slurm_, "d"}}, &attrsvc_, &store,
                  &clock_, Monitor::Options());
  const std::string note =
      R"({"name": "x", "slurmVersion": "23.02.1", "status": "DEGRADED",
          "components": [{"name": "slurm", "lastError": "away"}],
          "lastPollTime": "2026-01-02T03:04:05Z",
          "nextPollTime": "2026-01-02T03:05:05Z"})";
  ASSERT_TRUE(
      store
          .WriteClusterNotes({{"c", 1, note}, {"d", 1, note}, {"far", 1, note}})
          .ok());
  Replica other;
  other.id = "node2/1/00000002";
  other.polled_clusters = {"c", "far"};
  store.fake_replicas.SetOthers({other});
  const auto list = ListClusters(&monitor);
  ASSERT_TRUE(list.ok()) << list.status();
  ASSERT_EQ(list->clusters_size(), 3);
  for (const int polled : {0, 2}) {
    const v1::Cluster& cluster = list->clusters(polled);
    EXPECT_EQ(cluster.name(), polled == 0 ? "c" : "far");
    EXPECT_EQ(cluster.status(), v1::Health::DEGRADED);
    EXPECT_EQ(cluster.components(0).last_error(), "away");
    EXPECT_EQ(cluster.slurm_version(), "23.02.1");
    EXPECT_EQ(cluster.poller_replica_id(), other.id);
    EXPECT_TRUE(cluster.has_next_poll_time());
  }
  // Nobody polls it now; how it is, nobody knows.
  const v1::Cluster& d = list->clusters(1);
  EXPECT_EQ(d.name(), "d");
  EXPECT_EQ(d.status(), v1::Health::STATUS_UNSPECIFIED);
  EXPECT_EQ(d.components_size(), 0);
  EXPECT_TRUE(d.has_last_poll_time());
  EXPECT_FALSE(d.has_next_poll_time());
}

TEST_F(FleetTest, WhatThisReplicaPollsItKnowsBest) {
  ReplicaStore store(&clock_);
  Monitor monitor({{&slurm_, "c", "22.05.8"}}, &attrsvc_, &store, &clock_,
                  Monitor::Options());
  ASSERT_TRUE(
      store.WriteClusterNotes({{"c", 1, R"({"slurmVersion": "1"})"}}).ok());
  store.fake_replicas.SetPollToken("c", 2);
  EXPECT_EQ(ListClusters(&monitor)->clusters(0).slurm_version(), "22.05.8");
}

TEST_F(FleetTest, ANoticeIsTakenForAClusterOfAnotherReplica) {
  ReplicaStore store(&clock_);
  Monitor monitor({{&slurm_, "c"}}, &attrsvc_, &store, &clock_,
                  Monitor::Options());
  EXPECT_FALSE(monitor.Notify("far", "1").ok());
  Replica other;
  other.polled_clusters = {"far"};
  store.fake_replicas.SetOthers({other});
  EXPECT_TRUE(monitor.Notify("far", "1").ok());
  EXPECT_THAT(store.fake_replicas.notices(), ElementsAre("far/1"));
}

TEST_F(FleetTest, AClusterIsFoundByItsName) {
  v1::GetClusterRequest request;
  request.set_cluster("d");
  const auto cluster = service_->DoGetCluster(request);
  ASSERT_TRUE(cluster.ok()) << cluster.status();
  EXPECT_EQ(cluster->name(), "d");
}

TEST_F(FleetTest, AClusterThatIsNotWatchedIsNotFound) {
  v1::GetClusterRequest request;
  EXPECT_EQ(service_->DoGetCluster(request).status().code(),
            absl::StatusCode::kInvalidArgument);
  request.set_cluster("../\n'\x1b" + std::string(5000, 'x'));
  const absl::Status status = service_->DoGetCluster(request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("here, but c, d"));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("\x1b")));
  EXPECT_LT(status.message().size(), 300u);
}

TEST_F(FleetTest, WithoutAClusterAJobIsTheDefaultOnes) {
  AddTo("c", 1);
  AddTo("d", 1);
  AddTo("d", 2);
  EXPECT_EQ(ClusterOf("1", ""), "c") << "though d's is newer";
  EXPECT_EQ(ClusterOf("2", ""), "d") << "for c has none";
  EXPECT_EQ(ClusterOf("1", "d"), "d");
  EXPECT_THAT(ClusterOf("2", "c"), HasSubstr("no job 2"));
  EXPECT_THAT(ClusterOf("1", "e"), HasSubstr("no job 1"));
}

TEST_F(FleetTest, ARunThatTheDefaultClustersJobDoesNotHaveIsNoOtherClusters) {
  AddTo("c", 1);
  AddTo("d", 1, /*restart_count=*/3);
  EXPECT_THAT(ClusterOf("1", "", 3), HasSubstr("no"));
  EXPECT_EQ(ClusterOf("1", "d", 3), "d");
}

TEST_F(FleetTest, AResubmissionIsOfTheClusterThatIsNamed) {
  AddTo("c", 1);
  AddTo("d", 1);
  v1::ResubmitJobRequest request;
  request.set_job_id("1");
  request.set_cluster("d");
  auto response = service_->DoResubmitJob(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->job().cluster(), "d");
  request.clear_cluster();
  response = service_->DoResubmitJob(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->job().cluster(), "c");

  v1::ResubmitJobsRequest all;
  all.set_cluster("d");
  all.add_states(v1::Job::FAILED);
  all.set_dry_run(true);
  const auto many = ResubmitJobs(all);
  ASSERT_TRUE(many.ok()) << many.status();
  EXPECT_EQ(many->resubmitted() + many->already_pending(), 1);
}

TEST_F(FleetTest, AListIsOfAllClustersUnlessOneIsNamed) {
  AddTo("c", 1);
  AddTo("d", 2);
  v1::ListJobsRequest request;
  EXPECT_THAT(Ids(request), ElementsAre("2", "1"));
  request.set_cluster("c");
  EXPECT_THAT(Ids(request), ElementsAre("1"));
  request.set_cluster("C");
  EXPECT_THAT(Ids(request), ElementsAre());
}

TEST_F(FleetTest, APageTokenIsOfOneClustersList) {
  for (const int number : {1, 2, 3}) AddTo("c", number);
  v1::ListJobsRequest request;
  request.set_cluster("c");
  request.set_page_size(1);
  const auto page = service_->DoListJobs(request, nullptr);
  ASSERT_TRUE(page.ok()) << page.status();
  request.set_page_token(page->next_page_token());
  EXPECT_THAT(Ids(request), ElementsAre("2"));
  request.set_cluster("d");
  EXPECT_THAT(ListError(request), HasSubstr("page_token"));
  request.clear_cluster();
  EXPECT_THAT(ListError(request), HasSubstr("page_token"));
}

TEST_F(FleetTest, ANoticeIsForAClusterThatIsWatched) {
  v1::NotifyJobRequest request;
  request.set_job_id("1");
  request.set_cluster("e");
  EXPECT_EQ(service_->DoNotifyJob(request).status().code(),
            absl::StatusCode::kInvalidArgument);
  request.set_cluster("d");
  EXPECT_TRUE(service_->DoNotifyJob(request).ok());
  const auto clusters = monitor_->GetClusters();
  EXPECT_EQ(clusters[0].polls.notices.received, 0);
  EXPECT_EQ(clusters[1].polls.notices.received, 1);
}

TEST_F(FleetTest, ADiagnosisLeavesOtherClustersOut) {
  findings_ = {{"slurm", v1::Diagnosis::OK, "of c", "", "c"},
               {"slurm", v1::Diagnosis::OK, "of d", "", "d"},
               {"store", v1::Diagnosis::OK, "of all", "", ""}};
  v1::GetDiagnosisRequest request;
  const auto never = [] { return false; };
  auto diagnosis = service_->DoGetDiagnosis(request, never);
  ASSERT_TRUE(diagnosis.ok()) << diagnosis.status();
  EXPECT_EQ(diagnosis->findings_size(), 3);
  request.set_cluster("d");
  diagnosis = service_->DoGetDiagnosis(request, never);
  ASSERT_TRUE(diagnosis.ok()) << diagnosis.status();
  ASSERT_EQ(diagnosis->findings_size(), 2);
  EXPECT_EQ(diagnosis->findings(0).text(), "of d");
  EXPECT_EQ(diagnosis->findings(1).text(), "of all");
  request.set_cluster("e");
  EXPECT_EQ(service_->DoGetDiagnosis(request, never).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(FleetTest, HealthSaysWhatThisReplicaDoes) {
  const v1::Health health = service_->DoGetHealth();
  EXPECT_EQ(health.replica_id(), service_->DoListReplicas()->replica_id());
  ASSERT_EQ(health.cluster_roles_size(), 2);
  EXPECT_EQ(health.cluster_roles(1).cluster(), "d");
  EXPECT_EQ(health.cluster_roles(1).role(), v1::Replica::POLLER);
}

TEST_F(FleetTest, AReplicaThatIsAloneListsItself) {
  const auto list = service_->DoListReplicas();
  ASSERT_TRUE(list.ok()) << list.status();
  ASSERT_EQ(list->replicas_size(), 1);
  const v1::Replica& self = list->replicas(0);
  EXPECT_EQ(self.replica_id(), list->replica_id());
  EXPECT_FALSE(self.name().empty());
  EXPECT_EQ(self.version(), "1.2.3");
  EXPECT_THAT(self.polled_clusters(), ElementsAre("c", "d"));
}

}  // namespace
}  // namespace smon
