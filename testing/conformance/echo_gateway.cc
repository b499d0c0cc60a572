// An EchoService over gRPC, and server/gateway in front of it. Prints where
// they listen on loopback, one line "grpc PORT" and one "http PORT", and runs
// until SIGTERM.
#include <grpcpp/grpcpp.h>
#include <signal.h>

#include <functional>
#include <iostream>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "proto/smon/v1/monitor.pb.h"
#include "server/gateway/gateway.h"
#include "server/gateway/http_server.h"
#include "server/gateway/transcoder.h"
#include "testing/conformance/echo_service.h"
#include "testing/conformance/every_type.pb.h"

namespace smon {
namespace {

// The transcoders of two services under one address.
class Router : public HttpHandler {
 public:
  Router(std::unique_ptr<Transcoder> monitor,
         std::unique_ptr<Transcoder> every_type)
      : monitor_(std::move(monitor)), every_type_(std::move(every_type)) {}

  void Handle(HttpRequest request,
              std::function<void(HttpResponse)> done) override {
    Transcoder* const transcoder = absl::StartsWith(request.target, "/t/")
                                       ? every_type_.get()
                                       : monitor_.get();
    transcoder->Handle(std::move(request), std::move(done));
  }
  void Abort() override {
    monitor_->Abort();
    every_type_->Abort();
  }

 private:
  const std::unique_ptr<Transcoder> monitor_;
  const std::unique_ptr<Transcoder> every_type_;
};

int Run() {
  // Before there are threads, which take it over.
  sigset_t end;
  sigemptyset(&end);
  sigaddset(&end, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &end, nullptr);

  EchoService service;
  int grpc_port = 0;
  const std::unique_ptr<grpc::Server> server =
      grpc::ServerBuilder()
          .AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                            &grpc_port)
          .RegisterCallbackGenericService(&service)
          .BuildAndStart();
  const auto channel = server->InProcessChannel(Gateway::ChannelArguments());
  Transcoder::Options as_smonsvc;
  as_smonsvc.named_in_longer_paths = {"cluster"};
  auto monitor = Transcoder::Create(
      channel,
      v1::Job::descriptor()->file()->FindServiceByName("MonitorService"),
      as_smonsvc);
  auto every_type = Transcoder::Create(
      channel,
      testing::v1::Everything::descriptor()->file()->FindServiceByName(
          "EveryType"),
      {});
  if (!monitor.ok() || !every_type.ok()) {
    std::cerr << monitor.status() << " " << every_type.status() << std::endl;
    return 1;
  }
  Router router(*std::move(monitor), *std::move(every_type));
  HttpServer http(&router, {});
  const auto http_port = http.Start("127.0.0.1", 0);
  if (!http_port.ok()) {
    std::cerr << http_port.status() << std::endl;
    return 1;
  }
  std::cout << "grpc " << grpc_port << "\nhttp " << *http_port << std::endl;
  int signal = 0;
  sigwait(&end, &signal);
  http.Stop();
  server->Shutdown();
  return 0;
}

}  // namespace
}  // namespace smon

int main() { return smon::Run(); }
