// Measures how fast logs are handed over and verdicts come back: the Submitter,
// the client of attrsvc and a Store on a file, with the stand-in for attrsvc on
// a thread of the same process.
//
//   bazel run --config=opt //testing/bench:delivery_bench
//   bazel run --config=opt //testing/bench:delivery_bench -- --minutes=3
//
// Without --minutes the rates are lifted, and it prints how long all of --jobs
// take. With it, the lanes run at --submit_rate and --result_rate for that
// long, against an attrsvc that enforces them in every window of a minute; it
// prints how much of its rate each lane used, and how often it was told to slow
// down.

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/log.h"
#include "gflags/gflags.h"
#include "server/attrsvc/curl_attrsvc_client.h"
#include "server/attrsvc/endpoint.h"
#include "server/monitor/submitter.h"
#include "server/store/sql_store.h"
#include "testing/attrsvc_standin/standin.h"
#include "testing/bench/process_usage.h"

DEFINE_int32(jobs, 1000, "ended jobs, without --minutes");
DEFINE_double(minutes, 0, "runs at the lanes' rates for that long; 0: lifted");
DEFINE_double(submit_rate, 20, "logs a second, with --minutes");
DEFINE_double(result_rate, 1, "questions a second, with --minutes");
DEFINE_int32(latency_ms, 50, "what attrsvc takes for each answer");
DEFINE_int32(analysis_ms, 0, "and for the analysis of a log");
DEFINE_string(form, "released", "attrsvc's interface: released or documented");

namespace smon {
namespace {

using attrsvc_standin::AttrsvcStandIn;
using attrsvc_standin::Received;

[[noreturn]] void Die(const absl::Status& status) {
  std::fprintf(stderr, "delivery_bench: %s\n", status.ToString().c_str());
  std::exit(1);
}

void Check(const absl::Status& status) {
  if (!status.ok()) Die(status);
}

template <typename T>
T Check(absl::StatusOr<T> value) {
  if (!value.ok()) Die(value.status());
  return *std::move(value);
}

// A directory that is removed at the end.
class Directory {
 public:
  Directory() {
    const char* const base = std::getenv("TMPDIR");
    path_ =
        absl::StrCat(base != nullptr ? base : "/tmp", "/delivery_bench.XXXXXX");
    if (::mkdtemp(path_.data()) == nullptr) {
      Die(absl::InternalError(absl::StrCat("cannot make ", path_)));
    }
  }
  ~Directory() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::unique_ptr<AttrsvcStandIn> StartAttrsvc() {
  attrsvc_standin::StandInOptions options;
  options.service.form = FLAGS_form == "documented"
                             ? attrsvc_standin::Form::kDocumented
                             : attrsvc_standin::Form::kReleased;
  attrsvc_standin::Knobs& knobs = options.service.knobs;
  knobs.latency_ms = FLAGS_latency_ms;
  knobs.analysis_ms = FLAGS_analysis_ms;
  if (FLAGS_minutes > 0) {
    knobs.submit_per_minute = static_cast<int>(60 * FLAGS_submit_rate);
    knobs.result_per_minute = static_cast<int>(60 * FLAGS_result_rate);
  }
  return Check(AttrsvcStandIn::Start(options));
}

// Ended jobs whose logs are in the directory.
void AddJobs(const std::string& directory, int count, Store* store) {
  PollChanges changes;
  changes.cluster = "bench";
  const absl::Time now = absl::Now();
  for (int i = 1; i <= count; ++i) {
    Job& job = changes.changes.emplace_back().job;
    job.cluster = changes.cluster;
    job.record.job_id = absl::StrCat(i);
    job.record.raw_id = i;
    job.record.state = slurm::JobState::kFailed;
    job.record.submit_time = now - absl::Minutes(2);
    job.record.end_time = now;
    job.record.user = "alice";
    job.log.path = absl::StrCat(directory, "/", i, ".out");
    std::ofstream(job.log.path) << "step 1\nMemoryError\n";
    job.delivery = StartDelivery(job.log, now);
  }
  Check(store->CommitPoll(&changes));
}

// The parts of smonsvc that deliver, at work as long as it lives.
class Deliverer {
 public:
  Deliverer(Store* store, const Clock* clock, const std::string& attrsvc_url)
      : attrsvc_health_("attrsvc", clock), store_health_("store", clock) {
    CurlAttrsvcClientOptions attrsvc;
    attrsvc.endpoint = Check(ParseEndpoint(attrsvc_url));
    client_ = Check(CurlAttrsvcClient::Create(attrsvc));
    Submitter::Options options;
    options.submit_rate = FLAGS_minutes > 0 ? FLAGS_submit_rate : 0;
    options.result_rate = FLAGS_minutes > 0 ? FLAGS_result_rate : 0;
    submitter_ =
        std::make_unique<Submitter>(store, client_.get(), clock, SystemRandom(),
                                    &attrsvc_health_, &store_health_, options);
    submitter_->Start();
  }
  ~Deliverer() {
    submitter_->Stop(absl::ZeroDuration());
    client_.reset();
  }
  Submitter::Totals totals() const { return submitter_->totals(); }

 private:
  ComponentHealth attrsvc_health_;
  ComponentHealth store_health_;
  std::unique_ptr<CurlAttrsvcClient> client_;
  std::unique_ptr<Submitter> submitter_;
};

void PrintLane(const char* name, bool posts, double rate,
               const std::vector<Received>& requests) {
  int sent = 0;
  int limited = 0;
  absl::Time first;
  absl::Time last;
  for (const Received& request : requests) {
    const bool is_post = request.method == "POST";
    // A route that is not there, and whether attrsvc is: no part of the lane.
    if (is_post != posts || request.log_path.empty() || request.status == 404) {
      continue;
    }
    if (sent++ == 0) first = request.time;
    last = request.time;
    if (request.status == 429) ++limited;
  }
  const double seconds = absl::ToDoubleSeconds(last - first);
  const double share = sent > 1 ? (sent - 1) / seconds / rate : 0;
  std::printf("%-8s %9d %10.1f %12.1f %% %6d\n", name, sent, rate, 100 * share,
              limited);
}

void RunAtRates(AttrsvcStandIn* attrsvc) {
  absl::SleepFor(absl::Minutes(FLAGS_minutes));
  const std::vector<Received> requests = attrsvc->service().Requests();
  std::printf("%-8s %9s %10s %14s %6s\n", "lane", "requests", "rate", "used",
              "429s");
  PrintLane("submit", true, FLAGS_submit_rate, requests);
  PrintLane("result", false, FLAGS_result_rate, requests);
}

// Returns when `count()` has reached the number, or after five minutes.
template <typename Count>
void WaitFor(int64_t number, Count count) {
  const absl::Time deadline = absl::Now() + absl::Minutes(5);
  while (count() < number && absl::Now() < deadline) {
    absl::SleepFor(absl::Milliseconds(2));
  }
}

void RunLifted(const Deliverer& delivery, int jobs, AttrsvcStandIn* attrsvc) {
  const Stopwatch watch;
  std::printf("%-24s %8s %10s\n", "what", "logs", "seconds");
  const auto print = [&](const char* what, absl::Duration time) {
    std::printf("%-24s %8d %10.2f\n", what, jobs, absl::ToDoubleSeconds(time));
  };
  WaitFor(jobs, [&] { return delivery.totals().logs_accepted; });
  print("all submitted", watch.wall());
  WaitFor(jobs, [&] { return delivery.totals().verdicts; });
  print("all verdicts", watch.wall());
  print("cpu, with attrsvc's", watch.cpu());
  std::printf("requests for a log and its verdict: %.2f\n",
              static_cast<double>(attrsvc->service().Requests().size()) / jobs);
}

int Run() {
  InitLog(LogSeverity::kWarning, LogFormat::kText);
  const Directory directory;
  SystemClock clock;
  const std::unique_ptr<AttrsvcStandIn> attrsvc = StartAttrsvc();
  const std::unique_ptr<Store> store = Check(OpenStore(
      absl::StrCat("sqlite://", directory.path(), "/smon.db"), &clock));
  const bool at_rates = FLAGS_minutes > 0;
  // Ten more than can be sent.
  const int jobs =
      at_rates ? static_cast<int>(60 * FLAGS_minutes * FLAGS_submit_rate) + 10
               : FLAGS_jobs;
  AddJobs(directory.path(), jobs, store.get());
  {
    const Deliverer delivery(store.get(), &clock, attrsvc->url());
    if (at_rates) {
      RunAtRates(attrsvc.get());
      return 0;
    }
    RunLifted(delivery, jobs, attrsvc.get());
  }
  const int64_t done = Check(store->CountJobs()).by_phase[Phase::kCompleted];
  if (done != jobs) {
    std::fprintf(stderr, "delivery_bench: %d verdicts instead of %d\n",
                 static_cast<int>(done), jobs);
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace smon

int main(int argc, char** argv) {
  gflags::ParseCommandLineFlags(&argc, &argv, /*remove_flags=*/true);
  return smon::Run();
}
