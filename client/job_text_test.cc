#include "client/job_text.h"

#include "gtest/gtest.h"

namespace smon::client {
namespace {

TEST(StateTextTest, IsSlurmsWordForAStateThatIsNotKnown) {
  v1::Job job;
  job.set_state(v1::Job::NODE_FAIL);
  job.set_state_text("ignored");
  EXPECT_EQ(StateText(job), "NODE_FAIL");
  job.set_state(v1::Job::OTHER);
  job.set_state_text("HIBERNATED");
  EXPECT_EQ(StateText(job), "HIBERNATED");
  job.set_state(static_cast<v1::Job::State>(99));  // from a newer smonsvc
  EXPECT_EQ(StateText(job), "HIBERNATED");
}

TEST(ExitTextTest, IsEmptyWhileNotKnown) {
  v1::Job job;
  EXPECT_EQ(ExitText(job), "");
  job.set_exit_code(0);
  job.set_exit_signal(9);
  EXPECT_EQ(ExitText(job), "0:9");
}

TEST(PhaseTextTest, NamesThePhase) {
  v1::Job job;
  EXPECT_EQ(PhaseText(job), "");
  job.mutable_delivery()->set_phase(v1::Delivery::NO_LOG);
  EXPECT_EQ(PhaseText(job), "NO_LOG");
}

TEST(ActionTextTest, IsAttrsvcsWordForAnActionThatIsNotKnown) {
  v1::Verdict verdict;
  EXPECT_EQ(ActionText(verdict), "");
  verdict.set_action(v1::Verdict::RESTART);
  EXPECT_EQ(ActionText(verdict), "RESTART");
  verdict.set_action(v1::Verdict::OTHER);
  verdict.set_action_text("MIGRATE");
  EXPECT_EQ(ActionText(verdict), "MIGRATE");
}

TEST(ReasonTextTest, TakesTheReasonThatIsNearestToTheVerdict) {
  v1::Job job;
  job.set_reason("NonZeroExitCode");
  EXPECT_EQ(ReasonText(job), "NonZeroExitCode");
  job.set_stdout_path_error("no path");
  EXPECT_EQ(ReasonText(job), "no path");
  job.mutable_delivery()->set_error("attrsvc answered 403");
  EXPECT_EQ(ReasonText(job), "attrsvc answered 403");
  job.mutable_verdict()->set_reason("CUDA error");
  EXPECT_EQ(ReasonText(job), "CUDA error");
}

}  // namespace
}  // namespace smon::client
