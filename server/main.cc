// smonsvc: watches a Slurm cluster and hands the log of every finished job to
// the Attribution Service. See docs/ARCHITECTURE.md.

#include <pwd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/allocator.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/status_macros.h"
#include "common/utf8.h"
#include "common/version.h"
#include "server/api/watch_stream.h"
#include "server/attrsvc/curl_attrsvc_client.h"
#include "server/config/config.h"
#include "server/config/flags.h"
#include "server/monitor/monitor.h"
#include "server/observability.h"
#include "server/ports.h"
#include "server/security.h"
#include "server/shutdown_signal.h"
#include "server/slurm_source.h"
#include "server/store/sql_store.h"
#include "slurm/slurm_client.h"

namespace smon {
namespace {

constexpr int kExitFailure = 1;
constexpr int kExitUsage = 2;

// All parts together have to stop within 5 seconds of a SIGTERM.
constexpr absl::Duration kPortsGrace = absl::Seconds(1);
constexpr absl::Duration kAnswersGrace = absl::Seconds(2);
constexpr absl::Duration kHealthEvery = absl::Seconds(1);

// One line on stderr, whatever the message holds.
int Fail(const absl::Status& status, int exit_status = kExitFailure) {
  std::fprintf(stderr, "smonsvc: %s\n",
               ToPrintable(std::string(status.message())).c_str());
  return exit_status;
}

// squeue says nothing of a user that does not exist, and smonsvc would wait for
// its jobs for ever. As squeue does, this asks the host; slurmrestd may run on
// one that knows others.
absl::Status CheckUser(const Config& config) {
  const std::string& user = config.user;
  if (user.empty() || config.slurmrestd.has_value()) return absl::OkStatus();
  if (std::all_of(user.begin(), user.end(), absl::ascii_isdigit)) {
    return absl::OkStatus();  // squeue takes any number
  }
  errno = 0;
  const bool known = getpwnam(user.c_str()) != nullptr;
  if (known || (errno != 0 && errno != ENOENT)) return absl::OkStatus();
  return absl::NotFoundError(
      absl::StrCat("--user: this host has no user '", ToPrintable(user), "'"));
}

// What Slurm has to say before we start. A partition that does not exist is an
// error; that sinfo cannot answer is not.
absl::StatusOr<slurm::ClusterInfo> CheckSlurm(slurm::SlurmClient* slurm,
                                              const Config& config) {
  auto cluster = slurm->ReadClusterInfo();
  if (!cluster.ok()) {
    return Annotate(cluster.status(), "Slurm is not available");
  }
  const auto there = slurm->ListPartitions();
  if (!there.ok()) {
    LogWarning("cannot check the partitions",
               {{"error", there.status().message()}});
    return cluster;
  }
  for (const std::string& wanted : config.partitions) {
    if (std::find(there->begin(), there->end(), wanted) == there->end()) {
      return absl::NotFoundError(
          absl::StrCat("--partitions: Slurm has no partition '", wanted,
                       "'; it has: ", absl::StrJoin(*there, " ")));
    }
  }
  return cluster;
}

// A job that ends right after a poll may be gone from the controller before the
// next one.
void WarnOfShortMemory(const Config& config,
                       const slurm::ClusterInfo& cluster) {
  // slurmrestd does not tell it.
  if (cluster.min_job_age == absl::ZeroDuration()) return;
  if (config.interval <= cluster.min_job_age) return;
  LogWarning(
      cluster.has_accounting
          ? "slurmctld forgets ended jobs sooner than they are polled: some "
            "will be known from accounting only, where their log path may not "
            "be told; a shorter --interval or a longer MinJobAge helps"
          : "slurmctld forgets ended jobs sooner than they are polled, and "
            "there is no accounting: how those ended will not be known; set a "
            "shorter --interval or a longer MinJobAge",
      {{"interval", absl::FormatDuration(config.interval)},
       {"MinJobAge", absl::FormatDuration(cluster.min_job_age)}});
}

CurlAttrsvcClientOptions AttrsvcOptions(const Config& config) {
  CurlAttrsvcClientOptions options;
  options.endpoint = config.attrsvc;
  options.timeout = config.timeout;
  options.result_path = config.attrsvc_result_path;
  options.user_agent = absl::StrCat("smonsvc/", kVersion);
  return options;
}

Monitor::Options MonitorOptions(const Config& config,
                                const slurm::ClusterInfo& cluster) {
  Monitor::Options options;
  options.version = kVersion;
  options.poller.cluster = cluster.name;
  options.poller.slurm_version = cluster.version;
  options.poller.has_accounting = cluster.has_accounting;
  options.poller.interval = config.interval;
  options.poller.job_pattern = config.job_pattern;
  options.poller.partitions = config.partitions;
  options.poller.shared_logs = config.shared_logs;
  options.poller.retention.age = config.retention_age;
  options.poller.retention.jobs = config.retention_jobs;
  options.poller.track_running = config.track_running;
  options.submitter.submit_rate = config.submit_rate;
  options.submitter.result_rate = config.result_rate;
  options.submitter.request_timeout = config.timeout;
  options.submitter.track_running = config.track_running;
  options.submitter.policy.log_wait = config.log_wait;
  options.submitter.policy.verdict_wait = config.verdict_wait;
  return options;
}

Security::Options SecurityOptions(const Config& config) {
  const SecurityConfig& from = config.security;
  return {{from.tls_cert, from.tls_key, from.tls_client_ca}, from.token_file};
}

absl::Status Serve(const Config& config, slurm::SlurmClient* slurm,
                   ShutdownSignal* shutdown) {
  SystemClock clock;
  Observability shown;
  SMON_ASSIGN_OR_RETURN(const std::unique_ptr<Security> security,
                        Security::Open(SecurityOptions(config), &clock));
  SMON_ASSIGN_OR_RETURN(const std::unique_ptr<Store> store,
                        OpenStore(config.store, &clock, shown.store()));

  SMON_RETURN_IF_ERROR(CheckUser(config));
  SMON_ASSIGN_OR_RETURN(const slurm::ClusterInfo cluster,
                        CheckSlurm(slurm, config));

  SMON_ASSIGN_OR_RETURN(std::unique_ptr<CurlAttrsvcClient> attrsvc,
                        CurlAttrsvcClient::Create(AttrsvcOptions(config)));
  JobFeed feed(store.get(), &clock, WatchOptions());
  Monitor monitor(slurm, attrsvc.get(), store.get(), &clock,
                  MonitorOptions(config, cluster));
  shown.Show(&monitor, &feed);

  SMON_ASSIGN_OR_RETURN(
      const std::unique_ptr<Ports> ports,
      Ports::Open(config, &monitor, &feed, security.get(), &shown));

  // Not before all is there: a start that fails says why, in one line.
  LogInfo("Slurm found",
          {{"cluster", cluster.name},
           {"version", cluster.version},
           {"accounting", cluster.has_accounting ? "yes" : "no"}});
  WarnOfShortMemory(config, cluster);
  LogInfo("listening", {{"grpc_port", ports->grpc_port()},
                        {"http", ports->http()},
                        {"tls", security->tls() != nullptr ? "yes" : "no"}});
  feed.Start();
  SMON_RETURN_IF_ERROR(monitor.Start());
  LogInfo("started", {{"version", kVersion},
                      {"attrsvc", config.attrsvc.name},
                      {"partitions", absl::StrJoin(config.partitions, " ")},
                      {"store", config.store}});
  do {
    security->Refresh(shutdown->TakeHangup());
    ports->Publish();
  } while (!shutdown->WaitFor(kHealthEvery));

  LogInfo("stopping");
  feed.Stop();
  ports->Stop(kPortsGrace);
  monitor.Stop(kAnswersGrace);
  // Its callbacks must not outlive what they were made for.
  attrsvc.reset();
  LogInfo("stopped");
  return absl::OkStatus();
}

int Main(const std::vector<std::string>& arguments) {
  Request request = Request::kRun;
  if (absl::Status status = SetFlags(arguments, std::getenv, &request);
      !status.ok()) {
    return Fail(status, kExitUsage);
  }
  if (request == Request::kHelp) {
    std::fputs(HelpText().c_str(), stdout);
    return 0;
  }
  if (request == Request::kVersion) {
    std::printf("smonsvc %s\n", kVersion);
    return 0;
  }
  const auto config = ReadConfig();
  if (!config.ok()) return Fail(config.status());
  if (const absl::Status store = CheckStoreUrl(config->store); !store.ok()) {
    return Fail(store);
  }
  if (request == Request::kCheckConfig) {
    std::fputs(Describe(*config).c_str(), stdout);
    return 0;
  }

  KeepFreedMemory();
  InitLog(config->log_severity, config->log_format);
  SlurmSource slurm(*config);
  ShutdownSignal shutdown([&slurm] { slurm.Cancel(); });
  const absl::Status status = Serve(*config, slurm.client(), &shutdown);
  if (!status.ok() && !shutdown.received()) return Fail(status);
  return 0;
}

}  // namespace
}  // namespace smon

int main(int argc, char** argv) {
  return smon::Main(std::vector<std::string>(argv + 1, argv + argc));
}
