#include "client/explanation.h"

#include "absl/strings/str_cat.h"
#include "client/block.h"
#include "client/job_text.h"
#include "client/text_wrap.h"
#include "client/time_format.h"
#include "common/utf8.h"

namespace smon::client {
namespace {

using Phase = v1::Delivery;

// Times as seen from now.
class Clock {
 public:
  Clock(absl::Time now, absl::TimeZone zone) : now_(now), zone_(zone) {}
  std::string Relative(const google::protobuf::Timestamp& time) const {
    return FormatRelative(FromProto(time), now_, zone_);
  }
  std::string Local(const google::protobuf::Timestamp& time) const {
    return FormatLocal(FromProto(time), zone_);
  }

 private:
  const absl::Time now_;
  const absl::TimeZone zone_;
};

std::string Times(int count) {
  return count == 1 ? "once" : absl::StrCat(count, " times");
}

std::string JobText(const v1::Job& job, const Clock& clock) {
  std::string text = StateText(job);
  if (job.has_end_time()) {
    absl::StrAppend(&text, ", ended ", clock.Relative(job.end_time()));
  } else if (job.has_start_time()) {
    absl::StrAppend(&text, ", started ", clock.Relative(job.start_time()));
  } else if (job.has_submit_time()) {
    absl::StrAppend(&text, ", submitted ", clock.Relative(job.submit_time()));
  }
  const std::string exit = ExitText(job);
  if (!exit.empty()) absl::StrAppend(&text, ", exit code ", exit);
  if (!job.reason().empty()) {
    absl::StrAppend(&text, "; Slurm's reason: ", job.reason());
  }
  if (job.restart_count() > 0) {
    absl::StrAppend(&text, "; requeued ", Times(job.restart_count()),
                    " before this run");
  }
  return text;
}

std::string LogText(const v1::Job& job) {
  if (job.stdout_path().empty()) {
    return job.stdout_path_error().empty()
               ? "its path is not known yet"
               : absl::StrCat("none: ", job.stdout_path_error());
  }
  std::string text = job.stdout_path();
  if (!job.log_job_id().empty()) {
    absl::StrAppend(&text, ", shared with job ", job.log_job_id(),
                    ", whose verdict is shown");
  }
  return text;
}

// What the phase means for this job.
std::string PhaseMeaning(const v1::Job& job, const Clock& clock) {
  const v1::Delivery& delivery = job.delivery();
  const std::string sent =
      delivery.has_submitted_time()
          ? absl::StrCat(" ", clock.Relative(delivery.submitted_time()))
          : "";
  switch (delivery.phase()) {
    case Phase::WAITING:
      return "the log is sent when the job has ended";
    case Phase::PENDING:
      return delivery.submit_attempts() == 0
                 ? "the log is to be sent; it was not tried yet"
                 : absl::StrCat("the log is to be sent; tried ",
                                Times(delivery.submit_attempts()), " so far");
    case Phase::SUBMITTED:
      return absl::StrCat("attrsvc took the log", sent,
                          "; its verdict was asked for ",
                          Times(delivery.result_attempts()), " so far");
    case Phase::COMPLETED:
      return absl::StrCat("attrsvc took the log", sent,
                          ", and its verdict is stored");
    case Phase::EXPIRED:
      return absl::StrCat("attrsvc took the log", sent,
                          ", and gave no verdict in time, asked ",
                          Times(delivery.result_attempts()));
    case Phase::REJECTED:
      return absl::StrCat("attrsvc did not take the log, tried ",
                          Times(delivery.submit_attempts()));
    case Phase::NO_LOG:
      return "there is no log to send";
    default:
      return "a phase that this smonctl does not know";
  }
}

std::string Trouble(const v1::Job& job) {
  const std::string problem = ProblemText(job.delivery());
  const std::string& error = job.delivery().error();
  if (problem.empty()) return error;
  return error.empty() ? problem : absl::StrCat(problem, ": ", error);
}

std::string When(const v1::Job& job, const Clock& clock) {
  const v1::Delivery& delivery = job.delivery();
  return delivery.has_next_attempt_time()
             ? absl::StrCat("due ",
                            clock.Relative(delivery.next_attempt_time()))
             : "as soon as the lane has room";
}

std::string Next(const v1::Job& job, const Clock& clock) {
  switch (job.delivery().phase()) {
    case Phase::WAITING:
      return "the next poll, or 'smonctl notify', looks at the job again";
    case Phase::PENDING:
      return absl::StrCat("the log is sent: ", When(job, clock));
    case Phase::SUBMITTED:
      return absl::StrCat("the verdict is asked for: ", When(job, clock));
    case Phase::COMPLETED:
      return "nothing: all is done";
    case Phase::EXPIRED:
    case Phase::REJECTED:
      return absl::StrCat(
          "nothing by itself; when the cause is mended: "
          "smonctl resubmit ",
          job.job_id());
    case Phase::NO_LOG:
      return "nothing: without a log there is no verdict";
    default:
      return "";
  }
}

// Parts that do not work, and that this job's next step needs.
std::string InTheWay(const v1::Job& job, const v1::Health& health,
                     const Clock& clock) {
  const Phase::Phase phase = job.delivery().phase();
  const bool needs_slurm = phase == Phase::WAITING;
  const bool needs_attrsvc =
      phase == Phase::PENDING || phase == Phase::SUBMITTED;
  std::string text;
  for (const v1::Health::Component& part : health.components()) {
    const bool needed = (part.name() == "slurm" && needs_slurm) ||
                        (part.name() == "attrsvc" && needs_attrsvc) ||
                        part.name() == "store";
    // What ails another cluster is not in the way.
    const bool others =
        !part.cluster().empty() && part.cluster() != job.cluster();
    if (!needed || others || part.status() != v1::Health::DEGRADED) continue;
    absl::StrAppend(&text, part.name(), " does not work");
    if (part.has_since_time()) {
      absl::StrAppend(&text, " (since ", clock.Local(part.since_time()), ")");
    }
    absl::StrAppend(&text, part.last_error().empty() ? "" : ": ",
                    part.last_error(), "\n");
  }
  return text;
}

std::string VerdictText(const v1::Job& job, const Clock& clock) {
  if (!job.has_verdict()) return "";
  std::string text = ActionText(job.verdict());
  if (job.verdict().has_create_time()) {
    absl::StrAppend(&text, ", fetched ",
                    clock.Relative(job.verdict().create_time()));
  }
  return text;
}

// "  2026-11-22T15:04:01  +00:00:45  " is the label of a step.
std::string History(const v1::Job& job, absl::TimeZone zone, int columns) {
  constexpr size_t kGapColumns = 11;
  std::string text;
  absl::Time before = absl::InfinitePast();
  for (const v1::HistoryEntry& entry : job.history()) {
    const absl::Time time = FromProto(entry.time());
    const std::string gap =
        before == absl::InfinitePast()
            ? std::string()
            : absl::StrCat("+", FormatElapsed(time - before));
    before = time;
    const std::string label = absl::StrCat(
        "  ", FormatLocal(time, zone), "  ", gap,
        std::string(gap.size() < kGapColumns ? kGapColumns - gap.size() : 1,
                    ' '));
    absl::StrAppend(&text,
                    WrapBeside(label, static_cast<int>(label.size()),
                               ToPrintable(entry.text()), columns),
                    "\n");
  }
  return text.empty() ? "" : absl::StrCat("What happened:\n", text);
}

}  // namespace

std::string ExplainJob(const v1::Job& job, const v1::Health& health,
                       absl::Time now, absl::TimeZone zone, int columns) {
  const Clock clock(now, zone);
  return absl::StrCat(
      FormatBlock(
          {{"Job", absl::StrCat(job.job_id(), " '", job.name(), "' of ",
                                job.user(), " in ", job.partition())},
           {"State", JobText(job, clock)},
           {"Log", LogText(job)},
           {"Delivery",
            absl::StrCat(PhaseText(job), ": ", PhaseMeaning(job, clock))},
           {"Trouble", Trouble(job), /*has_lines=*/true},
           {"In the way", InTheWay(job, health, clock), /*has_lines=*/true},
           {"Verdict", VerdictText(job, clock)},
           {"Reason", job.verdict().reason(), /*has_lines=*/true},
           {"Next", Next(job, clock)}},
          columns),
      "\n", History(job, zone, columns));
}

}  // namespace smon::client
