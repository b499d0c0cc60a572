#ifndef SMON_SERVER_GATEWAY_CALL_METADATA_H_
#define SMON_SERVER_GATEWAY_CALL_METADATA_H_

#include <grpcpp/client_context.h>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/gateway/http_message.h"

namespace smon {

// HTTP headers to gRPC metadata and back, as grpc-gateway v2 does it
// (runtime/context.go).

// Gives a call the metadata and the deadline that the request asks for:
// Grpc-Metadata-Foo as "foo", Authorization as "authorization", the standing
// request headers as "grpcgateway-accept" and so on, x-forwarded-host and -for.
// What gRPC could not carry is left out. Grpc-Timeout is "500m", "3S", "1H";
// without it the deadline is `default_timeout` from now.
//
// INVALID_ARGUMENT for a malformed Grpc-Timeout or "-bin" header,
// DEADLINE_EXCEEDED for a negative Grpc-Timeout.
absl::Status AnnotateContext(const HttpRequest& request,
                             absl::Duration default_timeout,
                             grpc::ClientContext* context);

// The response's initial metadata as Grpc-Metadata-* headers; "-bin" values in
// base64. Not before the metadata is there.
HttpHeaders ResponseHeaders(const grpc::ClientContext& context);

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_CALL_METADATA_H_
