#include "client/job_text.h"

#include "absl/strings/str_cat.h"
#include "client/state_names.h"
#include "client/time_format.h"

namespace smon::client {

std::string StateText(const v1::Job& job) {
  const bool known = v1::Job::State_IsValid(job.state()) &&
                     job.state() != v1::Job::OTHER &&
                     job.state() != v1::Job::STATE_UNSPECIFIED;
  return known ? v1::Job::State_Name(job.state()) : job.state_text();
}

Color StateColor(const v1::Job& job) {
  if (job.state() == v1::Job::FINISHED) return Color::kYellow;
  if (IsUnsuccessful(job.state())) return Color::kRed;
  return IsEnded(job.state()) ? Color::kGreen : Color::kNone;
}

std::string ExitText(const v1::Job& job) {
  if (!job.has_exit_code() && !job.has_exit_signal()) return "";
  return absl::StrCat(job.exit_code(), ":", job.exit_signal());
}

std::string ElapsedText(const v1::Job& job, absl::Time now) {
  if (!job.has_start_time()) return "";
  const bool ended = job.has_end_time();
  if (!ended && job.state() != v1::Job::RUNNING) return "";
  return FormatElapsed((ended ? FromProto(job.end_time()) : now) -
                       FromProto(job.start_time()));
}

std::string PhaseText(const v1::Job& job) {
  const v1::Delivery::Phase phase = job.delivery().phase();
  return phase == v1::Delivery::PHASE_UNSPECIFIED
             ? ""
             : v1::Delivery::Phase_Name(phase);
}

std::string ProblemText(const v1::Delivery& delivery) {
  if (delivery.problem() == v1::Delivery::PROBLEM_UNSPECIFIED) return "";
  const std::string& name = v1::Delivery::Problem_Name(delivery.problem());
  // One that a newer smonsvc has.
  return name.empty() ? absl::StrCat(delivery.problem()) : name;
}

std::string ActionText(const v1::Verdict& verdict) {
  const bool known = v1::Verdict::Action_IsValid(verdict.action()) &&
                     verdict.action() != v1::Verdict::OTHER &&
                     verdict.action() != v1::Verdict::ACTION_UNSPECIFIED;
  return known ? v1::Verdict::Action_Name(verdict.action())
               : verdict.action_text();
}

Color ActionColor(const v1::Verdict& verdict) {
  switch (verdict.action()) {
    case v1::Verdict::STOP:
      return Color::kRed;
    case v1::Verdict::RESTART:
    case v1::Verdict::CONTINUE:
      return Color::kGreen;
    default:
      return Color::kYellow;
  }
}

std::string ReasonText(const v1::Job& job) {
  if (!job.verdict().reason().empty()) return job.verdict().reason();
  if (!job.delivery().error().empty()) return job.delivery().error();
  if (!job.stdout_path_error().empty()) return job.stdout_path_error();
  return job.reason();
}

}  // namespace smon::client
