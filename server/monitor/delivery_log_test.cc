#include "server/monitor/delivery_log.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string LineOf(const DeliveryChange& change) {
  ::testing::internal::CaptureStderr();
  LogDelivery(change);
  return ::testing::internal::GetCapturedStderr();
}

DeliveryChange In(Phase phase) {
  DeliveryChange change;
  change.job_id = "12_3";
  change.cluster = "alps";
  change.delivery.phase = phase;
  change.delivery.error = "attrsvc says no";
  return change;
}

TEST(DeliveryLogTest, AVerdictIsOneLineWithAllThatIsAskedOfIt) {
  DeliveryChange change = In(Phase::kCompleted);
  change.delivery.submitted_at = absl::FromUnixSeconds(1700000000);
  change.delivery.result_attempts = 2;
  Verdict& verdict = change.verdict.emplace();
  verdict.action_text = "STOP";
  verdict.reason = "out of\nmemory";
  verdict.source = "log_analyzer";
  verdict.mode = "splitlog";
  verdict.fetched_at =
      change.delivery.submitted_at + absl::Milliseconds(61'500);
  EXPECT_THAT(LineOf(change),
              EndsWith(" INFO verdict job_id=12_3 phase=COMPLETED action=STOP "
                       "reason=\"out of\\nmemory\" source=log_analyzer "
                       "mode=splitlog seconds=61.500 questions=2 "
                       "cluster=alps\n"));
}

TEST(DeliveryLogTest, ALogThatWasGivenUpIsAWarning) {
  EXPECT_THAT(LineOf(In(Phase::kRejected)),
              EndsWith(" WARNING log rejected job_id=12_3 phase=REJECTED "
                       "error=\"attrsvc says no\" cluster=alps\n"));
  EXPECT_THAT(LineOf(In(Phase::kExpired)),
              EndsWith(" WARNING no verdict job_id=12_3 phase=EXPIRED "
                       "error=\"attrsvc says no\" cluster=alps\n"));
}

TEST(DeliveryLogTest, ARequestThatAttrsvcDoesNotAcceptIsAnError) {
  DeliveryChange change = In(Phase::kRejected);
  change.http_status = 422;
  EXPECT_THAT(LineOf(change), HasSubstr(" ERROR log rejected job_id=12_3"));
}

TEST(DeliveryLogTest, WhatIsToBeExpectedIsNotToldOfUnlessAskedFor) {
  for (const PathProblem problem :
       {PathProblem::kPermissionDenied, PathProblem::kFileEmpty}) {
    DeliveryChange change = In(Phase::kRejected);
    change.delivery.problem = problem;
    EXPECT_THAT(LineOf(change), IsEmpty());
  }
  EXPECT_THAT(LineOf(In(Phase::kSubmitted)), IsEmpty());
}

}  // namespace
}  // namespace smon
