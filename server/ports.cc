#include "server/ports.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log.h"
#include "common/status_macros.h"
#include "server/api/fleet.h"
#include "server/api/reflection_guard.h"
#include "server/listen/bind_address.h"
#include "server/metrics/connection_metrics.h"
#include "server/metrics/secret_metrics.h"
#include "server/open_files.h"
#include "server/tls/grpc_credentials.h"

namespace smon {
namespace {

std::map<std::string, int64_t> ByOutcome(const AuthCounts& counts) {
  const auto number = [](uint64_t count) {
    return static_cast<int64_t>(count);
  };
  return {{"admitted", number(counts.admitted)},
          {"missing", number(counts.missing)},
          {"invalid", number(counts.invalid)},
          {"forbidden", number(counts.forbidden)},
          {"rate_limited", number(counts.rate_limited)}};
}

FrontDoor::Options FrontDoorOptions(const Config& config,
                                    Authorizer* authorizer,
                                    const PeerSeal* seal) {
  FrontDoor::Options options;
  options.authorizer = authorizer;
  options.seal = seal;
  options.check_host = !authorizer->required() && IsLoopback(config.host);
  options.own_hosts = config.security.allowed_hosts;
  const auto& origins = config.security.cors_allowed_origins;
  options.cors_origins = {origins.begin(), origins.end()};
  return options;
}

// A TCP address, a socket, or both.
std::string Listening(const std::string& address, const std::string& socket) {
  if (socket.empty()) return address.empty() ? "off" : address;
  return absl::StrCat(address, address.empty() ? "" : " and ", "unix:", socket);
}

SecretMetrics::Reading ReadingOf(Security* security) {
  SecretMetrics::Reading reading;
  reading.has_secrets = security->has_secrets();
  reading.usable = security->Check().ok();
  if (security->tls() != nullptr) {
    reading.certificate_expires = security->tls()->Current()->expires;
  }
  return reading;
}

Examination::Options ExaminationOptions(const Config& config,
                                        Security* security,
                                        const ReloadRecord* reloads) {
  HostFacts facts;
  facts.grpc = Listening(config.grpc_address, config.security.grpc_socket);
  facts.http = Listening(config.port.has_value()
                             ? absl::StrCat(config.host, ":", *config.port)
                             : "",
                         config.security.http_socket);
  const std::string grpc_host =
      config.grpc_address.substr(0, config.grpc_address.rfind(':'));
  facts.on_loopback = (config.grpc_address.empty() || IsLoopback(grpc_host)) &&
                      (!config.port.has_value() || IsLoopback(config.host));
  facts.has_tls = security->tls() != nullptr;
  facts.has_authentication = security->authorizer()->required();

  Examination::Options options;
  options.partitions = config.partitions;
  options.watched_user = config.user;
  options.interval = config.interval;
  options.by_rest = config.slurmrestd.has_value();
  options.attrsvc = config.attrsvc.name;
  options.store = config.store;
  options.add_ports = [facts, security, reloads](HostFacts* to) {
    to->grpc = facts.grpc;
    to->http = facts.http;
    to->on_loopback = facts.on_loopback;
    to->has_tls = facts.has_tls;
    to->has_authentication = facts.has_authentication;
    to->secrets = security->Check();
    to->settings = reloads->Get().last;
    to->settings_since = reloads->Get().success;
    if (facts.has_tls) {
      to->certificate_expires = security->tls()->Current()->expires;
    }
  };
  return options;
}

}  // namespace

Ports::Ports(const Config& config, Monitor* monitor, JobFeed* feed,
             const TextSigner* signer, Security* security, Observability* shown)
    : monitor_(monitor),
      security_(security),
      guard_(security->authorizer(), &seal_),
      examination_(monitor, &clock_,
                   ExaminationOptions(config, security, shown->reloads())),
      diagnosis_([this] { return examination_.Examine(); }, &clock_),
      service_(monitor, feed, signer, &diagnosis_),
      guarded_(&service_, &guard_, [security](v1::Health* health) {
        security->AddHealth(health);
      }) {}

Ports::~Ports() { Stop(absl::ZeroDuration()); }

absl::StatusOr<std::unique_ptr<Ports>> Ports::Open(
    const Config& config, Monitor* monitor, JobFeed* feed,
    const TextSigner* signer, Security* security, Observability* shown) {
  std::unique_ptr<Ports> ports(
      new Ports(config, monitor, feed, signer, security, shown));
  shown->metrics()->AddCounter(
      "smonsvc_authentications_total",
      "Requests that had to say who they are, by what came of it.", "outcome",
      [security] { return ByOutcome(security->authorizer()->counts()); });
  shown->metrics()->Add(std::make_unique<SecretMetrics>(
      [security] { return ReadingOf(security); }));
  SMON_RETURN_IF_ERROR(ports->OpenGrpc(config, shown));
  SMON_RETURN_IF_ERROR(ports->OpenHttp(config, shown));
  return ports;
}

absl::Status Ports::OpenGrpc(const Config& config, Observability* shown) {
  GrpcServer::Options options;
  options.address = config.grpc_address;
  if (security_->tls() != nullptr) {
    options.credentials = TlsCredentials(security_->tls());
  }
  options.unix_socket = config.security.grpc_socket;
  options.unix_socket_mode = config.security.unix_socket_mode;
  const FileShares shares = ShareFiles(RaiseOpenFiles());
  options.max_connections = shares.grpc_port;
  options.max_socket_connections = shares.grpc_socket;
  options.interceptors.push_back(shown->NewRpcInterceptor());
  options.interceptors.push_back(NewReflectionGuard(&guard_));
  SMON_ASSIGN_OR_RETURN(grpc_,
                        GrpcServer::Start(std::move(options), &guarded_));
  shown->metrics()->Add(
      std::make_unique<ConnectionMetrics>([server = grpc_.get()] {
        const GrpcListener::Counts counts = server->connections();
        return ConnectionMetrics::Reading{counts.open, counts.refused};
      }));
  return absl::OkStatus();
}

absl::Status Ports::OpenHttp(const Config& config, Observability* shown) {
  Gateway::Options options;
  options.handlers = shown->handlers();
  options.handlers["/openapi.json"] = &openapi_;
  options.http.max_connections = ShareFiles(RaiseOpenFiles()).http;
  options.http.observer = shown->http();
  options.http.tls = security_->tls();
  options.front_door =
      FrontDoorOptions(config, security_->authorizer(), &seal_);
  options.front_door.https = security_->tls() != nullptr;
  options.front_door.has_page = config.ui;
  if (config.ui) {
    for (const auto& [path, handler] : page_.handlers()) {
      options.handlers[path] = handler;
      options.front_door.open_paths.insert(path);
    }
  }
  gateway_ = std::make_unique<Gateway>(
      grpc_->InProcessChannel(Gateway::ChannelArguments()), options);
  if (config.port.has_value()) {
    SMON_ASSIGN_OR_RETURN(const int port,
                          gateway_->Start(config.host, *config.port));
    http_ = absl::StrCat(config.host, ":", port);
  }
  const std::string& socket = config.security.http_socket;
  if (socket.empty()) return absl::OkStatus();
  return Annotate(gateway_->StartUnix(socket, config.security.unix_socket_mode),
                  "--http_socket");
}

void Ports::Publish() {
  v1::Health health = monitor_->GetHealth();
  security_->AddHealth(&health);
  AddRoles(*monitor_, &health);
  grpc_->Publish(health, AllHold(monitor_->Liveness()),
                 AllHold(monitor_->Readiness()));
}

void Ports::Stop(absl::Duration grace) {
  if (gateway_ != nullptr) gateway_->Stop();
  if (grpc_ != nullptr) grpc_->Stop(grace);
}

}  // namespace smon
