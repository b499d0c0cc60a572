#ifndef SMON_TESTING_ATTRSVC_STANDIN_RULES_H_
#define SMON_TESTING_ATTRSVC_STANDIN_RULES_H_

#include <string>

#include "absl/strings/string_view.h"

namespace smon::attrsvc_standin {

// What the stand-in says about a log. All text is printable UTF-8.
struct Finding {
  std::string action;  // "STOP", "RESTART", "CONTINUE" or "UNKNOWN"
  std::string reason;  // one sentence
  std::string line;    // the line of the log that decided; may be empty
};

// Judges a log by a few rules. The first one that holds decides, wherever in
// the log its words are (in any case):
//
//   RESTART   the job's node failed, it was preempted or ran into its time
//             limit: slurmstepd's "CANCELLED AT ... DUE TO ..."
//   STOP      someone cancelled it: "CANCELLED AT" with no cause
//   STOP      out of memory, of the host or of a GPU
//   STOP      a device-side assert: the kernel's index was wrong
//   RESTART   a CUDA error, an Xid, an uncorrectable ECC error
//   RESTART   an NCCL error or timeout
//   STOP      a Python traceback; its last line is the reason
//   STOP      a crash (segmentation fault, abort, bus error, core dump)
//   STOP      a command or library that is not there
//   STOP      "exit code N", "exit status N" or "exited with N", N not 0
//   CONTINUE  no rule above holds, and the last line has the word done,
//             finished, completed or success
//   UNKNOWN   otherwise
//
// CUDA and NCCL errors go before tracebacks, since PyTorch prints them in one.
Finding Judge(absl::string_view log);

}  // namespace smon::attrsvc_standin

#endif  // SMON_TESTING_ATTRSVC_STANDIN_RULES_H_
