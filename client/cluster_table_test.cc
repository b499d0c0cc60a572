#include "client/cluster_table.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon::client {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr Terminal kPipe{};
constexpr int64_t kNow = 1795359851;  // 2026-11-22T15:04:11Z

const absl::Time kTime = absl::FromUnixSeconds(kNow);
const absl::TimeZone kZone = absl::UTCTimeZone();

v1::ListClustersResponse TwoClusters() {
  v1::ListClustersResponse clusters;
  v1::Cluster* const tux = clusters.add_clusters();
  tux->set_name("tux");
  tux->set_is_default(true);
  tux->set_slurm_version("22.05.8");
  tux->set_status(v1::Health::OK);
  tux->mutable_last_poll_time()->set_seconds(kNow - 12);
  tux->set_poller_replica_id("mon-1/7");
  tux->mutable_jobs()->set_live(5);
  tux->mutable_jobs()->set_ended(30);
  tux->mutable_jobs()->set_failed(4);
  v1::Cluster* const gnu = clusters.add_clusters();
  gnu->set_name("gnu\x1b[2J\n");
  gnu->set_status(v1::Health::DEGRADED);
  v1::Health::Component* const part = gnu->add_components();
  part->set_name("slurm");
  part->set_status(v1::Health::DEGRADED);
  part->set_last_error("no controller");
  gnu->set_poller_replica_id("gone/1");
  return clusters;
}

v1::ListReplicasResponse TwoReplicas() {
  v1::ListReplicasResponse replicas;
  replicas.set_replica_id("mon-2/8");
  v1::Replica* const one = replicas.add_replicas();
  one->set_replica_id("mon-1/7");
  one->set_name("mon-1");
  one->set_version("1.0.0");
  one->set_address("mon-1:8101");
  one->add_polled_clusters("tux");
  one->add_polled_clusters("gnu");
  one->mutable_start_time()->set_seconds(kNow - 3600);
  one->mutable_last_seen_time()->set_seconds(kNow - 2);
  v1::Replica* const two = replicas.add_replicas();
  two->set_replica_id("mon-2/8");
  two->set_name("mon-2");
  return replicas;
}

TEST(ClusterTableTest, ReplicasOfOneNameAreToldApartByTheirIds) {
  v1::ListReplicasResponse replicas = TwoReplicas();
  replicas.mutable_replicas(1)->set_name("mon-1");
  EXPECT_THAT(ClusterTable(TwoClusters(), replicas, /*wide=*/false, kPipe,
                           kTime, kZone),
              HasSubstr("mon-1/7"));
  EXPECT_THAT(ReplicaTable(replicas, kPipe, kTime, kZone),
              AllOf(HasSubstr("mon-1/7"), HasSubstr("mon-2/8")));
}

TEST(ClusterTableTest, ShowsClustersSideBySide) {
  EXPECT_EQ(ClusterTable(TwoClusters(), TwoReplicas(), /*wide=*/false, kPipe,
                         kTime, kZone),
            "DEFAULT  CLUSTER       STATUS    SLURM    POLLED   LIVE  ENDED  "
            "FAILED  POLLER\n"
            "*        tux           OK        22.05.8  12s ago  5     30     "
            "4       mon-1\n"
            "-        gnu\\x1b[2J\\n  DEGRADED  -        -        -     -      "
            "-       gone/1\n");
}

TEST(ClusterTableTest, WideSaysWhatIsWrong) {
  const std::string text = ClusterTable(TwoClusters(), TwoReplicas(),
                                        /*wide=*/true, kPipe, kTime, kZone);
  EXPECT_THAT(text, HasSubstr("slurm: no controller\n"));
  EXPECT_THAT(text, HasSubstr("NEXT POLL"));
}

TEST(ClusterTableTest, ANarrowTerminalKeepsTheNamesAndTheirState) {
  const Terminal narrow{/*is_terminal=*/true, /*columns=*/40, /*color=*/false};
  const std::string text = ClusterTable(TwoClusters(), TwoReplicas(),
                                        /*wide=*/true, narrow, kTime, kZone);
  EXPECT_THAT(text, HasSubstr("tux"));
  EXPECT_THAT(text, HasSubstr("DEGRADED"));
  EXPECT_THAT(text, Not(HasSubstr("DEFAULT")));
  EXPECT_THAT(text, Not(HasSubstr("LAST ERROR")));
}

TEST(ReplicaTableTest, SaysWhoPollsAndWhoAnswers) {
  EXPECT_EQ(ReplicaTable(TwoReplicas(), kPipe, kTime, kZone),
            "REPLICA  ROLE     POLLS    ADDRESS     VERSION  STARTED  SEEN    "
            "ANSWERS\n"
            "mon-1    POLLER   tux,gnu  mon-1:8101  1.0.0    60m ago  2s ago  "
            "-\n"
            "mon-2    STANDBY  -        -           -        -        -       "
            "*\n");
}

}  // namespace
}  // namespace smon::client
