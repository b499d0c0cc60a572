#include "testing/attrsvc_standin/replies.h"

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace smon::attrsvc_standin {
namespace {

using Json = nlohmann::ordered_json;

struct FileError {
  absl::string_view code;
  int status;
  absl::string_view message;
};

constexpr FileError kFileErrors[] = {
    {"invalid_path", 400, "log_path must be absolute"},
    {"not_regular", 400, "log_path is not a regular file"},
    {"empty_file", 400, "the file is empty"},
    {"outside_root", 403, "log_path is outside the allowed root"},
    {"not_readable", 403, "the file is not readable"},
    {"not_found", 404, "no such log"},
};

Reply ErrorReply(int status, absl::string_view error_code,
                 absl::string_view message, bool prefixed) {
  return JsonReply(
      status, Json{{"error_code",
                    absl::StrCat(prefixed ? "errorcode." : "", error_code)},
                   {"message", std::string(message)},
                   {"details", nullptr}}
                  .dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

Reply JsonReply(int status, std::string body) {
  Reply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

Reply ErrorReply(int status, absl::string_view error_code, bool prefixed) {
  return ErrorReply(status, error_code, "the stand-in was told to say this",
                    prefixed);
}

Reply FileErrorReply(absl::string_view error_code, bool prefixed) {
  for (const FileError& error : kFileErrors) {
    if (error_code == error.code) {
      return ErrorReply(error.status, error.code, error.message, prefixed);
    }
  }
  return ErrorReply(500, "internal_error", "internal server error", prefixed);
}

Reply DetailReply(int status, absl::string_view detail) {
  return JsonReply(status, Json{{"detail", std::string(detail)}}.dump());
}

Reply InvalidReply(absl::string_view where, absl::string_view field,
                   absl::string_view type, absl::string_view message) {
  Json location = Json::array({std::string(where)});
  if (!field.empty()) location.push_back(std::string(field));
  return JsonReply(422, Json{{"detail", Json::array({Json{
                                            {"type", std::string(type)},
                                            {"loc", location},
                                            {"msg", std::string(message)},
                                        }})}}
                            .dump());
}

Reply ProxyReply(int status) {
  Reply reply;
  reply.status = status;
  reply.content_type = "text/html";
  reply.body = absl::StrCat("<html><body><h1>", status,
                            "</h1>a proxy's page</body></html>\n");
  return reply;
}

}  // namespace smon::attrsvc_standin
