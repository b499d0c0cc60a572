#include "server/gateway/error_response.h"

#include "absl/strings/str_cat.h"
#include "common/utf8.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/gateway/json_writer.h"

namespace smon {

int HttpStatusFromCode(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::OK:
      return 200;
    case grpc::StatusCode::CANCELLED:
      return 499;
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::FAILED_PRECONDITION:
    case grpc::StatusCode::OUT_OF_RANGE:
      return 400;
    case grpc::StatusCode::UNAUTHENTICATED:
      return 401;
    case grpc::StatusCode::PERMISSION_DENIED:
      return 403;
    case grpc::StatusCode::NOT_FOUND:
      return 404;
    case grpc::StatusCode::ALREADY_EXISTS:
    case grpc::StatusCode::ABORTED:
      return 409;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return 429;
    case grpc::StatusCode::UNIMPLEMENTED:
      return 501;
    case grpc::StatusCode::UNAVAILABLE:
      return 503;
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return 504;
    default:
      return 500;
  }
}

std::string StatusToJson(const grpc::Status& status) {
  // Linked in, so that what errors have of it is found and shown.
  (void)google::rpc::ErrorInfo::descriptor();
  google::rpc::Status proto;
  google::rpc::Status details;
  if (details.ParseFromString(status.error_details())) {
    *proto.mutable_details() = details.details();
  }
  proto.set_code(status.error_code());
  proto.set_message(ToValidUtf8(status.error_message()));
  auto json = MessageToJson(proto);
  if (!json.ok()) {
    // A detail that JSON has no form for.
    proto.clear_details();
    json = MessageToJson(proto);
  }
  return *json;
}

HttpResponse ErrorResponse(const grpc::Status& status) {
  HttpResponse response;
  response.status = HttpStatusFromCode(status.error_code());
  response.body = StatusToJson(status);
  if (status.error_code() == grpc::StatusCode::UNAUTHENTICATED) {
    response.headers.emplace_back("WWW-Authenticate", status.error_message());
  }
  return response;
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      std::string(status.message()));
}

}  // namespace smon
