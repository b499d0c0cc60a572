// Measures polls of a Slurm (the stand-in, which prints what real Slurm prints)
// that holds many live jobs, and prints a table:
//
//   bazel run --config=opt //testing/bench:poll_bench -- --jobs=100000
//
// "cpu" is the time that this process itself used, in user and kernel mode:
// what smonsvc costs, without squeue. "rss" is its resident memory. The line
// "bare read" is a read of the same output that looks at nothing, to compare
// with.

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/allocator.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/status_macros.h"
#include "gflags/gflags.h"
#include "server/monitor/component_health.h"
#include "server/monitor/poller.h"
#include "server/store/sql_store.h"
#include "slurm/cli_slurm_client.h"
#include "slurm/command_runner.h"
#include "slurm/record_fields.h"
#include "slurm/squeue.h"
#include "testing/bench/process_usage.h"
#include "testing/bench/standin_cluster.h"

DEFINE_int64(jobs, 100000, "live jobs in the queue");
DEFINE_int64(changed, 1000, "jobs that end between two polls");
DEFINE_string(standin, "", "the program slurm_standin; told by its place");

namespace smon {
namespace {

namespace fs = std::filesystem;

constexpr int kPolls = 7;  // to take the median of

struct Measured {
  absl::Duration cpu;
  absl::Duration wall;
};

void Print(const char* what, const Measured& measured,
           const std::string& more) {
  std::printf("%-34s %8.1f ms cpu  %8.1f ms wall  %s\n", what,
              absl::ToDoubleMilliseconds(measured.cpu),
              absl::ToDoubleMilliseconds(measured.wall), more.c_str());
  std::fflush(stdout);
}

// The one with the median CPU time, of several.
template <typename Run>
absl::StatusOr<Measured> Median(Run run) {
  std::vector<Measured> all;
  for (int i = 0; i < kPolls; ++i) {
    const Stopwatch watch;
    SMON_RETURN_IF_ERROR(run());
    all.push_back({watch.cpu(), watch.wall()});
  }
  std::sort(all.begin(), all.end(),
            [](const Measured& a, const Measured& b) { return a.cpu < b.cpu; });
  return all[kPolls / 2];
}

absl::StatusOr<Measured> Once(Poller* poller) {
  const Stopwatch watch;
  SMON_RETURN_IF_ERROR(poller->PollOnce());
  return Measured{watch.cpu(), watch.wall()};
}

std::string Memory(int64_t before_kib) {
  const int64_t now = MemoryKib("VmRSS:");
  return absl::StrCat(
      "rss ", now / 1024, " MiB, ", (now - before_kib) * 1024 / FLAGS_jobs,
      " bytes a job; at most ", MemoryKib("VmHWM:") / 1024, " MiB");
}

absl::Status Measure(StandinCluster* cluster) {
  cluster->SetJobs(FLAGS_jobs, 0);
  slurm::PosixCommandRunner runner;

  slurm::Command squeue;
  squeue.argv = slurm::SqueueArgv({}, slurm::RandomSeparator());
  squeue.timeout = absl::Minutes(10);
  size_t bytes = 0;
  size_t read = 0;
  squeue.on_output = [&read](absl::string_view piece) { read += piece.size(); };
  const auto bare_read = [&]() -> absl::Status {
    read = 0;
    SMON_ASSIGN_OR_RETURN(const slurm::CommandResult result,
                          runner.Run(squeue));
    bytes = read;
    if (result.exit_code == 0) return absl::OkStatus();
    return absl::InternalError(result.error_output);
  };
  SMON_ASSIGN_OR_RETURN(const Measured bare, Median(bare_read));
  Print("bare read of squeue's output", bare,
        absl::StrCat(bytes / FLAGS_jobs, " bytes a job"));
  const std::string to_null = absl::StrCat("exec squeue -h -t all -O '",
                                           squeue.argv.back(), "' > /dev/null");
  const Stopwatch null_watch;
  slurm::Command null_command;
  null_command.argv = {"sh", "-c", to_null};
  null_command.timeout = absl::Minutes(10);
  SMON_RETURN_IF_ERROR(runner.Run(null_command).status());
  const absl::Duration null_wall = null_watch.wall();

  malloc_trim(0);
  const int64_t before_kib = MemoryKib("VmRSS:");
  SystemClock clock;
  SMON_ASSIGN_OR_RETURN(
      const std::unique_ptr<Store> store,
      OpenStore(absl::StrCat("sqlite://", cluster->StorePath()), &clock));
  slurm::CliSlurmClient::Options client_options;
  client_options.command_timeout = absl::Minutes(10);
  slurm::CliSlurmClient slurm(&runner, client_options);
  ComponentHealth slurm_health("slurm", &clock);
  ComponentHealth accounting_health("accounting", &clock);
  ComponentHealth store_health("store", &clock);
  Poller::Options options;
  options.cluster = "proof";
  options.slurm_version = "22.05.8";
  Poller poller(
      &slurm, store.get(), &clock,
      {&slurm_health, &accounting_health, &store_health}, [] {}, options);
  SMON_RETURN_IF_ERROR(poller.Load());

  SMON_ASSIGN_OR_RETURN(const Measured first, Once(&poller));
  Print("first poll, all jobs unknown", first, Memory(before_kib));
  SMON_ASSIGN_OR_RETURN(const Measured same,
                        Median([&poller] { return poller.PollOnce(); }));
  Print("poll, nothing changed", same, Memory(before_kib));
  cluster->SetJobs(FLAGS_jobs, FLAGS_changed);
  SMON_ASSIGN_OR_RETURN(const Measured changed, Once(&poller));
  Print(absl::StrCat("poll, ", FLAGS_changed, " jobs ended").c_str(), changed,
        Memory(before_kib));

  std::printf(
      "parsed %.0f MB/s of cpu; unchanged poll / bare read: %.2f of cpu; / "
      "squeue > /dev/null: %.2f of wall\n",
      bytes / 1e6 / absl::ToDoubleSeconds(same.cpu),
      absl::FDivDuration(same.cpu, bare.cpu),
      absl::FDivDuration(same.wall, null_wall));
  JobCounts counts;
  SMON_ASSIGN_OR_RETURN(counts, store->CountJobs());
  if (counts.total != FLAGS_jobs || counts.ended != FLAGS_changed) {
    return absl::InternalError(absl::StrCat("the store has ", counts.total,
                                            " jobs, ", counts.ended, " ended"));
  }
  return absl::OkStatus();
}

int Main(const char* self) {
  std::string program = FLAGS_standin;
  if (program.empty()) {
    program = (fs::canonical(self).parent_path().parent_path() /
               "slurm_standin" / "slurm_standin")
                  .string();
  }
  if (access(program.c_str(), X_OK) != 0) {
    std::fprintf(stderr, "poll_bench: no program %s; see --standin\n",
                 program.c_str());
    return 1;
  }
  InitLog(LogSeverity::kError, LogFormat::kText);
  StandinCluster cluster(fs::absolute(program).string());
  std::printf("%ld live jobs\n", static_cast<long>(FLAGS_jobs));
  const absl::Status status = Measure(&cluster);
  if (status.ok()) return 0;
  std::fprintf(stderr, "poll_bench: %s\n",
               std::string(status.message()).c_str());
  return 1;
}

}  // namespace
}  // namespace smon

int main(int argc, char** argv) {
  gflags::ParseCommandLineFlags(&argc, &argv, true);
  smon::KeepFreedMemory();  // as smonsvc does
  return smon::Main(argv[0]);
}
