#ifndef SMON_SERVER_API_HEALTH_WATCH_LIMIT_H_
#define SMON_SERVER_API_HEALTH_WATCH_LIMIT_H_

#include <grpcpp/support/server_interceptor.h>

#include <memory>

namespace smon {

// Cancels streams of grpc.health.v1.Health/Watch beyond so many at a time: they
// take no token, last as long as the client likes, and some 15 KiB each.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
NewHealthWatchLimit(int most);

}  // namespace smon

#endif  // SMON_SERVER_API_HEALTH_WATCH_LIMIT_H_
