#include "testing/attrsvc_standin/rules.h"

#include <string>

#include "common/utf8.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon::attrsvc_standin {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

struct Case {
  const char* log;
  const char* action;
  const char* reason;
};

TEST(RulesTest, EachRuleKnowsItsLogs) {
  const Case cases[] = {
      {"step 1\nslurmstepd: error: *** JOB 7 ON n1 CANCELLED AT "
       "2026-11-22T12:00:00 DUE TO TIME LIMIT ***\n",
       "RESTART", "time limit"},
      {"slurmstepd: error: *** STEP 7.0 ON n1 CANCELLED AT "
       "2026-11-22T12:00:00 DUE TO NODE FAILURE, SEE SLURMCTLD LOG ***",
       "RESTART", "a node failed"},
      {"*** JOB 7 ON n1 CANCELLED AT 2026-11-22T12:00:00 DUE TO PREEMPTION "
       "***",
       "RESTART", "preempted"},
      {"slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2026-11-22T12:00:00 "
       "***\n",
       "STOP", "cancelled"},
      {"slurmstepd: error: Detected 1 oom-kill event(s) in StepId=7.batch.\n",
       "STOP", "out of memory"},
      {"Traceback (most recent call last):\n  File \"a.py\"\n"
       "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to\n",
       "STOP", "out of memory"},
      {"RuntimeError: CUDA error: device-side assert triggered\n", "STOP",
       "device-side assert"},
      {"Traceback (most recent call last):\n  File \"a.py\"\n"
       "RuntimeError: CUDA error: an illegal memory access\n",
       "RESTART", "a GPU failed"},
      {"kernel: NVRM: Xid (PCI:0000:1b:00): 79, GPU has fallen off\n",
       "RESTART", "a GPU failed"},
      {"n1:77 [0] NCCL WARN Timeout waiting for connect\n", "RESTART",
       "communication"},
      {"torch.distributed.DistBackendError: NCCL error in: x.cpp\n", "RESTART",
       "communication"},
      {"Traceback (most recent call last):\n  File \"a.py\", line 1\n    x\n"
       "ValueError: bad shape\nbye\n",
       "STOP", "a Python exception: ValueError: bad shape"},
      {"./a.out: line 3:  4711 Segmentation fault      (core dumped)\n", "STOP",
       "the program crashed"},
      {"/bin/sh: 1: trian.py: command not found\n", "STOP", "not there"},
      {"srun: error: n1: task 0: Exited with exit code 3\n", "STOP",
       "the program failed"},
      {"epoch 10 of 10\nTraining completed.\n\n", "CONTINUE",
       "the log ends well: Training completed."},
      {"exit code 0\nall done\n", "CONTINUE", "all done"},
      {"epoch 1\nepoch 2\n", "UNKNOWN", "no known pattern"},
      {"abandoned\n", "UNKNOWN", "no known pattern"},
      {"", "UNKNOWN", "no known pattern"},
      {"\n \n", "UNKNOWN", "no known pattern"},
  };
  for (const Case& c : cases) {
    const Finding finding = Judge(c.log);
    EXPECT_EQ(finding.action, c.action) << c.log;
    EXPECT_THAT(finding.reason, HasSubstr(c.reason)) << c.log;
  }
}

TEST(RulesTest, TheLastTracebackOfSeveralCounts) {
  EXPECT_THAT(Judge("Traceback (most recent call last):\nKeyError: 'a'\n\n"
                    "During handling of the above\n\n"
                    "Traceback (most recent call last):\n  x\nTypeError: b\n")
                  .reason,
              EndsWith("TypeError: b"));
  EXPECT_EQ(Judge("Traceback (most recent call last):").action, "STOP");
}

TEST(RulesTest, HostileBytesOfALogComeOutPrintableAndBounded) {
  const Finding finding =
      Judge("NCCL error \xFF\x1b[2J" + std::string(100'000, 'x'));
  EXPECT_TRUE(IsValidUtf8(finding.reason));
  EXPECT_THAT(finding.line, HasSubstr("\\xff\\x1b[2J"));
  EXPECT_LT(finding.reason.size(), 2000u);
}

}  // namespace
}  // namespace smon::attrsvc_standin
