#include "client/explanation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace smon::client {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int64_t kNow = 1795359851;  // 2026-11-22T15:04:11Z

v1::Job Failed(v1::Delivery::Phase phase) {
  v1::Job job;
  job.set_job_id("123_4");
  job.set_name("train");
  job.set_user("alice");
  job.set_partition("gpu");
  job.set_state(v1::Job::FAILED);
  job.set_reason("NonZeroExitCode");
  job.set_exit_code(1);
  job.set_exit_signal(0);
  job.mutable_end_time()->set_seconds(kNow - 60);
  job.set_stdout_path("/home/alice/train.out");
  job.mutable_delivery()->set_phase(phase);
  return job;
}

std::string Explain(const v1::Job& job, const v1::Health& health = {}) {
  return ExplainJob(job, health, absl::FromUnixSeconds(kNow),
                    absl::UTCTimeZone());
}

TEST(ExplainJobTest, SaysWhatHappenedAndWhatTheVerdictIs) {
  v1::Job job = Failed(v1::Delivery::COMPLETED);
  job.mutable_delivery()->mutable_submitted_time()->set_seconds(kNow - 50);
  job.mutable_verdict()->set_action(v1::Verdict::RESTART);
  job.mutable_verdict()->set_reason("NCCL timeout\nrank 3");
  job.mutable_verdict()->mutable_create_time()->set_seconds(kNow - 10);
  v1::HistoryEntry* entry = job.add_history();
  entry->mutable_time()->set_seconds(kNow - 55);
  entry->set_text("seen FAILED");
  entry = job.add_history();
  entry->mutable_time()->set_seconds(kNow - 10);
  entry->set_text("verdict: RESTART\x1b[31m");
  EXPECT_EQ(
      Explain(job),
      "Job:       123_4 'train' of alice in gpu\n"
      "State:     FAILED, ended 60s ago, exit code 1:0; Slurm's reason: "
      "NonZeroExitCode\n"
      "Log:       /home/alice/train.out\n"
      "Delivery:  COMPLETED: attrsvc took the log 50s ago, and its verdict is "
      "stored\n"
      "Verdict:   RESTART, fetched 10s ago\n"
      "Reason:    NCCL timeout\n"
      "           rank 3\n"
      "Next:      nothing: all is done\n"
      "\n"
      "What happened:\n"
      "  2026-11-22T15:03:16             seen FAILED\n"
      "  2026-11-22T15:04:01  +00:00:45  verdict: RESTART\\x1b[31m\n");
}

TEST(ExplainJobTest, IsWrappedToATerminal) {
  v1::Job job = Failed(v1::Delivery::COMPLETED);
  job.set_stdout_path("/home/alice/a/path/that/is/longer/than/this/train.out");
  job.mutable_verdict()->set_action(v1::Verdict::STOP);
  job.mutable_verdict()->set_reason("a Python exception\nValueError: x");
  v1::HistoryEntry* entry = job.add_history();
  entry->mutable_time()->set_seconds(kNow - 55);
  entry->set_text("submit: attrsvc answered 200, mode SINGLE");
  EXPECT_EQ(
      ExplainJob(job, {}, absl::FromUnixSeconds(kNow), absl::UTCTimeZone(), 56),
      "Job:       123_4 'train' of alice in gpu\n"
      "State:     FAILED, ended 60s ago, exit code 1:0; Slurm's\n"
      "           reason: NonZeroExitCode\n"
      "Log:       /home/alice/a/path/that/is/longer/than/this/train.out\n"
      "Delivery:  COMPLETED: attrsvc took the log, and its\n"
      "           verdict is stored\n"
      "Verdict:   STOP\n"
      "Reason:    a Python exception\n"
      "           ValueError: x\n"
      "Next:      nothing: all is done\n"
      "\n"
      "What happened:\n"
      "  2026-11-22T15:03:16             submit: attrsvc\n"
      "                                  answered 200, mode\n"
      "                                  SINGLE\n");
}

TEST(ExplainJobTest, NamesWhatIsInTheWayOfThisJobOnly) {
  v1::Job job = Failed(v1::Delivery::PENDING);
  job.mutable_delivery()->set_submit_attempts(3);
  job.mutable_delivery()->set_error("connection refused");
  job.mutable_delivery()->mutable_next_attempt_time()->set_seconds(kNow + 30);
  v1::Health health;
  for (const char* name : {"slurm", "attrsvc"}) {
    v1::Health::Component* const part = health.add_components();
    part->set_name(name);
    part->set_status(v1::Health::DEGRADED);
    part->set_last_error("it is down");
  }
  EXPECT_THAT(Explain(job, health),
              AllOf(HasSubstr("the log is to be sent; tried 3 times so far"),
                    HasSubstr("connection refused"),
                    HasSubstr("attrsvc does not work: it is down"),
                    HasSubstr("the log is sent: due in 30s"),
                    Not(HasSubstr("slurm does not work"))));
}

v1::Health::Component* AddPart(const char* name, v1::Health::Status status,
                               v1::Health* health) {
  v1::Health::Component* const part = health->add_components();
  part->set_name(name);
  part->set_status(status);
  return part;
}

TEST(ExplainJobTest, APartIsInTheWayOnlyOfWhoNeedsItAndWhileItFails) {
  v1::Health health;
  AddPart("slurm", v1::Health::DEGRADED, &health);
  AddPart("attrsvc", v1::Health::DEGRADED, &health)
      ->mutable_since_time()
      ->set_seconds(kNow - 120);
  AddPart("accounting", v1::Health::DEGRADED, &health);
  AddPart("store", v1::Health::OK, &health);
  EXPECT_THAT(Explain(Failed(v1::Delivery::WAITING), health),
              AllOf(HasSubstr("In the way:  slurm does not work\n"),
                    Not(HasSubstr("attrsvc does not work"))));
  EXPECT_THAT(Explain(Failed(v1::Delivery::SUBMITTED), health),
              AllOf(HasSubstr("In the way:  attrsvc does not work (since "
                              "2026-11-22T15:02:11)\n"),
                    Not(HasSubstr("slurm does not work"))));
  EXPECT_THAT(Explain(Failed(v1::Delivery::COMPLETED), health),
              Not(HasSubstr("In the way")));
  health.mutable_components(3)->set_status(v1::Health::DEGRADED);
  EXPECT_THAT(Explain(Failed(v1::Delivery::COMPLETED), health),
              HasSubstr("In the way:  store does not work\n"));
}

TEST(ExplainJobTest, SaysHowLongAJobWaitsOrRuns) {
  v1::Job job;
  job.set_job_id("7");
  job.set_state(v1::Job::PENDING);
  job.set_reason("Priority");
  job.mutable_submit_time()->set_seconds(kNow - 60);
  job.mutable_delivery()->set_phase(v1::Delivery::WAITING);
  EXPECT_THAT(Explain(job),
              AllOf(HasSubstr("PENDING, submitted 60s ago; Slurm's reason: "
                              "Priority\n"),
                    HasSubstr("Log:       its path is not known yet\n"),
                    HasSubstr("the next poll, or 'smonctl notify'")));
  job.set_state(v1::Job::RUNNING);
  job.clear_reason();
  job.mutable_start_time()->set_seconds(kNow - 30);
  job.set_restart_count(2);
  EXPECT_THAT(Explain(job), HasSubstr("RUNNING, started 30s ago; requeued 2 "
                                      "times before this run\n"));
  job.set_stdout_path_error("the job's output goes to /dev/null");
  EXPECT_THAT(Explain(job),
              HasSubstr("none: the job's output goes to /dev/null\n"));
}

TEST(ExplainJobTest, SaysWhoseLogItShares) {
  v1::Job job = Failed(v1::Delivery::COMPLETED);
  job.set_log_job_id("123_1");
  EXPECT_THAT(Explain(job), HasSubstr("train.out, shared with job 123_1, whose "
                                      "verdict is shown\n"));
}

TEST(ExplainJobTest, SaysWhenItIsTriedAgain) {
  v1::Job job = Failed(v1::Delivery::SUBMITTED);
  job.mutable_delivery()->set_result_attempts(4);
  EXPECT_THAT(Explain(job),
              AllOf(HasSubstr("asked for 4 times so far"),
                    HasSubstr("the verdict is asked for: as soon as the lane "
                              "has room\n")));
  job.mutable_delivery()->mutable_next_attempt_time()->set_seconds(kNow + 90);
  EXPECT_THAT(Explain(job), HasSubstr("asked for: due in 90s\n"));
}

TEST(ExplainJobTest, SaysHowToMendWhatStaysWithoutAVerdict) {
  v1::Job job = Failed(v1::Delivery::REJECTED);
  job.mutable_delivery()->set_submit_attempts(1);
  job.mutable_delivery()->set_problem(v1::Delivery::NOT_FOUND);
  job.mutable_delivery()->set_error("attrsvc answered 404");
  EXPECT_THAT(
      Explain(job),
      AllOf(HasSubstr("attrsvc did not take the log, tried once"),
            HasSubstr("NOT_FOUND: attrsvc answered 404"),
            HasSubstr("nothing by itself; when the cause is mended: smonctl "
                      "resubmit 123_4")));
}

TEST(ExplainJobTest, EveryPhaseHasItsMeaningAndItsNextStep) {
  for (const auto& [phase, words] :
       std::vector<std::pair<v1::Delivery::Phase, std::string>>{
           {v1::Delivery::WAITING, "the log is sent when the job has ended"},
           {v1::Delivery::PENDING, "it was not tried yet"},
           {v1::Delivery::SUBMITTED, "its verdict was asked for"},
           {v1::Delivery::EXPIRED, "gave no verdict in time"},
           {v1::Delivery::NO_LOG, "there is no log to send"}}) {
    EXPECT_THAT(Explain(Failed(phase)),
                AllOf(HasSubstr(words), HasSubstr("\nNext:")));
  }
}

TEST(ExplainJobTest, AnotherClustersSlurmIsNotInTheWay) {
  v1::Job job = Failed(v1::Delivery::WAITING);
  job.set_cluster("tux");
  v1::Health health;
  v1::Health::Component* const part = health.add_components();
  part->set_name("slurm");
  part->set_cluster("gnu");
  part->set_status(v1::Health::DEGRADED);
  EXPECT_THAT(Explain(job, health), Not(HasSubstr("slurm does not work")));
  part->set_cluster("tux");
  EXPECT_THAT(Explain(job, health), HasSubstr("slurm does not work"));
}

}  // namespace
}  // namespace smon::client
