#ifndef SMON_SERVER_API_GRPC_SERVER_H_
#define SMON_SERVER_API_GRPC_SERVER_H_

#include <grpcpp/channel.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/server_interceptor.h>
#include <sys/types.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "proto/smon/v1/monitor.pb.h"
#include "server/api/grpc_listener.h"

namespace smon {

// Of the connections of a GrpcServer. A client has to say something soon, and
// is closed when it has had no call for long: it connects again by itself.
// Routers forget a connection that is silent, some after a minute, and a peer
// that vanished is not to hold a stream for ever.
struct GrpcConnectionTimes {
  absl::Duration handshake = absl::Seconds(10);
  absl::Duration most_idle = absl::Minutes(30);
  // Of silence, until the server pings; gRPC makes it a second at least.
  absl::Duration ping_every = absl::Seconds(45);
  absl::Duration ping_timeout = absl::Seconds(20);
  // Clients may ping as often, also while they have no call.
  absl::Duration client_ping_every = absl::Seconds(10);
};

// The gRPC port: a service, grpc.health.v1.Health and server reflection.
class GrpcServer {
 public:
  struct Options {
    // E.g. "127.0.0.1:8101"; port 0 picks a free one. Empty: no TCP port.
    std::string address;
    // Of `address`; null for no TLS.
    std::shared_ptr<grpc::ServerCredentials> credentials = nullptr;
    // Absolute path of a unix socket, always without TLS; empty for none.
    std::string unix_socket = "";
    mode_t unix_socket_mode = 0600;
    // See each call of the server.
    std::vector<
        std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>>
        interceptors = {};
    GrpcConnectionTimes times = {};
    // Of the TCP port, and of the unix socket, which stays a way in when the
    // port is full.
    int max_connections = 16384;
    int max_socket_connections = 4096;
    // Streams of grpc.health.v1.Health/Watch; further ones are cancelled.
    int max_health_watches = 1000;
  };

  // `service` must outlive the result. UNAVAILABLE names the address when it
  // cannot be had; see ListenOnUnix for the socket's errors.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(
      Options options, grpc::Service* service);

  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  // 0 without a TCP port.
  int port() const { return port_; }
  // Of the port and the unix socket. Thread-safe.
  GrpcListener::Counts connections() const;
  // A channel to this server that needs no network.
  std::shared_ptr<grpc::Channel> InProcessChannel(
      const grpc::ChannelArguments& arguments);

  // Shows in grpc.health.v1: "" whether the process is well (as /livez), so
  // that nobody restarts us for another's outage; the service's name whether it
  // can answer (as /readyz); "slurm", "attrsvc" and so on whether that
  // component works; "poller" and "poller/tux" whether this replica polls any
  // cluster, or that one. To be called again and again, by one thread.
  void Publish(const v1::Health& health, bool live, bool ready);

  // Listens no more; ends open calls, within `grace` if they finish by
  // themselves.
  void Stop(absl::Duration grace);

 private:
  // A way in: what accepts, and gRPC's end, which is handed the connections.
  struct Entry {
    std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> to;
    std::unique_ptr<GrpcListener> listener;
  };

  GrpcServer() = default;

  // Listen, for the server that is built. Each binds before gRPC starts, and
  // accepts after.
  absl::Status AddTcp(const Options& options, grpc::ServerBuilder* builder);
  absl::Status AddUnix(const Options& options, grpc::ServerBuilder* builder);

  // Only what has changed: gRPC tells each watcher of whatever is set.
  void SetServing(const std::string& service, bool serving);

  std::unique_ptr<grpc::Server> server_;
  std::vector<Entry> entries_;
  // They are asked again at each handshake.
  std::shared_ptr<grpc::ServerCredentials> credentials_;
  int port_ = 0;
  std::map<std::string, bool> serving_;
};

}  // namespace smon

#endif  // SMON_SERVER_API_GRPC_SERVER_H_
