#ifndef SMON_SERVER_GATEWAY_FIELD_TEXT_H_
#define SMON_SERVER_GATEWAY_FIELD_TEXT_H_

#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/gateway/url.h"

namespace smon {

// Request fields from the text of a URL, as grpc-gateway v2 does it
// (runtime/query.go), with its error messages as INVALID_ARGUMENT. Also
// INVALID_ARGUMENT: text that is not UTF-8, which Go could not send either.
//
// Of the message types, Timestamp (RFC 3339), Duration ("1h2.5s"), FieldMask
// (paths with commas) and the wrappers have a text; the API has no other in a
// request.

// Sets the field at a path such as "job_id" or "job.name" from what a path
// template has bound to it.
absl::Status SetFieldFromPath(google::protobuf::Message* message,
                              absl::string_view field_path,
                              absl::string_view text);

// Sets all fields that query parameters name, by their proto or JSON name:
// "page_size=2", "pageSize=2", "states=FAILED&states=3", "job.name=a",
// "labels[key]=value". A name
// that is not a field is ignored. So is one that `except` (field paths, those
// bound by the path or the body) has, or a field inside of one.
absl::Status SetFieldsFromQuery(google::protobuf::Message* message,
                                const QueryParameters& parameters,
                                const std::vector<std::string>& except);

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_FIELD_TEXT_H_
