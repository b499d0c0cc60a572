#ifndef SMON_SERVER_API_GRPC_SERVER_H_
#define SMON_SERVER_API_GRPC_SERVER_H_

#include <grpcpp/channel.h>
#include <grpcpp/server.h>
#include <grpcpp/support/server_interceptor.h>

#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "proto/smon/v1/monitor.pb.h"

namespace smon {

// The gRPC port: a service, grpc.health.v1.Health and server reflection.
class GrpcServer {
 public:
  // Listens on `address`, e.g. "127.0.0.1:8101"; port 0 picks a free one.
  // `service` must outlive the result. UNAVAILABLE names the address when it
  // cannot be had. `interceptor`, unless null, sees each call of the server.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(
      const std::string& address, grpc::Service* service,
      std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
          interceptor = nullptr);

  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  int port() const { return port_; }
  // A channel to this server that needs no network.
  std::shared_ptr<grpc::Channel> InProcessChannel(
      const grpc::ChannelArguments& arguments);

  // Shows in grpc.health.v1: "" whether the process is well (as /livez), so
  // that nobody restarts us for another's outage; the service's name whether it
  // can answer (as /readyz); "slurm", "attrsvc" and so on whether that
  // component works. To be called again and again, by one thread.
  void Publish(const v1::Health& health, bool live, bool ready);

  // Ends open calls, within `grace` if they finish by themselves.
  void Stop(absl::Duration grace);

 private:
  GrpcServer() = default;

  // Only what has changed: gRPC tells each watcher of whatever is set.
  void SetServing(const std::string& service, bool serving);

  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
  std::map<std::string, bool> serving_;
};

}  // namespace smon

#endif  // SMON_SERVER_API_GRPC_SERVER_H_
