#include "client/top_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "client/text_width.h"

namespace smon::client {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Not;
using ::testing::SizeIs;

constexpr int64_t kNow = 1795359851;  // 2026-11-22T15:04:11Z

TopView View() {
  TopView view;
  view.address = "127.0.0.1:8101";
  view.time = absl::FromUnixSeconds(kNow);
  view.health.set_status(v1::Health::DEGRADED);
  view.health.set_version("1.0.0");
  view.health.add_issues("attrsvc_unreachable");
  v1::Health::Component* const part = view.health.add_components();
  part->set_name("attrsvc");
  part->set_status(v1::Health::DEGRADED);
  part->mutable_since_time()->set_seconds(kNow - 300);
  view.stats.mutable_jobs()->set_total(7);
  v1::Stats::Lane* const lane = view.stats.add_lanes();
  lane->set_name("submit");
  lane->set_current_rate(19.4);
  lane->set_in_flight(3);
  for (int i = 1; i <= 100; ++i) {
    v1::Job* job = view.unsuccessful.add_jobs();
    job->set_job_id("f" + std::to_string(i));
    job->set_name("\x1b[2J\xe8\xae\xad\xe7\xbb\x83");
    job->set_user("alice");
    job->set_state(v1::Job::FAILED);
    job->mutable_verdict()->set_action(v1::Verdict::STOP);
    job->mutable_verdict()->set_reason(std::string(300, 'r'));
    job = view.running.add_jobs();
    job->set_job_id("r" + std::to_string(i));
    job->set_state(v1::Job::RUNNING);
  }
  return view;
}

std::string Draw(const TopView& view, int rows, int columns) {
  return DrawTop(view, rows, {true, columns, false},
                 absl::FromUnixSeconds(kNow), absl::UTCTimeZone());
}

TEST(DrawTopTest, ShowsHealthLanesAndJobs) {
  EXPECT_THAT(Draw(View(), 40, 120),
              AllOf(HasSubstr("smonsvc 1.0.0 at 127.0.0.1:8101"),
                    HasSubstr("DEGRADED: attrsvc_unreachable"),
                    HasSubstr("attrsvc DEGRADED (5m ago)"),
                    HasSubstr("submit: 19.4/s of no limit, 3 in flight"),
                    HasSubstr("Newly unsuccessful\nJOBID"), HasSubstr("\nf1 "),
                    HasSubstr("STOP"), HasSubstr("Running\nJOBID"),
                    HasSubstr("\nr1 ")));
}

TEST(DrawTopTest, FitsAnyScreen) {
  std::vector<std::pair<int, int>> screens;
  for (int rows = 1; rows <= 60; ++rows) screens.emplace_back(rows, 80);
  for (int columns : {5, 20, 40, 300}) screens.emplace_back(24, columns);
  for (const auto& [rows, columns] : screens) {
    const std::string text = Draw(View(), rows, columns);
    const std::vector<std::string> lines = absl::StrSplit(text, '\n');
    EXPECT_THAT(lines, SizeIs(Le(static_cast<size_t>(rows))));
    std::vector<int> widths;
    for (const std::string& line : lines) widths.push_back(TextWidth(line));
    EXPECT_THAT(widths, Each(Le(columns))) << text;
  }
}

TEST(DrawTopTest, SharesTheRowsBetweenFailedAndRunningJobs) {
  const std::string text = Draw(View(), 24, 80);
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  EXPECT_THAT(lines, SizeIs(24));
  const auto count = [&lines](char first) {
    return std::count_if(
        lines.begin(), lines.end(), [first](const std::string& line) {
          return line.size() > 1 && line[0] == first && line[1] != ' ' &&
                 absl::ascii_isdigit(line[1]);
        });
  };
  EXPECT_EQ(count('f'), 7);
  EXPECT_EQ(count('r'), 4);
}

TEST(DrawTopTest, FailedJobsHaveTheRowsThatRunningOnesLeaveFree) {
  TopView view = View();
  view.running.clear_jobs();
  EXPECT_THAT(Draw(view, 24, 80), HasSubstr("\nf10 "));
}

TEST(DrawTopTest, CountsJobsAndLogs) {
  TopView view = View();
  view.health.mutable_start_time()->set_seconds(kNow - 3661);
  v1::Stats::Jobs* const jobs = view.stats.mutable_jobs();
  jobs->set_running(2);
  jobs->set_terminal(5);
  jobs->set_results_fetched(4);
  v1::Stats::PhaseCount* const phase = view.stats.add_phases();
  phase->set_phase(v1::Delivery::PENDING);
  phase->set_jobs(3);
  v1::Stats::Polls* const polls = view.stats.mutable_polls();
  EXPECT_THAT(Draw(view, 24, 120),
              AllOf(HasSubstr(", up for 01:01:01  (q quits"),
                    HasSubstr("\nJobs     7 known, 2 not ended, 5 ended, 4 "
                              "verdicts\n"),
                    HasSubstr("\nLogs     3 pending\n"),
                    HasSubstr("\nPolls    none yet\n")));
  polls->mutable_last_success_time()->set_seconds(kNow - 7);
  polls->set_last_duration_seconds(0.5);
  polls->set_interval_seconds(180);
  polls->set_failed(6);
  EXPECT_THAT(Draw(view, 24, 120),
              HasSubstr("\nPolls    last 7s ago, took 0.50 "
                        "s, every 180 s; 6 failed\n"));
}

TEST(DrawTopTest, HealthIsGreenOrRedWhereThereAreColours) {
  TopView view = View();
  const auto draw = [&view] {
    return DrawTop(view, 24, {true, 80, true}, absl::FromUnixSeconds(kNow),
                   absl::UTCTimeZone());
  };
  EXPECT_THAT(draw(), HasSubstr("\x1b[31mHealth   DEGRADED"));
  view.health.set_status(v1::Health::OK);
  EXPECT_THAT(draw(), HasSubstr("\x1b[32mHealth   OK"));
}

TEST(DrawTopTest, SaysThatNothingIsKnownYet) {
  TopView view;
  view.time = absl::InfinitePast();
  view.error = "cannot reach smonsvc";
  EXPECT_THAT(Draw(view, 24, 80),
              HasSubstr("\nNothing known yet: cannot reach smonsvc\n"));
}

TEST(DrawTopTest, NoNameMovesTheCursor) {
  EXPECT_THAT(Draw(View(), 40, 120), Not(HasSubstr("\x1b")));
}

TEST(DrawTopTest, SaysHowOldItsNewsIsWhenSmonsvcIsAway) {
  TopView view = View();
  view.time -= absl::Seconds(30);
  view.error = "cannot reach smonsvc";
  EXPECT_THAT(Draw(view, 40, 120),
              AllOf(HasSubstr("As of 30s ago: cannot reach smonsvc"),
                    HasSubstr("\nf1 ")));
}

TEST(DrawTopTest, ShowsClustersAndReplicasWhereThereAreSeveral) {
  TopView view = View();
  v1::Cluster* const tux = view.clusters.add_clusters();
  tux->set_name("tux\x1b[2J");
  tux->set_status(v1::Health::OK);
  tux->mutable_last_poll_time()->set_seconds(kNow - 3);
  tux->mutable_jobs()->set_live(12);
  view.replicas.add_replicas()->set_name("mon-1");
  EXPECT_THAT(Draw(view, 40, 120),
              AllOf(Not(HasSubstr("Clusters")), Not(HasSubstr("Replicas"))));
  for (int i = 2; i <= 9; ++i) {
    view.clusters.add_clusters()->set_name("c" + std::to_string(i));
  }
  view.clusters.mutable_clusters(1)->set_status(v1::Health::DEGRADED);
  view.health.mutable_components(0)->set_cluster("tux");
  view.replicas.mutable_replicas(0)->add_polled_clusters("c2");
  view.replicas.mutable_replicas(0)->add_polled_clusters("c3");
  view.replicas.add_replicas()->set_name("mon-2");
  view.replicas.mutable_replicas(1)->set_replica_id("mon-2/1");
  view.replicas.set_replica_id("mon-2/1");
  view.shows_clusters = true;
  view.unsuccessful.mutable_jobs(0)->set_cluster("c5");
  EXPECT_THAT(
      Draw(view, 40, 120),
      AllOf(
          HasSubstr("Clusters tux\\x1b[2J OK, polled 3s ago, 12 not ended, 0 "
                    "failed"),
          HasSubstr("         c2 DEGRADED, not polled yet"),
          HasSubstr("and 3 more"), Not(HasSubstr("c8 ")),
          HasSubstr("Replicas mon-1 POLLER of c2+c3, mon-2 STANDBY (answers)"),
          HasSubstr("attrsvc@tux DEGRADED"), HasSubstr("f1     c5")));
}

}  // namespace
}  // namespace smon::client
