#include "server/gateway/gateway.h"

#include <utility>

#include "common/status_macros.h"
#include "proto/smon/v1/monitor.pb.h"
#include "server/gateway/compat_endpoints.h"
#include "server/gateway/large_answer.h"
#include "server/gateway/url.h"

namespace smon {
namespace {

// A job has a few KiB at most, its history with 100 entries some tens.
constexpr int kMaxMessageBytes = 64 * 1024 * 1024;

}  // namespace

class Gateway::Router : public HttpHandler {
 public:
  Router(std::shared_ptr<grpc::Channel> channel,
         std::unique_ptr<Transcoder> transcoder, const Options& options)
      : front_door_(options.front_door),
        compat_(std::move(channel)),
        transcoder_(std::move(transcoder)),
        handlers_(options.handlers) {}

  void Handle(HttpRequest request,
              std::function<void(HttpResponse)> done) override {
    done = front_door_.WithHeaders(request,
                                   ShrinkLargeAnswer(request, std::move(done)));
    const auto path = DecodePath(SplitHttpTarget(request.target).path);
    const auto handler = path.ok() ? handlers_.find(*path) : handlers_.end();
    const bool is_api = handler == handlers_.end();
    if (!front_door_.Pass(path.ok() ? *path : "", is_api, &request, done)) {
      return;
    }
    if (!is_api) {
      handler->second->Handle(std::move(request),
                              Routed(*path, std::move(done)));
    } else if (path.ok() && CompatEndpoints::Serves(*path)) {
      compat_.Handle(std::move(request), Routed(*path, std::move(done)));
    } else {
      // Also what nobody serves: it has the words for it.
      transcoder_->Handle(std::move(request), std::move(done));
    }
  }

  void Abort() override {
    compat_.Abort();
    transcoder_->Abort();
    for (const auto& [path, handler] : handlers_) handler->Abort();
  }

 private:
  using Done = std::function<void(HttpResponse)>;

  static Done Routed(std::string path, Done done) {
    return [path = std::move(path),
            done = std::move(done)](HttpResponse response) {
      response.route = path;
      done(std::move(response));
    };
  }

  const FrontDoor front_door_;
  CompatEndpoints compat_;
  const std::unique_ptr<Transcoder> transcoder_;
  const std::map<std::string, HttpHandler*> handlers_;
};

grpc::ChannelArguments Gateway::ChannelArguments() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  return arguments;
}

Gateway::Gateway(std::shared_ptr<grpc::Channel> channel, Options options)
    : channel_(std::move(channel)), options_(std::move(options)) {}

Gateway::~Gateway() { Stop(); }

absl::Status Gateway::MakeServer() {
  if (server_ != nullptr) return absl::OkStatus();
  const auto* service =
      v1::Job::descriptor()->file()->FindServiceByName("MonitorService");
  Transcoder::Options options = options_.transcoder;
  // A script's empty variable would mean all clusters.
  options.named_in_longer_paths = {"cluster"};
  SMON_ASSIGN_OR_RETURN(auto transcoder,
                        Transcoder::Create(channel_, service, options));
  router_ = std::make_unique<Router>(channel_, std::move(transcoder), options_);
  server_ = std::make_unique<HttpServer>(router_.get(), options_.http);
  return absl::OkStatus();
}

absl::StatusOr<int> Gateway::Start(const std::string& host, int port) {
  SMON_RETURN_IF_ERROR(MakeServer());
  return server_->Start(host, port);
}

absl::Status Gateway::StartUnix(const std::string& path, mode_t mode) {
  SMON_RETURN_IF_ERROR(MakeServer());
  return server_->StartUnix(path, mode);
}

void Gateway::Stop() {
  if (server_ != nullptr) server_->Stop();
}

}  // namespace smon
