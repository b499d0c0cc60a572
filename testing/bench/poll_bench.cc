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
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
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

DEFINE_int64(jobs, 100000, "live jobs in the queue");
DEFINE_int64(changed, 1000, "jobs that end between two polls");
DEFINE_string(standin, "", "the program slurm_standin; told by its place");

namespace smon {
namespace {

namespace fs = std::filesystem;

constexpr int kPolls = 7;  // to take the median of
constexpr int64_t kFirstId = 1000000;

// A folder with a stand-in cluster in it, removed at the end.
class StandinCluster {
 public:
  explicit StandinCluster(const std::string& program) {
    std::string folder =
        (fs::temp_directory_path() / "smon-bench-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) std::abort();
    folder_ = folder;
    fs::create_directory(folder_ / "bin");
    for (const char* name : {"squeue", "sacct", "scontrol", "sinfo"}) {
      fs::create_symlink(program, folder_ / "bin" / name);
    }
    const char* const path = std::getenv("PATH");
    setenv("PATH",
           absl::StrCat((folder_ / "bin").string(), ":",
                        path == nullptr ? "" : path)
               .c_str(),
           1);
    setenv("STANDIN_SLURM_STATE", folder_.c_str(), 1);
  }
  ~StandinCluster() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  StandinCluster(const StandinCluster&) = delete;
  StandinCluster& operator=(const StandinCluster&) = delete;

  // Two of three jobs run, one waits; the first `ended` of the running ones
  // have ended.
  void SetJobs(int64_t jobs, int64_t ended) {
    const int64_t running = jobs * 2 / 3;
    const int64_t now = absl::ToUnixSeconds(start_);
    const auto generate = [now](int64_t count, int64_t first_id,
                                absl::string_view rest) {
      return absl::StrCat(
          R"({"count": )", count, R"(, "first_id": )", first_id,
          R"(, "name": "train-llama-70b", "user": "root", "submit": )",
          now - 7200,
          R"(, "work_dir": "/lustre/project/llm/experiments/run-2026-11",)",
          R"( "stdout": "/lustre/project/llm/experiments/logs/%x-%j.out", )",
          rest, "}");
    };
    const std::string started =
        absl::StrCat(R"("start": )", now - 3600, R"(, "batch_host": "n1")");
    std::ofstream file(folder_ / "state.json.new");
    file << R"({"generate": [)"
         << generate(ended, kFirstId,
                     absl::StrCat(R"("state": "FAILED", "exit_status": 256, )",
                                  started, R"(, "end": )", now))
         << ", "
         << generate(running - ended, kFirstId + ended,
                     absl::StrCat(R"("state": "RUNNING", )", started))
         << ", "
         << generate(jobs - running, kFirstId + running,
                     R"("state": "PENDING", "reason": "Priority")")
         << "]}";
    file.close();
    fs::rename(folder_ / "state.json.new", folder_ / "state.json");
  }

  std::string StorePath() const { return (folder_ / "smon.db").string(); }

 private:
  const absl::Time start_ = absl::Now();
  fs::path folder_;
};

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
