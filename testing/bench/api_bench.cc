// Measures smonsvc's API, in front of a Slurm (the stand-in) with many jobs,
// and prints tables:
//
//   bazel run --config=opt //testing/bench:api_bench -- --jobs=100000
//
// "cpu" is what smonsvc itself used for a request, in user and kernel mode,
// while it had nothing else to do. The latencies are those that clients see
// while smonsvc polls all jobs again and again; they share the machine. First
// each connection asks as fast as it is answered, which tells how many requests
// a second there can be; then so many requests a second are made whatever the
// answers take, and the latencies count from when each was due.

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gflags/gflags.h"
#include "testing/bench/api_client.h"
#include "testing/bench/smonsvc_process.h"
#include "testing/bench/standin_cluster.h"

DEFINE_int64(jobs, 100000, "live jobs in the queue");
DEFINE_double(seconds, 3, "how long each load lasts");
DEFINE_double(rate, 200, "requests a second, where they are made at a rate");
DEFINE_int32(idle, 10000, "idle HTTP connections");
DEFINE_int32(watchers, 1000, "watchers of all jobs");
DEFINE_int32(slow, 200, "clients that send a byte now and then");
DEFINE_string(only, "",
              "only loads whose names hold this, while jobs are polled and as "
              "fast as it is answered: \"JSON 64\"");
DEFINE_string(standin, "", "the program slurm_standin; told by its place");
DEFINE_string(smonsvc, "", "the program smonsvc; told by its place");

namespace smon {
namespace {

namespace fs = std::filesystem;

using MakeClient = std::function<std::unique_ptr<ApiClient>()>;
using Ask = std::function<bool(ApiClient*)>;

struct Load {
  size_t answers = 0;
  size_t failures = 0;
  absl::Duration wall;
  absl::Duration server_cpu;
  absl::Duration p50;
  absl::Duration p99;
  absl::Duration most;

  double CpuMicros() const {
    return absl::ToDoubleMicroseconds(server_cpu) /
           static_cast<double>(std::max<size_t>(answers, 1));
  }
};

// Asks again and again from so many connections at once: as fast as it is
// answered, or all together `rate` times a second.
Load Run(const SmonsvcProcess& server, int connections, double rate,
         const MakeClient& make_client, const Ask& ask) {
  std::vector<std::unique_ptr<ApiClient>> clients;
  for (int i = 0; i < connections; ++i) {
    clients.push_back(make_client());
    ask(clients.back().get());  // the connection is made
  }
  std::vector<std::vector<absl::Duration>> times(clients.size());
  std::atomic<size_t> failures{0};
  const absl::Duration cpu = server.CpuTime();
  const absl::Time start = absl::Now();
  const absl::Time end = start + absl::Seconds(FLAGS_seconds);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < clients.size(); ++i) {
    threads.emplace_back([&, i] {
      // The connections take turns.
      const absl::Duration pause =
          rate > 0 ? absl::Seconds(connections / rate) : absl::ZeroDuration();
      absl::Time due = start + pause * i / connections;
      while (due < end) {
        absl::SleepFor(due - absl::Now());
        if (!ask(clients[i].get())) ++failures;
        const absl::Time now = absl::Now();
        times[i].push_back(now - due);
        due = rate > 0 ? due + pause : now;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  Load load;
  load.wall = absl::Now() - start;
  load.server_cpu = server.CpuTime() - cpu;
  load.failures = failures;
  std::vector<absl::Duration> all;
  for (const auto& some : times)
    all.insert(all.end(), some.begin(), some.end());
  std::sort(all.begin(), all.end());
  load.answers = all.size();
  load.p50 = all[all.size() / 2];
  load.p99 = all[all.size() * 99 / 100];
  load.most = all.back();
  return load;
}

void Print(const std::string& what, const Load& load) {
  std::printf(
      "%-34s %8.0f/s  p50 %7.2f ms  p99 %7.2f ms  most %7.1f ms%s\n",
      what.c_str(),
      static_cast<double>(load.answers) / absl::ToDoubleSeconds(load.wall),
      absl::ToDoubleMilliseconds(load.p50),
      absl::ToDoubleMilliseconds(load.p99),
      absl::ToDoubleMilliseconds(load.most),
      load.failures > 0 ? "  FAILURES" : "");
  std::fflush(stdout);
}

struct Call {
  const char* name;
  Ask ask;
};

std::vector<Call> Calls() {
  const auto next = std::make_shared<std::atomic<int64_t>>(0);
  return {
      {"GetJob",
       [next](ApiClient* client) {
         const int64_t step = next->fetch_add(7919);
         return client->GetJob(StandinCluster::kFirstId + step % FLAGS_jobs);
       }},
      {"ListJobs, 100 a page",
       [](ApiClient* client) { return client->ListJobs(); }}};
}

class ApiBench {
 public:
  ApiBench(const std::string& standin, std::string smonsvc)
      : cluster_(standin), smonsvc_(std::move(smonsvc)) {
    cluster_.SetJobs(FLAGS_jobs, 0);
  }

  // Whether all went well.
  bool Measure() {
    if (!FLAGS_only.empty()) {
      Start(/*interval=*/1);
      MeasureLatencies(/*rate=*/0);
      return good_;
    }
    std::printf("%ld live jobs\n\nwithout polls: smonsvc's cpu a request\n",
                static_cast<long>(FLAGS_jobs));
    Start(/*interval=*/86400);
    CompareCosts();
    std::printf("\nwhile all jobs are polled again and again\n");
    Start(/*interval=*/1);
    MeasureLatencies(/*rate=*/0);
    std::printf("\nthe same, %.0f requests a second\n", FLAGS_rate);
    MeasureLatencies(FLAGS_rate);
    std::printf("\n/jobs\n");
    MeasureJobs();
    std::printf("\n%d idle connections, %d watchers, %d slow clients\n",
                FLAGS_idle, FLAGS_watchers, FLAGS_slow);
    MeasureCrowd();
    return good_;
  }

 private:
  // A smonsvc that knows all jobs.
  void Start(int interval) {
    server_ = nullptr;
    server_ = std::make_unique<SmonsvcProcess>(
        smonsvc_,
        std::vector<std::string>{
            "--attrsvc_url=http://127.0.0.1:9", "--partitions=batch",
            absl::StrCat("--interval=", interval),
            absl::StrCat("--store=sqlite://", cluster_.StorePath())},
        cluster_.StorePath() + ".log");
    const auto client = NewGrpcClient(server_->grpc_port());
    // They are stored some thousands at a time, in no order.
    for (int64_t job = 0; job < FLAGS_jobs; job += 100) {
      while (!client->GetJob(StandinCluster::kFirstId + job)) {
        absl::SleepFor(absl::Milliseconds(100));
      }
    }
  }

  MakeClient Grpc() {
    return [this] { return NewGrpcClient(server_->grpc_port()); };
  }
  MakeClient Json() {
    return [this] { return NewJsonClient(server_->http_port()); };
  }

  Load RunAndCount(int connections, const MakeClient& make, const Ask& ask,
                   double rate = 0) {
    Load load = Run(*server_, connections, rate, make, ask);
    if (load.failures > 0) good_ = false;
    return load;
  }

  void CompareCosts() {
    for (const Call& call : Calls()) {
      const Load grpc = RunAndCount(4, Grpc(), call.ask);
      const Load json = RunAndCount(4, Json(), call.ask);
      std::printf("%-22s gRPC %6.0f us  JSON %6.0f us  ratio %.2f\n", call.name,
                  grpc.CpuMicros(), json.CpuMicros(),
                  json.CpuMicros() / grpc.CpuMicros());
      std::fflush(stdout);
    }
  }

  void MeasureLatencies(double rate) {
    for (const Call& call : Calls()) {
      for (const int connections : {1, 16, 64}) {
        for (const auto& [form, make] :
             {std::make_pair(" gRPC ", Grpc()), {" JSON ", Json()}}) {
          const std::string name = absl::StrCat(call.name, form, connections);
          if (!absl::StrContains(name, FLAGS_only)) continue;
          Print(name, RunAndCount(connections, make, call.ask, rate));
        }
      }
    }
  }

  std::string Memory() const {
    return absl::StrCat("rss ", server_->MemoryKib("VmRSS:") / 1024,
                        " MiB, at most ", server_->MemoryKib("VmHWM:") / 1024,
                        " MiB");
  }

  void MeasureJobs() {
    std::printf("before: %s\n", Memory().c_str());
    const absl::Time start = absl::Now();
    RawConnection connection(server_->http_port());
    connection.Send(
        "GET /jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
    size_t bytes = 0;
    std::string end;
    for (std::string piece; !(piece = connection.Receive()).empty();) {
      bytes += piece.size();
      end += piece;
      if (end.size() > 64) end.erase(0, end.size() - 64);
    }
    const bool whole = end.find(absl::StrCat("\"count\":", FLAGS_jobs, "}")) !=
                       std::string::npos;
    if (!whole) good_ = false;
    std::printf("one reader: %.1f MB in %.2f s%s: %s\n", bytes / 1e6,
                absl::ToDoubleSeconds(absl::Now() - start),
                whole ? "" : " NOT WHOLE", Memory().c_str());
    std::vector<std::unique_ptr<RawConnection>> lazy;
    for (int i = 0; i < 100; ++i) {
      lazy.push_back(std::make_unique<RawConnection>(server_->http_port()));
      lazy.back()->Send("GET /jobs HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    }
    absl::SleepFor(absl::Seconds(2));
    std::printf("100 that do not read: %s\n", Memory().c_str());
    std::fflush(stdout);
  }

  void MeasureCrowd() {
    std::printf("before: %s\n", Memory().c_str());
    std::vector<std::unique_ptr<RawConnection>> idle;
    std::vector<std::unique_ptr<RawConnection>> slow(
        static_cast<size_t>(FLAGS_slow));
    const auto connect = [this] {
      return std::make_unique<RawConnection>(server_->http_port());
    };
    for (int i = 0; i < FLAGS_idle; ++i) idle.push_back(connect());
    std::printf("with idle connections: %s\n", Memory().c_str());
    for (int i = 0; i < FLAGS_watchers; ++i) {
      idle.push_back(connect());
      idle.back()->Send(
          "GET /v1/jobs:watch HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
      // The first line is a heartbeat: the watcher is there.
      if (idle.back()->Receive().empty()) good_ = false;
    }
    std::printf("with watchers: %s\n", Memory().c_str());
    std::fflush(stdout);
    std::atomic<bool> stop{false};
    std::thread loris([&] {
      while (!stop) {
        for (auto& connection : slow) {
          if (connection == nullptr || !connection->Send("x")) {
            connection = connect();
            connection->Send("GET / HTTP/1.1\r\nX: ");
          }
        }
        absl::SleepFor(absl::Milliseconds(100));
      }
    });
    for (const auto& [name, make] :
         {std::make_pair("GetJob gRPC 4", Grpc()), {"GetJob JSON 4", Json()}}) {
      Print(name, RunAndCount(4, make, Calls()[0].ask));
    }
    stop = true;
    loris.join();
    std::printf("after: %s\n", Memory().c_str());
  }

  StandinCluster cluster_;
  const std::string smonsvc_;
  std::unique_ptr<SmonsvcProcess> server_;
  bool good_ = true;
};

std::string Program(const std::string& flag, const fs::path& beside) {
  if (access((flag.empty() ? beside.string() : flag).c_str(), X_OK) != 0) {
    std::fprintf(stderr, "api_bench: no program %s; see --help\n",
                 beside.c_str());
    std::exit(1);
  }
  return fs::absolute(flag.empty() ? beside : fs::path(flag)).string();
}

int Main(const char* self) {
  rlimit files = {};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  const fs::path bin = fs::canonical(self).parent_path().parent_path();
  ApiBench bench(
      Program(FLAGS_standin, bin / "slurm_standin" / "slurm_standin"),
      Program(FLAGS_smonsvc, bin.parent_path() / "server" / "smonsvc"));
  return bench.Measure() ? 0 : 1;
}

}  // namespace
}  // namespace smon

int main(int argc, char** argv) {
  gflags::ParseCommandLineFlags(&argc, &argv, true);
  return smon::Main(argv[0]);
}
