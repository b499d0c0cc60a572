#ifndef SMON_SERVER_API_REFLECTION_GUARD_H_
#define SMON_SERVER_API_REFLECTION_GUARD_H_

#include <grpcpp/support/server_interceptor.h>

#include <memory>

#include "server/api/call_guard.h"

namespace smon {

// Lets only those use gRPC's reflection service who may read. That service is
// gRPC's own and cannot be wrapped as ours is; so each of its answers is
// replaced by the error, which ends the call, too. `guard` outlives the server.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
NewReflectionGuard(const CallGuard* guard);

}  // namespace smon

#endif  // SMON_SERVER_API_REFLECTION_GUARD_H_
