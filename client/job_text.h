#ifndef SMON_CLIENT_JOB_TEXT_H_
#define SMON_CLIENT_JOB_TEXT_H_

#include <string>

#include "absl/time/time.h"
#include "client/terminal.h"
#include "proto/smon/v1/monitor.pb.h"

namespace smon::client {

// A job's fields in words. Text from Slurm and attrsvc is as it came: not yet
// fit for a terminal. Empty where there is nothing to say.

// "FAILED", or Slurm's own word for a state that this version does not know.
std::string StateText(const v1::Job& job);
// Red for unsuccessful, green for COMPLETED, yellow for gone astray.
Color StateColor(const v1::Job& job);

// "1:0", exit code and signal as sacct prints them.
std::string ExitText(const v1::Job& job);

// How long it ran, or has been running by `now`: "00:05:12".
std::string ElapsedText(const v1::Job& job, absl::Time now);

// "PENDING".
std::string PhaseText(const v1::Job& job);

// "NOT_FOUND".
std::string ProblemText(const v1::Delivery& delivery);

// "STOP", or attrsvc's own word for an action that this version does not know.
std::string ActionText(const v1::Verdict& verdict);
Color ActionColor(const v1::Verdict& verdict);

// Why the job is as it is: attrsvc's reason, else what keeps its verdict away,
// else Slurm's reason for the state.
std::string ReasonText(const v1::Job& job);

}  // namespace smon::client

#endif  // SMON_CLIENT_JOB_TEXT_H_
