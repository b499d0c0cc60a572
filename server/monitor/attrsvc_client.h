#ifndef SMON_SERVER_MONITOR_ATTRSVC_CLIENT_H_
#define SMON_SERVER_MONITOR_ATTRSVC_CLIENT_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/monitor/job.h"

namespace smon {

// What is to be done after an answer, by the error table of the contract.
enum class AnswerKind {
  kAccepted,     // submit: attrsvc has the log
  kVerdict,      // result: the analysis is done
  kInProgress,   // result: ask again later
  kUnknownLog,   // result: attrsvc does not know the log: submit it again
  kNotVisible,   // the file is not there or empty yet: again, within a budget
  kRejected,     // permanent
  kRateLimited,  // 429: slow the lane down, then again
  kBusy,         // 503 job_limit_reached and the like: again later
  kUnavailable,  // no answer, or one that no healthy attrsvc gives: again
};

struct Answer {
  AnswerKind kind = AnswerKind::kUnavailable;
  // 0 when no answer began; that of an answer which was cut off, too.
  int http_status = 0;
  // What went wrong, in one sentence; empty when nothing did.
  std::string error;
  // What kind of trouble with the file it is, for the counters.
  PathProblem problem = PathProblem::kNone;
  // The server's Retry-After, counted from now.
  std::optional<absl::Duration> retry_after;
  std::string mode;                // "PENDING", "SINGLE", "SPLITLOG", or empty
  std::optional<Verdict> verdict;  // with kVerdict; fetched_at is not set
  std::string body;  // the raw answer of a result or stats request
};

struct SubmitRequest {
  std::string log_path;  // absolute, valid UTF-8
  std::string user;
  std::string job_id;  // as displayed
  // The log is still being written: it is to be registered only
  // ("track_only"). Otherwise its job has ended ("terminal").
  bool still_running = false;
};

// The Attribution Service. Calls return at once; each callback is called
// exactly once, from the client's own thread, and must not block. A callback
// that is still outstanding when the client is destroyed gets kUnavailable.
// Thread-safe.
class AttrsvcClient {
 public:
  using Callback = std::function<void(Answer)>;

  virtual ~AttrsvcClient() = default;

  // Hands a job's log over. Idempotent by path.
  virtual void Submit(const SubmitRequest& request, Callback done) = 0;
  // Asks for the verdict. May take as long as the request timeout.
  virtual void GetResult(const std::string& log_path, Callback done) = 0;
  // Whether GetResult is what starts an analysis, and is answered at its end,
  // as in attrsvc's documented form. False while the form is not known.
  virtual bool QuestionsBlock() const = 0;
  // attrsvc's own statistics: kAccepted with the body, or what went wrong.
  virtual void GetStats(Callback done) = 0;
  // Whether attrsvc answers at all: kAccepted, kBusy (reachable, but calls
  // itself unhealthy) or kUnavailable.
  virtual void Probe(Callback done) = 0;
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_ATTRSVC_CLIENT_H_
