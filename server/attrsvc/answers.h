#ifndef SMON_SERVER_ATTRSVC_ANSWERS_H_
#define SMON_SERVER_ATTRSVC_ANSWERS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/monitor/attrsvc_client.h"

namespace smon {

// An HTTP response, as far as it matters here. Nothing in it is trusted.
struct IncomingResponse {
  int status = 0;
  std::string retry_after;  // the header's value
  std::string location;     // the header's value
  std::string content_encoding;
  std::string body;
  absl::Time received;
};

// What a response to each kind of request means, by attrsvc's error table.
// `attrsvc` is the endpoint as messages name it.
//
//   400 empty_file            kNotVisible (it may be there in a minute)
//   400, 413, 422, ...        kRejected
//   401, 407, 408, 425        kUnavailable: a proxy's or a passing trouble, and
//                             nothing that is wrong with this log
//   403                       kRejected
//   404 not_found             submit: kNotVisible; result: kUnknownLog
//   404 of FastAPI itself,    kUnavailable: there is no attrsvc (of a kind that
//   405, 3xx                  we know) at that address
//   429                       kRateLimited
//   503 with a JSON body      kBusy
//   other 5xx, and a 2xx      kUnavailable
//   that makes no sense
//
// The body decides, whatever its Content-Type says. None was asked for encoded,
// so one with a Content-Encoding is not taken apart: a few bytes of it may
// stand for gigabytes.
//
// Texts in an Answer are valid UTF-8 and bounded; `body` is kept whole, and
// only where it is a JSON object that came with a 200.
Answer ReadSubmitAnswer(const IncomingResponse& response,
                        absl::string_view attrsvc);
Answer ReadResultAnswer(const IncomingResponse& response,
                        absl::string_view attrsvc);
Answer ReadStatsAnswer(const IncomingResponse& response,
                       absl::string_view attrsvc);
Answer ReadProbeAnswer(const IncomingResponse& response,
                       absl::string_view attrsvc);

// Whether the response says that the server has no such route, as opposed to
// no such log: a 404 without an error_code of attrsvc's, or a 405.
bool LacksRoute(const IncomingResponse& response);

// Retry-After's value, seconds or an HTTP date (RFC 9110, 10.2.3), as the time
// left from `now`: at most an hour. Nothing for what is past or unreadable.
std::optional<absl::Duration> ParseRetryAfter(absl::string_view value,
                                              absl::Time now);

}  // namespace smon

#endif  // SMON_SERVER_ATTRSVC_ANSWERS_H_
