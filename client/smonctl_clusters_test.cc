// smonctl with several clusters: the built program against a MonitorService on
// loopback.

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/testing/fake_monitor.h"
#include "client/testing/smonctl_run.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace smon::client {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr int kUsage = 2;
constexpr int kNotFound = 3;

// smonsvc watches tux and gnu; both have a job 1.
class SmonctlClustersTest : public ::testing::Test {
 protected:
  SmonctlClustersTest() {
    std::string folder = ::testing::TempDir() + "home.XXXXXX";
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    home_ = folder;
    for (const char* name : {"tux", "gnu"}) {
      v1::Cluster* const cluster = monitor_.clusters.add_clusters();
      cluster->set_name(name);
      cluster->set_is_default(cluster->name() == "tux");
      cluster->set_status(v1::Health::OK);
      cluster->set_poller_replica_id("mon-1/7");
      monitor_.jobs.push_back(FailedJob("1"));
      monitor_.jobs.back().set_cluster(name);
      v1::Health::Component* const part = monitor_.health.add_components();
      part->set_name("slurm");
      part->set_cluster(name);
      part->set_status(v1::Health::OK);
    }
    monitor_.health.set_status(v1::Health::OK);
    monitor_.health.add_components()->set_name("attrsvc");
    monitor_.results["1"] = "{}";
    v1::Replica* const replica = monitor_.replicas.add_replicas();
    replica->set_name("mon-1");
    replica->set_replica_id("mon-1/7");
    replica->add_polled_clusters("tux");
    monitor_.replicas.set_replica_id("mon-1/7");
  }
  ~SmonctlClustersTest() override { std::filesystem::remove_all(home_); }

  ProgramRun Run(std::vector<std::string> args,
                 std::vector<std::string> environment = {}) {
    ProgramOptions options;
    options.environment = std::move(environment);
    options.environment.push_back("HOME=" + home_);
    return RunSmonctl(monitor_.address(), std::move(args), options);
  }

  std::string Out(std::vector<std::string> args,
                  std::vector<std::string> environment = {}) {
    const ProgramRun run = Run(std::move(args), std::move(environment));
    EXPECT_EQ(run.exit_status, 0) << run.err;
    return run.out;
  }

  std::string home_;
  FakeMonitor monitor_;
};

TEST_F(SmonctlClustersTest, ListsThem) {
  EXPECT_THAT(Out({"clusters"}), AllOf(HasSubstr("CLUSTER"), HasSubstr("tux"),
                                       HasSubstr("gnu"), HasSubstr("mon-1")));
  EXPECT_EQ(Out({"clusters", "-o", "name"}), "tux\ngnu\n");
  EXPECT_THAT(Out({"clusters", "-o", "wide"}), HasSubstr("LAST ERROR"));
  EXPECT_THAT(Out({"clusters", "-o", "yaml"}), HasSubstr("- name: \"tux\""));
  const auto json = nlohmann::json::parse(Out({"clusters", "-o", "json"}));
  EXPECT_EQ(json["clusters"][1]["name"], "gnu");
  EXPECT_EQ(json["clusters"][0]["isDefault"], true);
  EXPECT_EQ(nlohmann::json::parse(
                Out({"clusters", "--cluster=gnu", "-o", "jsonl"}))["name"],
            "gnu");
}

TEST_F(SmonctlClustersTest, ListsThemForProgramsAsOtherLists) {
  v1::Cluster* const gnu = monitor_.clusters.mutable_clusters(1);
  gnu->mutable_jobs()->set_live(7);
  gnu->set_slurm_version("=1,2");
  EXPECT_EQ(Out({"clusters", "-o", "csv"}),
            "name,is_default,status,slurm_version,last_poll_time,"
            "next_poll_time,live,ended,failed,poller_replica_id\n"
            "tux,true,OK,,,,,,,mon-1/7\n"
            "gnu,false,OK,\"'=1,2\",,,7,0,0,mon-1/7\n");
  EXPECT_EQ(Out({"clusters", "-o", "custom-columns=N:name,jobs.live"}),
            "N    JOBS.LIVE\ntux  -\ngnu  7\n");
  EXPECT_EQ(Out({"clusters", "--no-headers", "--cluster=gnu", "-o",
                 "custom-columns=name"}),
            "gnu\n");
  EXPECT_THAT(Out({"clusters", "--no-headers"}), Not(HasSubstr("POLLER")));
  EXPECT_THAT(Out({"clusters", "-o", "csv", "--no-headers"}),
              Not(HasSubstr("is_default")));
  EXPECT_THAT(Run({"clusters", "-o", "custom-columns=jobId"}).err,
              HasSubstr("jobId"));
}

TEST_F(SmonctlClustersTest, OneThatIsNotWatchedIsNotFound) {
  EXPECT_EQ(Run({"clusters", "--cluster=x"}).exit_status, kNotFound);
  EXPECT_EQ(Run({"clusters", "-o", "custom-columns=nosuch"}).exit_status,
            kUsage);
}

TEST_F(SmonctlClustersTest, ATableOfJobsSaysWhoseEachIs) {
  EXPECT_THAT(Out({"jobs"}),
              AllOf(HasSubstr("JOBID  CLUSTER"), HasSubstr("1      tux"),
                    HasSubstr("1      gnu")));
  EXPECT_THAT(Out({"dead-letters"}), HasSubstr("JOBID  CLUSTER"));
  EXPECT_THAT(Out({"jobs", "--cluster=tux"}), Not(HasSubstr("CLUSTER")));
  EXPECT_THAT(Out({"jobs", "--cluster=tux", "-o", "wide"}),
              HasSubstr("CLUSTER"));
  monitor_.clusters.mutable_clusters()->RemoveLast();
  EXPECT_THAT(Out({"jobs"}), Not(HasSubstr("CLUSTER")));
}

TEST_F(SmonctlClustersTest, ANameOfAJobIsTakenByTheCommands) {
  EXPECT_EQ(Out({"jobs", "-o", "name"}), "tux/1\ngnu/1\n");
  EXPECT_EQ(Out({"jobs", "-o", "name", "--cluster=gnu"}), "1\n1\n");
  Out({"job", "gnu/1"});
  EXPECT_EQ(monitor_.get_request().job_id(), "1");
  Out({"explain", "gnu/1"});
  Out({"result", "gnu/1"});
  Out({"result", "gnu/1", "--raw"});
  Out({"resubmit", "gnu/1"});
  Out({"resubmit", "gnu/1", "--dry-run"});
  Out({"notify", "gnu/1"});
  EXPECT_THAT(monitor_.asked_clusters(),
              AllOf(SizeIs(7), ::testing::Each("gnu")));
}

TEST_F(SmonctlClustersTest, TheOptionHoldsForEveryCommandAboutJobs) {
  for (const char* command :
       {"job", "explain", "result", "resubmit", "notify"}) {
    Out({command, "1", "--cluster=gnu"});
  }
  Run({"doctor", "--cluster=gnu"});
  EXPECT_THAT(monitor_.asked_clusters(),
              AllOf(SizeIs(6), ::testing::Each("gnu")));
  Out({"--cluster=gnu", "jobs"});
  ASSERT_FALSE(monitor_.list_requests().empty());
  EXPECT_EQ(monitor_.list_requests().back().cluster(), "gnu");
  Out({"resubmit", "--cluster=gnu", "--state=failed", "--yes"});
  ASSERT_THAT(monitor_.resubmit_requests(), SizeIs(1));
  EXPECT_EQ(monitor_.resubmit_requests()[0].cluster(), "gnu");
  Run({"watch", "--cluster=gnu"});
  ASSERT_THAT(monitor_.watch_requests(), SizeIs(1));
  EXPECT_EQ(monitor_.watch_requests()[0].cluster(), "gnu");
}

TEST_F(SmonctlClustersTest, AClusterAloneIsNoFilterToResubmit) {
  EXPECT_EQ(Run({"resubmit", "--cluster=gnu", "--yes"}).exit_status, kUsage);
}

TEST_F(SmonctlClustersTest, AJobsNameWinsOverTheOptionOverTheVariable) {
  const std::string variable = "SMONCTL_CLUSTER=gnu";
  Out({"job", "1"}, {variable});
  Out({"job", "1", "--cluster=tux"}, {variable});
  Out({"job", "hurd/1", "--cluster=tux"}, {variable});
  Out({"job", "1", "--cluster=all"}, {variable});
  EXPECT_THAT(monitor_.asked_clusters(), ElementsAre("gnu", "tux", "hurd", ""));
}

TEST_F(SmonctlClustersTest, AContextNamesOne) {
  Out({"config", "set-context", "prod", "--cluster=gnu",
       "--address=" + monitor_.address()});
  EXPECT_THAT(Out({"config", "get-contexts"}), HasSubstr("gnu"));
  Out({"--context=prod", "job", "1"});
  Out({"--context=prod", "job", "1", "--cluster=tux"});
  // The current context is another server's, maybe.
  Out({"config", "use-context", "prod"});
  Out({"job", "1"});
  Out({"config", "set-context", "prod", "--cluster=all"});
  Out({"--context=prod", "job", "1"});
  EXPECT_THAT(monitor_.asked_clusters(), ElementsAre("gnu", "tux", "", ""));
}

TEST_F(SmonctlClustersTest, HealthShowsEach) {
  const std::string all = Out({"health"});
  EXPECT_THAT(all, AllOf(HasSubstr("COMPONENT  CLUSTER"), HasSubstr("POLLED"),
                         Not(HasSubstr("REPLICA"))));
  EXPECT_THAT(Out({"health", "--cluster=gnu"}),
              AllOf(HasSubstr("slurm      gnu"), HasSubstr("attrsvc"),
                    Not(HasSubstr("slurm      tux"))));
  monitor_.replicas.add_replicas()->set_name("mon-2");
  EXPECT_THAT(Out({"health"}), AllOf(HasSubstr("mon-1    POLLER"),
                                     HasSubstr("mon-2    STANDBY")));
}

TEST_F(SmonctlClustersTest, AnOlderSmonsvcHasNone) {
  monitor_.clusters.clear_clusters();
  EXPECT_THAT(Out({"jobs"}), Not(HasSubstr("CLUSTER")));
  EXPECT_THAT(Out({"health"}), Not(HasSubstr("POLLED")));
}

}  // namespace
}  // namespace smon::client
