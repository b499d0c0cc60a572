#ifndef SMON_SERVER_GATEWAY_GATEWAY_H_
#define SMON_SERVER_GATEWAY_GATEWAY_H_

#include <grpcpp/channel.h>
#include <grpcpp/support/channel_arguments.h>

#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/gateway/front_door.h"
#include "server/gateway/http_server.h"
#include "server/gateway/transcoder.h"

namespace smon {

// smonsvc over HTTP: smon.v1.MonitorService as JSON below /v1 (Transcoder), and
// the Python service's endpoints (CompatEndpoints). A client of the gRPC API
// and of nothing else:
//
//   Gateway gateway(server->InProcessChannel(Gateway::ChannelArguments()), {});
//   absl::StatusOr<int> port = gateway.Start("127.0.0.1", 8080);
//   ...
//   gateway.Stop();  // before the gRPC server shuts down
//
// Thread-compatible.
class Gateway {
 public:
  struct Options {
    HttpServer::Options http;
    Transcoder::Options transcoder;
    // What else is served, by path, e.g. "/metrics". The handlers must outlive
    // the gateway.
    std::map<std::string, HttpHandler*> handlers;
    FrontDoor::Options front_door;
  };

  // For the channel: a page of a thousand jobs is larger than the 4 MiB that a
  // gRPC client takes by default. The server's side needs nothing, since it
  // sends messages of any size unless told otherwise.
  static grpc::ChannelArguments ChannelArguments();

  Gateway(std::shared_ptr<grpc::Channel> channel, Options options);
  ~Gateway();

  // See HttpServer. At most once.
  absl::StatusOr<int> Start(const std::string& host, int port);
  // The same on a unix socket, besides the port or without one.
  absl::Status StartUnix(const std::string& path, mode_t mode);
  // Harmless to repeat.
  void Stop();

 private:
  class Router;

  absl::Status MakeServer();

  const std::shared_ptr<grpc::Channel> channel_;
  const Options options_;
  std::unique_ptr<Router> router_;
  // Last, to be gone before what it calls.
  std::unique_ptr<HttpServer> server_;
};

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_GATEWAY_H_
