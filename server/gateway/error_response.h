#ifndef SMON_SERVER_GATEWAY_ERROR_RESPONSE_H_
#define SMON_SERVER_GATEWAY_ERROR_RESPONSE_H_

#include <grpcpp/support/status.h>

#include <string>

#include "absl/status/status.h"
#include "server/gateway/http_message.h"

namespace smon {

// Errors over HTTP as grpc-gateway v2 gives them (runtime/errors.go).

// NOT_FOUND -> 404 and so on.
int HttpStatusFromCode(grpc::StatusCode code);

// {"code":5,"message":"...","details":[...]}: a google.rpc.Status, with the
// details of grpc-status-details-bin when there are any.
std::string StatusToJson(const grpc::Status& status);

HttpResponse ErrorResponse(const grpc::Status& status);

grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_ERROR_RESPONSE_H_
