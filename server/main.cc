// smonsvc: watches Slurm clusters and hands the log of every finished job to
// the Attribution Service. See docs/ARCHITECTURE.md.

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/allocator.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/log_flood.h"
#include "common/status_macros.h"
#include "common/utf8.h"
#include "common/version.h"
#include "server/api/text_signer.h"
#include "server/api/watch_stream.h"
#include "server/attrsvc/curl_attrsvc_client.h"
#include "server/check_files.h"
#include "server/config/config.h"
#include "server/config/flag_table.h"
#include "server/config/flags.h"
#include "server/config/print_config.h"
#include "server/config/problems.h"
#include "server/config/reloader.h"
#include "server/monitor/monitor.h"
#include "server/observability.h"
#include "server/part_options.h"
#include "server/ports.h"
#include "server/security.h"
#include "server/service_manager.h"
#include "server/shutdown_signal.h"
#include "server/slurm_source.h"
#include "server/start_checks.h"
#include "server/status_line.h"
#include "server/store/sql_store.h"
#include "server/watched_clusters.h"

namespace smon {
namespace {

constexpr int kExitFailure = 1;
constexpr int kExitUsage = 2;  // and of --check_config with problems

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

// All that is wrong, as --check_config and --print_config tell it.
int FailWithAll(const std::vector<std::string>& problems) {
  for (const std::string& problem : problems) {
    Fail(absl::InvalidArgumentError(problem));
  }
  return problems.empty() ? 0 : kExitUsage;
}

// The first thing that is wrong, as a start tells it.
int FailWithFirst(const std::vector<std::string>& problems, int exit_status) {
  const size_t more = problems.size() - 1;
  return Fail(absl::InvalidArgumentError(absl::StrCat(
                  problems[0], more == 0 ? ""
                                         : absl::StrCat(" (", more,
                                                        " more: see "
                                                        "--check_config)"))),
              exit_status);
}

absl::Status Serve(const Config& config,
                   const std::vector<std::string>& arguments,
                   const SlurmSource* slurm, ShutdownSignal* shutdown) {
  SystemClock clock;
  Observability shown(&clock);
  SMON_ASSIGN_OR_RETURN(const std::unique_ptr<Security> security,
                        Security::Open(SecurityOptions(config), &clock));
  SMON_ASSIGN_OR_RETURN(const std::unique_ptr<Store> store,
                        OpenStore({config.store, config.store_password_file},
                                  &clock, shown.store()));

  SMON_RETURN_IF_ERROR(CheckUser(config));
  WatchedClusters clusters(&config, slurm);
  SMON_ASSIGN_OR_RETURN(std::vector<ClusterSource> sources, clusters.Sources());

  SMON_ASSIGN_OR_RETURN(std::unique_ptr<CurlAttrsvcClient> attrsvc,
                        CurlAttrsvcClient::Create(AttrsvcOptions(config)));
  SMON_ASSIGN_OR_RETURN(std::string key, store->SharedKey());
  const TextSigner signer(std::move(key));
  JobFeed feed(store.get(), &clock, WatchOptions(&signer));
  Monitor monitor(std::move(sources), attrsvc.get(), store.get(), &clock,
                  MonitorOptions(config));
  shown.Show(&monitor, &feed);

  SMON_ASSIGN_OR_RETURN(
      const std::unique_ptr<Ports> ports,
      Ports::Open(config, &monitor, &feed, &signer, security.get(), &shown));

  // Not before all is there: a start that fails says why, in one line.
  clusters.Log();
  clusters.WarnOfShortMemory(config);
  WarnOfNetworkStore(config);
  LogInfo("listening", {{"grpc_port", ports->grpc_port()},
                        {"http", ports->http()},
                        {"tls", security->tls() != nullptr ? "yes" : "no"}});
  feed.Start();
  SMON_RETURN_IF_ERROR(monitor.Start());
  LogInfo("started", {{"version", kVersion},
                      {"attrsvc", config.attrsvc.name},
                      {"partitions", absl::StrJoin(config.partitions, " ")},
                      {"store", config.store}});
  Reloader reloader(arguments, std::getenv, shown.reloads(),
                    [&](const Config& changed) {
                      InitLog(changed.log_severity, changed.log_format);
                      monitor.Change(MonitorOptions(changed));
                      clusters.WarnOfShortMemory(changed);
                    });
  ServiceManager manager(&clock);
  manager.Ready();
  do {
    const bool reload = shutdown->TakeHangup();
    if (reload) {
      manager.Reloading();
      reloader.Reload();
    }
    security->Refresh(reload);
    if (reload) manager.Ready();
    ports->Publish();
    LogWhatWasLeftOut();
    manager.Update(AllHold(monitor.Liveness()),
                   StatusLine(monitor.GetCounters(), shown.reloads()->Get()));
  } while (!shutdown->WaitFor(kHealthEvery));

  LogInfo("stopping");
  manager.Stopping();
  feed.Stop();
  ports->Stop(kPortsGrace);
  monitor.Stop(kAnswersGrace);
  // Its callbacks must not outlive what they were made for.
  attrsvc.reset();
  LogInfo("stopped");
  return absl::OkStatus();
}

int Main(const std::vector<std::string>& arguments) {
  const Settings settings = SetFlags(arguments, std::getenv);
  if (settings.request == Request::kHelp) {
    std::fputs(HelpText().c_str(), stdout);
    return 0;
  }
  if (settings.request == Request::kVersion) {
    std::printf("smonsvc %s\n", kVersion);
    return 0;
  }
  std::vector<std::string> problems = settings.problems;
  const Config config = ReadConfig(settings, &problems);
  Problems(settings, &problems).Add(CheckStoreUrl(config.store));
  if (settings.request == Request::kPrintConfig) {
    std::fputs(PrintConfig(settings).c_str(), stdout);
    return FailWithAll(problems);
  }
  if (settings.request == Request::kCheckConfig) {
    CheckFiles(config, settings, &problems);
    if (problems.empty()) std::puts("the settings are good");
    return FailWithAll(problems);
  }
  if (!problems.empty()) {
    return FailWithFirst(problems,
                         settings.problems.empty() ? kExitFailure : kExitUsage);
  }

  KeepFreedMemory();
  InitLog(config.log_severity, config.log_format);
  SlurmSource slurm(config);
  ShutdownSignal shutdown([&slurm] { slurm.Cancel(); });
  const absl::Status status = Serve(config, arguments, &slurm, &shutdown);
  if (!status.ok() && !shutdown.received()) return Fail(status);
  return 0;
}

}  // namespace
}  // namespace smon

int main(int argc, char** argv) {
  return smon::Main(std::vector<std::string>(argv + 1, argv + argc));
}
