#include "server/monitor/cluster_notes.h"

#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/fake_clock.h"
#include "testing/replica_store.h"

namespace smon {
namespace {

using ::testing::IsEmpty;

class ClusterNotesTest : public ::testing::Test {
 protected:
  ClusterNotesTest() {
    store_.fake_replicas.SetPollToken("c", 3);
    ClusterWatch::Snapshot c;
    c.name = "c";
    c.slurm_version = "22.05.8";
    c.slurm.name = "slurm";
    c.slurm.last_success_at = c.slurm.since = clock_.Now();
    c.polls.last_success = clock_.Now();
    watched_ = {c, c};
    watched_[1].name = "d";
    watched_[1].is_mine = false;
  }

  std::vector<ClusterNote> Stored() { return *store_.ReadClusterNotes(); }

  FakeClock clock_;
  ReplicaStore store_{&clock_};
  std::vector<ClusterWatch::Snapshot> watched_;
  ClusterNotes notes_{&store_, [this] { return watched_; }};
};

TEST_F(ClusterNotesTest, TellsHowTheClustersAreThatThisReplicaPolls) {
  ASSERT_TRUE(notes_.WriteOnce().ok());
  const auto all = notes_.Read();
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_EQ(all->size(), 1u) << "not those of others";
  const v1::Cluster& c = all->at("c");
  EXPECT_EQ(c.slurm_version(), "22.05.8");
  EXPECT_EQ(c.status(), v1::Health::OK);
  EXPECT_TRUE(c.has_last_poll_time());
  EXPECT_EQ(Stored()[0].poll_token, 3);
}

TEST_F(ClusterNotesTest, WritesOnlyWhatHasChanged) {
  ASSERT_TRUE(notes_.WriteOnce().ok());
  ASSERT_TRUE(store_.WriteClusterNotes({{"c", 3, "as it was left"}}).ok());
  ASSERT_TRUE(notes_.WriteOnce().ok());
  EXPECT_EQ(Stored()[0].text, "as it was left");
  watched_[0].polls.last_success += absl::Seconds(1);
  ASSERT_TRUE(notes_.WriteOnce().ok());
  EXPECT_NE(Stored()[0].text, "as it was left");
}

TEST_F(ClusterNotesTest, TellsItAnewWithEachLease) {
  ASSERT_TRUE(notes_.WriteOnce().ok());
  ASSERT_TRUE(store_.WriteClusterNotes({{"c", 4, "of another"}}).ok());
  store_.fake_replicas.SetPollToken("c", 5);
  ASSERT_TRUE(notes_.WriteOnce().ok());
  EXPECT_EQ(Stored()[0].poll_token, 5);
}

TEST_F(ClusterNotesTest, SaysNothingWithoutALease) {
  store_.fake_replicas.SetPollToken("c", std::nullopt);
  ASSERT_TRUE(notes_.WriteOnce().ok());
  EXPECT_THAT(Stored(), IsEmpty());
}

TEST_F(ClusterNotesTest, WhatAnotherVersionWroteDoesNoHarm) {
  ASSERT_TRUE(store_
                  .WriteClusterNotes(
                      {{"c", 1, "no JSON"},
                       {"d", 1, R"({"slurmVersion": "1", "newer": [2]})"}})
                  .ok());
  const auto all = notes_.Read();
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_EQ(all->size(), 1u);
  EXPECT_EQ(all->at("d").slurm_version(), "1");
}

}  // namespace
}  // namespace smon
