#ifndef SMON_SERVER_MONITOR_SUBMITTER_H_
#define SMON_SERVER_MONITOR_SUBMITTER_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "server/monitor/analysis_time.h"
#include "server/monitor/answer_watch.h"
#include "server/monitor/attrsvc_client.h"
#include "server/monitor/backoff.h"
#include "server/monitor/breaker.h"
#include "server/monitor/component_health.h"
#include "server/monitor/delivery.h"
#include "server/monitor/due_queue.h"
#include "server/monitor/heartbeat.h"
#include "server/monitor/lane.h"
#include "server/monitor/store.h"

namespace smon {

// Takes due logs from the Store to attrsvc and its answers back to the Store.
// Two lanes, submit and result, do not hold each other up. What was answered is
// committed, a batch at a time, before anything new is sent; a request whose
// answer could not be stored yet stays here and is stored later. After a crash
// only the requests in flight are sent again.
class Submitter {
 public:
  struct Options {
    double submit_rate = 20;  // requests a second; 0 for no limit
    double result_rate = 1;
    // Enough for 640 requests a second where each takes 50 ms, and for a result
    // lane of 1 a second each of whose requests blocks for a minute.
    int max_submits_in_flight = 32;
    int max_results_in_flight = 64;
    // The client's: each request is answered within it, or given up.
    absl::Duration request_timeout = absl::Minutes(1);
    DeliveryPolicy policy;
    // Whether logs of running jobs are registered early. That only takes what
    // the submit lane has to spare.
    bool track_running = false;
    // attrsvc is asked whether it is there when nothing else was for this long.
    absl::Duration probe_interval = absl::Seconds(30);
  };

  struct Deliveries {
    int64_t logs_submitted = 0;  // logs sent for the first time
    int64_t logs_accepted = 0;
    int64_t verdicts = 0;
    std::map<Action, int64_t> verdicts_by_action;
    int64_t logs_tracked = 0;  // registered while their jobs ran
  };
  // Since the start of the process.
  struct Totals : Deliveries {
    // Of those clusters of which any were sent.
    std::map<std::string, Deliveries> by_cluster;
    int64_t rate_limited = 0;
    int64_t unavailable = 0;
    int64_t server_errors = 0;
    int64_t client_errors = 0;
  };
  struct LaneStats {
    std::string name;
    double rate = 0;
    double max_rate = 0;
    int in_flight = 0;
    int64_t requests = 0;
    int64_t retries = 0;
  };

  // All pointers must outlive this object. Where the Store is shared, each
  // replica takes its part of the rates, and sends what it has claimed.
  Submitter(Store* store, AttrsvcClient* client, const Clock* clock,
            Random random, ComponentHealth* attrsvc_health,
            ComponentHealth* store_health, Options options);
  ~Submitter();
  Submitter(const Submitter&) = delete;
  Submitter& operator=(const Submitter&) = delete;

  // Starts the thread that calls Step().
  void Start();
  // Sends nothing more, stores the answers that come within `grace`, and ends
  // the thread.
  void Stop(absl::Duration grace);
  // There may be new work in the Store. Thread-safe.
  void Wake();
  // Takes the rates and the waits of the policy with the next turn; the rest
  // stays as it was. Thread-safe.
  void Change(const Options& options);

  // One turn: stores answers, sends what is due and allowed. Returns how long
  // to wait for the next turn unless woken. For the thread and for tests.
  absl::Duration Step();

  Totals totals() const;
  std::vector<LaneStats> lanes() const;
  // AnalysisTime::estimate().
  absl::Duration analysis_time() const;
  // What is done about the parts that are away.
  struct Plans {
    // When attrsvc is asked again at the latest; InfiniteFuture while it is
    // being asked.
    absl::Time next_contact = absl::InfiniteFuture();
    // Whether attrsvc gets one request at a time only, as it does not answer.
    bool breaker_open = false;
    // When the answers that the Store did not take are stored again;
    // InfiniteFuture when there are none.
    absl::Time next_commit = absl::InfiniteFuture();
  };
  Plans plans() const;
  // Of the thread, and of the client that answers it.
  const Heartbeat& heartbeat() const { return heartbeat_; }
  const Heartbeat& answers() const { return answers_.heartbeat(); }

 private:
  enum class Kind { kSubmit, kResult, kTrack };
  // A request that was answered. `job` is as it was when it was sent.
  struct Completed {
    Kind kind;
    Job job;
    Answer answer;
    absl::Duration moved;  // moved_, as it was then
    int64_t claim;         // claimed_as_, as it was then
  };
  // What the callbacks of the client fill. They may outlive this object.
  struct Inbox {
    Mutex mu;
    CondVar changed;
    std::deque<Completed> completed ABSL_GUARDED_BY(mu);
    std::deque<Answer> probes ABSL_GUARDED_BY(mu);
    bool woken ABSL_GUARDED_BY(mu) = false;
    std::optional<Options> change ABSL_GUARDED_BY(mu);
    bool stopping ABSL_GUARDED_BY(mu) = false;
  };
  struct LaneState {
    LaneState(Store* store, Phase phase, Lane::Options options, absl::Time now);
    Lane lane;
    DueQueue due;
    int64_t requests = 0;
    int64_t retries = 0;
  };

  void Loop();
  void ReadClock();
  // Lets the Store follow a clock that was set. False when it could not.
  bool MoveDeliveries();
  void TakeChange();
  // Takes this replica's part of the rates, and reads ahead what it can send
  // with that in a moment.
  void ShareWithReplicas();
  // Whether what is at hand is still this replica's to send.
  bool MaySend() const;
  // The same, asked right before a request goes out.
  bool MaySendNow(Kind kind) const;
  // Lets other replicas have what is not in flight here.
  void GiveBack();
  void Collect();
  void Note(const Completed& done);
  void NoteContact(const Answer& answer);
  void NoteSubmission(const Completed& done);
  void NoteResult(const Completed& done);
  void NoteTracking(const Completed& done);
  bool CommitAnswers();
  // Whether what was to be written is stored.
  bool NoteStored(const absl::Status& status);
  // The answers are another replica's to get now.
  void DropAnswers();
  // Whether there is a job in the queue that may be sent.
  bool Fill(DueQueue* queue);
  void Dispatch(Kind kind, LaneState* state);
  void DispatchTracking();
  void Send(Kind kind, const Job& job);
  // attrsvc is asked whether it is there when it has been quiet, or was away.
  absl::Time NextProbe() const;
  void ProbeIfDue();
  absl::Time NextTracking() const;
  absl::Duration UntilNextTurn() const;
  void Count(const Answer& answer);
  void CountDelivery(const std::string& cluster,
                     const std::function<void(Deliveries*)>& count);
  Plans MakePlans() const;
  void Publish();

  Store* const store_;
  const Replicas* const replicas_;
  AttrsvcClient* const client_;
  const Clock* const clock_;
  const Random random_;
  ComponentHealth* const attrsvc_health_;
  ComponentHealth* const store_health_;
  Options options_;  // changed by TakeChange only
  const std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();
  std::thread thread_;
  Heartbeat heartbeat_;
  AnswerWatch answers_;

  // Owned by the thread that calls Step().

  // The clock as it was last read.
  absl::Time now_;
  absl::Duration monotonic_;
  // As now_ was at first, and the time that has passed since. What is not
  // stored goes by it, so that a clock that is set holds no request up.
  absl::Time steady_now_ = now_;
  // By how much the clock was set so far, and how much of it the Store does not
  // know yet.
  absl::Duration moved_;
  absl::Duration to_move_;
  LaneState submit_;
  LaneState result_;
  DueQueue to_track_;  // by the submit lane
  int tracks_in_flight_ = 0;
  Breaker breaker_;
  int shared_with_ = 0;  // replicas, this one included; 0: not yet looked
  // Replicas::number() that what is at hand was claimed under.
  int64_t claimed_as_ = 0;
  bool has_given_back_ = false;  // and claimed nothing since
  AnalysisTime analysis_time_;
  absl::flat_hash_set<int64_t> in_flight_;
  std::vector<DeliveryChange> unstored_;
  int store_failures_ = 0;
  absl::Time store_retry_at_ = absl::InfinitePast();
  absl::Time last_contact_ = absl::InfinitePast();
  bool probing_ = false;
  bool stopping_ = false;
  Totals totals_;

  // What other threads may read.
  mutable Mutex published_mu_;
  Totals published_totals_ ABSL_GUARDED_BY(published_mu_);
  std::vector<LaneStats> published_lanes_ ABSL_GUARDED_BY(published_mu_);
  absl::Duration published_analysis_time_ ABSL_GUARDED_BY(published_mu_);
  Plans published_plans_ ABSL_GUARDED_BY(published_mu_);
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_SUBMITTER_H_
