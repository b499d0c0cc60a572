#include "testing/slurm_standin/fault.h"

#include "gtest/gtest.h"

namespace smon::slurm_standin {
namespace {

Output Normal() {
  Output output;
  output.out = "1|ok\n2|fail\n";
  output.err = "a warning\n";
  return output;
}

TEST(FaultTest, WithoutATroubleNothingChanges) {
  const Output output = ApplyFault(Fault(), Normal());
  EXPECT_EQ(output.out, Normal().out);
  EXPECT_EQ(output.err, Normal().err);
  EXPECT_EQ(output.exit_status, 0);
}

TEST(FaultTest, ACommandThatFailsPrintsItsMessageOnly) {
  Fault fault;
  fault.exit_status = 2;
  fault.stderr_text = "no\n";
  const Output output = ApplyFault(fault, Normal());
  EXPECT_EQ(output.out, "");
  EXPECT_EQ(output.err, "no\n");
  EXPECT_EQ(output.exit_status, 2);
}

TEST(FaultTest, AWarningComesBeforeTheOutput) {
  Fault fault;
  fault.stdout_before = "Note!\n";
  fault.stderr_text = "warning\n";
  const Output output = ApplyFault(fault, Normal());
  EXPECT_EQ(output.out, "Note!\n1|ok\n2|fail\n");
  EXPECT_EQ(output.err, "warning\na warning\n");
}

TEST(FaultTest, OutputMayBeCutWithAnyEnd) {
  Fault fault;
  fault.truncate_bytes = 6;
  EXPECT_EQ(ApplyFault(fault, Normal()).out, "1|ok\n2");
  EXPECT_EQ(ApplyFault(fault, Normal()).exit_status, 0);
  fault.signal = 9;
  EXPECT_EQ(ApplyFault(fault, Normal()).out, "1|ok\n2");
}

TEST(FaultTest, AFailureMayLookLikeAnEmptyCluster) {
  Fault fault;
  fault.empty = true;
  Output failed = Normal();
  failed.exit_status = 1;
  const Output output = ApplyFault(fault, failed);
  EXPECT_EQ(output.out + output.err, "");
  EXPECT_EQ(output.exit_status, 0);
}

TEST(FaultTest, GarbageIsTheSameInEachRun) {
  Fault fault;
  fault.garbage_bytes = 1000;
  const std::string garbage = ApplyFault(fault, Normal()).out;
  EXPECT_EQ(garbage.size(), 1000u);
  EXPECT_NE(garbage.find('\0'), std::string::npos);
  EXPECT_EQ(ApplyFault(fault, Normal()).out, garbage);
}

TEST(FaultTest, TheFirstThatMatchesTheArgumentsCounts) {
  const State state = ParseState(R"({"faults": {"sacct": [
      {"args_contain": "-B", "exit": 1}, {"exit": 2}]}})")
                          .value();
  Call call;
  call.program = "sacct";
  call.args = {"-B", "-j", "1"};
  EXPECT_EQ(FindFault(state, call)->exit_status, 1);
  call.args = {"-a"};
  EXPECT_EQ(FindFault(state, call)->exit_status, 2);
  call.program = "squeue";
  EXPECT_EQ(FindFault(state, call), nullptr);
}

}  // namespace
}  // namespace smon::slurm_standin
