#ifndef SMON_TESTING_ATTRSVC_STANDIN_KNOBS_H_
#define SMON_TESTING_ATTRSVC_STANDIN_KNOBS_H_

#include <string>

#include "absl/status/status.h"

namespace smon::attrsvc_standin {

// How the stand-in behaves; each can be changed while it runs.
struct Knobs {
  // Each answer comes this much later.
  int latency_ms = 0;
  // How long the analysis of a log takes.
  int analysis_ms = 0;
  // Requests that are let through in any 60 seconds; 0 for no limit.
  int submit_per_minute = 0;
  int result_per_minute = 0;
  // The part of the requests, 0 to 1, that fail: one third each with a 500 of
  // attrsvc's, a 503 of a proxy's, and a connection that is reset.
  double fail_rate = 0;
  // When not 0, every request is answered with this status: with a JSON body
  // if there is an error_code, otherwise with HTML, as by a proxy.
  int status = 0;
  std::string error_code;
  // Sent as Retry-After with that status, and with every 429 in place of the
  // true waiting time; empty for none.
  std::string retry_after;
};

// Changes the knobs that a JSON object such as {"fail_rate": 1.0} names.
// INVALID_ARGUMENT, and nothing changed, for an unknown name or a bad value.
absl::Status ApplyJson(const std::string& json, Knobs* knobs);

// All of them as a JSON object.
std::string ToJson(const Knobs& knobs);

// INVALID_ARGUMENT when one is out of its range.
absl::Status Check(const Knobs& knobs);

}  // namespace smon::attrsvc_standin

#endif  // SMON_TESTING_ATTRSVC_STANDIN_KNOBS_H_
