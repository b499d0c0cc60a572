#include "server/api/grpc_server.h"

#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log.h"
#include "common/status_macros.h"
#include "proto/smon/v1/monitor.grpc.pb.h"
#include "server/api/health_watch_limit.h"
#include "server/listen/listening_socket.h"

namespace smon {
namespace {

// A request is a filter or an id; a kilobyte would do.
constexpr int kMostRequestBytes = 1 << 20;
// An answer may be a page of 1000 jobs with long names and paths.
constexpr int kMostResponseBytes = 64 << 20;
// Of one connection: a client that wants more waits for its own.
constexpr int kMostStreams = 256;
// When gRPC's requests take more memory than this it closes connections that
// are idle, then ends calls. Answers it does not count: see UnsentAnswers.
constexpr size_t kMostMemoryBytes = size_t{512} << 20;
// Of the reflection service, the only one that takes a thread for each call.
constexpr int kMostThreads = 64;

constexpr auto kFromDescriptor =
    grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD;

// What gRPC has to say is for its developers: what a user has to know, such as
// a port in use, we say ourselves.
void LogGrpc(gpr_log_func_args* entry) {
  LogDebug("gRPC", {{"message", entry->message}});
}

void SetLimits(const GrpcConnectionTimes& times, grpc::ServerBuilder* builder) {
  const auto set = [builder](const char* name, absl::Duration value) {
    builder->AddChannelArgument(
        name, static_cast<int>(absl::ToInt64Milliseconds(value)));
  };
  builder->SetMaxReceiveMessageSize(kMostRequestBytes);
  builder->SetMaxSendMessageSize(kMostResponseBytes);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMostStreams);
  set(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, times.handshake);
  set(GRPC_ARG_MAX_CONNECTION_IDLE_MS, times.most_idle);
  set(GRPC_ARG_KEEPALIVE_TIME_MS, times.ping_every);
  set(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, times.ping_timeout);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // However many pings there are that no data goes with.
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  set(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
      times.client_ping_every);
  grpc::ResourceQuota quota("smonsvc");
  quota.SetMaxThreads(kMostThreads);
  quota.Resize(kMostMemoryBytes);
  builder->SetResourceQuota(quota);
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(
    Options options, grpc::Service* service) {
  gpr_set_log_function(&LogGrpc);
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();

  grpc::ServerBuilder builder;
  std::unique_ptr<GrpcServer> started(new GrpcServer());
  SMON_RETURN_IF_ERROR(started->AddTcp(options, &builder));
  SMON_RETURN_IF_ERROR(started->AddUnix(options, &builder));
  builder.RegisterService(service);
  SetLimits(options.times, &builder);
  options.interceptors.push_back(
      NewHealthWatchLimit(options.max_health_watches));
  builder.experimental().SetInterceptorCreators(
      std::move(options.interceptors));
  started->server_ = builder.BuildAndStart();
  if (started->server_ == nullptr) {
    return absl::UnavailableError("the gRPC server cannot be started");
  }
  for (const Entry& entry : started->entries_) {
    SMON_RETURN_IF_ERROR(entry.listener->Start([to = entry.to.get()](int fd) {
      grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters
          connection;
      connection.fd = fd;
      to->HandleNewConnection(&connection);
    }));
  }
  started->Publish(v1::Health(), /*live=*/true, /*ready=*/false);
  return started;
}

absl::Status GrpcServer::AddTcp(const Options& options,
                                grpc::ServerBuilder* builder) {
  if (options.address.empty()) return absl::OkStatus();
  auto listening = ListenOnTcp(options.address, options.times.ping_timeout);
  if (!listening.ok()) return Annotate(listening.status(), "--grpc_address");
  port_ = listening->port;
  credentials_ = options.credentials != nullptr
                     ? options.credentials
                     : grpc::InsecureServerCredentials();
  entries_.push_back(
      {builder->experimental().AddExternalConnectionAcceptor(kFromDescriptor,
                                                             credentials_),
       std::make_unique<GrpcListener>(std::move(listening->sockets), "",
                                      options.max_connections)});
  return absl::OkStatus();
}

absl::Status GrpcServer::AddUnix(const Options& options,
                                 grpc::ServerBuilder* builder) {
  if (options.unix_socket.empty()) return absl::OkStatus();
  auto listening = ListenOnUnix(options.unix_socket, options.unix_socket_mode);
  if (!listening.ok()) return Annotate(listening.status(), "--grpc_socket");
  std::vector<ScopedFd> sockets;
  sockets.push_back(*std::move(listening));
  entries_.push_back(
      {builder->experimental().AddExternalConnectionAcceptor(
           kFromDescriptor, grpc::InsecureServerCredentials()),
       std::make_unique<GrpcListener>(std::move(sockets), options.unix_socket,
                                      options.max_socket_connections)});
  return absl::OkStatus();
}

GrpcServer::~GrpcServer() { Stop(absl::ZeroDuration()); }

GrpcListener::Counts GrpcServer::connections() const {
  GrpcListener::Counts all;
  for (const Entry& entry : entries_) {
    const GrpcListener::Counts counts = entry.listener->counts();
    all.open += counts.open;
    all.refused += counts.refused;
  }
  return all;
}

std::shared_ptr<grpc::Channel> GrpcServer::InProcessChannel(
    const grpc::ChannelArguments& arguments) {
  return server_->InProcessChannel(arguments);
}

void GrpcServer::Publish(const v1::Health& health, bool live, bool ready) {
  SetServing("", live);
  SetServing(v1::MonitorService::service_full_name(), ready);
  // "slurm" stands for all clusters, "slurm/tux" for one.
  std::map<std::string, bool> parts;
  for (const v1::Health::Component& component : health.components()) {
    const bool serving = component.status() == v1::Health::OK;
    bool& all = parts.try_emplace(component.name(), true).first->second;
    all = all && serving;
    if (component.cluster().empty()) continue;
    parts[absl::StrCat(component.name(), "/", component.cluster())] = serving;
  }
  for (const v1::Health::ClusterRole& role : health.cluster_roles()) {
    const bool polls = role.role() == v1::Replica::POLLER;
    bool& any = parts.try_emplace("poller", false).first->second;
    any = any || polls;
    parts[absl::StrCat("poller/", role.cluster())] = polls;
  }
  for (const auto& [part, serving] : parts) SetServing(part, serving);
}

void GrpcServer::SetServing(const std::string& service, bool serving) {
  const auto known = serving_.find(service);
  if (known != serving_.end() && known->second == serving) return;
  serving_[service] = serving;
  server_->GetHealthCheckService()->SetServingStatus(service, serving);
}

void GrpcServer::Stop(absl::Duration grace) {
  for (const Entry& entry : entries_) entry.listener->Stop();
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now() +
                    absl::ToChronoNanoseconds(grace));
  server_->Wait();
}

}  // namespace smon
