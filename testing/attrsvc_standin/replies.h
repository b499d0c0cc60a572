#ifndef SMON_TESTING_ATTRSVC_STANDIN_REPLIES_H_
#define SMON_TESTING_ATTRSVC_STANDIN_REPLIES_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace smon::attrsvc_standin {

struct Reply {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  // To be sent this much later.
  absl::Duration delay = absl::ZeroDuration();
  // No answer: the connection is to be reset.
  bool reset = false;
};

Reply JsonReply(int status, std::string body);

// attrsvc's own errors: {"error_code":"errorcode.not_found","message":...}. The
// released form prefixes the code.
Reply ErrorReply(int status, absl::string_view error_code, bool prefixed);

// The same with the status that belongs to an error_code about a file.
Reply FileErrorReply(absl::string_view error_code, bool prefixed);

// What FastAPI answers by itself: {"detail":"Not Found"}.
Reply DetailReply(int status, absl::string_view detail);

// FastAPI's 422 about one field of the "body" or the "query"; about the whole
// body when the field is empty.
Reply InvalidReply(absl::string_view where, absl::string_view field,
                   absl::string_view type, absl::string_view message);

// What a proxy answers when it cannot reach attrsvc.
Reply ProxyReply(int status);

}  // namespace smon::attrsvc_standin

#endif  // SMON_TESTING_ATTRSVC_STANDIN_REPLIES_H_
