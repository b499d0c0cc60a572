#ifndef SMON_TESTING_ATTRSVC_STANDIN_SERVICE_H_
#define SMON_TESTING_ATTRSVC_STANDIN_SERVICE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/mutex.h"
#include "testing/attrsvc_standin/knobs.h"
#include "testing/attrsvc_standin/log_file.h"
#include "testing/attrsvc_standin/replies.h"
#include "testing/attrsvc_standin/rules.h"
#include "testing/attrsvc_standin/target.h"

namespace smon::attrsvc_standin {

// The two forms in which attrsvc is met.
enum class Form {
  // POST /logs only registers; the first GET /logs/result starts the analysis
  // and blocks until it ends. No /healthz. Modes are in upper case.
  kDocumented,
  // POST /logs with analysis_intent "terminal" starts the analysis; GET /logs
  // reads its result, at once with wait=false. /healthz. Modes are in lower
  // case, results carry a status.
  kReleased,
};

struct ServiceOptions {
  Form form = Form::kDocumented;
  // What a POST of a file that is not there is answered: 404 not_found, or
  // (as attrsvc does) 200 with mode PENDING. A GET is answered 404 not_found
  // either way, but for wait=false of the released form: 200, "pending".
  bool missing_is_404 = false;
  // The folder that logs must be below; empty for any.
  std::string allowed_root;
  // Decides which requests fail under Knobs::fail_rate.
  uint32_t seed = 1;
  Knobs knobs;
};

struct Request {
  std::string method;
  std::string target;  // path and query as they came
  std::string content_type;
  std::string body;
};

// A request as GET /_standin/requests lists it.
struct Received {
  absl::Time time;
  std::string method;
  std::string path;
  std::string log_path;
  std::string user;
  std::string job_id;
  std::string analysis_intent;
  int status = 0;  // as answered, or about to be; 0 for a reset
};

// What the stand-in answers, apart from the network: a function of the request,
// the time, the files, and the logs that were submitted before. Answers are as
// FastAPI's and attrsvc's, and
//   GET, POST /_standin/config    shows or changes the knobs (JSON)
//   GET /_standin/requests        every request so far, oldest first, the last
//                                 100,000; these two are not among them
// Thread-safe.
class Service {
 public:
  explicit Service(const ServiceOptions& options);

  Reply Handle(const Request& request, absl::Time now);

  std::vector<Received> Requests() const;
  // Returns as soon as that many requests came since the start; false when
  // they did not within the time.
  bool AwaitRequests(size_t count, absl::Duration timeout) const;
  void SetKnobs(const Knobs& knobs);

 private:
  struct Analysis {
    absl::Time end;
    Finding finding;
    int64_t size = 0;
    int64_t modified_ns = 0;
  };
  struct Log {
    bool terminal = false;
    std::optional<Analysis> analysis;
  };

  Reply HandleControl(const Request& request, const std::string& path);
  Reply HandleService(const Request& request, const Target& target,
                      absl::Time now, Received* received)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::optional<Reply> Sabotage() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::optional<Reply> Limit(int per_minute, absl::Time now,
                             std::deque<absl::Time>* window)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Reply Register(const Received& submitted, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Reply Result(const Target& target, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Analyse(const LogFile& file, absl::Time now, Log* log)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Reply FileError(const std::string& error_code) const;
  std::string ResultBody(const Analysis& analysis) const;
  std::string StatsBody() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string RequestsBody() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const ServiceOptions options_;
  mutable Mutex mutex_;
  mutable CondVar came_;
  Knobs knobs_ ABSL_GUARDED_BY(mutex_);
  std::mt19937 random_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Log> logs_ ABSL_GUARDED_BY(mutex_);
  std::deque<absl::Time> submits_ ABSL_GUARDED_BY(mutex_);
  std::deque<absl::Time> results_ ABSL_GUARDED_BY(mutex_);
  std::deque<Received> received_ ABSL_GUARDED_BY(mutex_);
  size_t received_count_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace smon::attrsvc_standin

#endif  // SMON_TESTING_ATTRSVC_STANDIN_SERVICE_H_
