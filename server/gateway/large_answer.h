#ifndef SMON_SERVER_GATEWAY_LARGE_ANSWER_H_
#define SMON_SERVER_GATEWAY_LARGE_ANSWER_H_

#include <cstddef>
#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "server/gateway/http_message.h"

namespace smon {

// Answers of fewer bytes are sent as they are: they fit a packet or a few.
inline constexpr size_t kLargeAnswerBytes = 4096;

// `done`, for a large answer to `request` that is no stream: compressed with
// gzip if the client takes that, and not sent again to one that has it already
// (If-None-Match; an answer with an ETag has seen to that). Works in the thread
// that calls `done`. Thread-safe.
std::function<void(HttpResponse)> ShrinkLargeAnswer(
    const HttpRequest& request, std::function<void(HttpResponse)> done);

// For an ETag header: the same for the same body. Weak, since with and without
// compression it is the same answer.
std::string EtagOf(absl::string_view body);

// Whether the values of Accept-Encoding headers prefer gzip to no encoding:
// "br;q=1.0, gzip;q=0.8, *;q=0.1".
bool PrefersGzip(absl::string_view accept_encoding);

// Whether an If-None-Match header names `etag`, compared weakly.
bool NamesEtag(absl::string_view if_none_match, absl::string_view etag);

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_LARGE_ANSWER_H_
