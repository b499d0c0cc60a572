#include "client/commands/job_filter.h"

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "client/choices.h"
#include "client/state_names.h"
#include "client/time_format.h"
#include "client/value_names.h"
#include "common/status_macros.h"

namespace smon::client {
namespace {

constexpr char kGroup[] = "Filters";

// As one types them.
std::vector<std::string> WordsOf(const std::vector<ValueName>& known) {
  std::vector<std::string> words;
  for (const ValueName& name : known) {
    words.push_back(absl::AsciiStrToLower(name.name));
  }
  return words;
}

void AddList(CLI::App* app, const char* name, std::vector<std::string>* values,
             const char* description, const char* text,
             const std::vector<ValueName>& known) {
  app->add_option(name, *values, description)
      ->option_text(text)
      ->check(Choices(WordsOf(known)))
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group(kGroup);
}

void AddText(CLI::App* app, const char* name, std::string* value,
             const char* description, const char* text) {
  app->add_option(name, *value, description)->type_name(text)->group(kGroup);
}

template <typename Request>
absl::Status SetLists(const JobFilter& filter, Request* request) {
  SMON_ASSIGN_OR_RETURN(const std::vector<int> states,
                        ParseValueNames("state", filter.states, StateNames()));
  for (int state : states) {
    request->add_states(static_cast<v1::Job::State>(state));
  }
  SMON_ASSIGN_OR_RETURN(
      const std::vector<int> phases,
      ParseValueNames("phase", filter.phases,
                      NamesOf(*v1::Delivery::Phase_descriptor())));
  for (int phase : phases) {
    request->add_phases(static_cast<v1::Delivery::Phase>(phase));
  }
  SMON_ASSIGN_OR_RETURN(
      const std::vector<int> problems,
      ParseValueNames("problem", filter.problems,
                      NamesOf(*v1::Delivery::Problem_descriptor())));
  for (int problem : problems) {
    request->add_problems(static_cast<v1::Delivery::Problem>(problem));
  }
  SMON_ASSIGN_OR_RETURN(
      const std::vector<int> actions,
      ParseValueNames("action", filter.actions,
                      NamesOf(*v1::Verdict::Action_descriptor())));
  for (int action : actions) {
    request->add_actions(static_cast<v1::Verdict::Action>(action));
  }
  return absl::OkStatus();
}

}  // namespace

bool JobFilter::empty() const {
  return states.empty() && phases.empty() && problems.empty() &&
         actions.empty() && user.empty() && partition.empty() && name.empty() &&
         since.empty() && until.empty();
}

void AddJobFilter(CLI::App* app, JobFilter* filter) {
  AddList(app, "-t,--state", &filter->states,
          "Slurm's state names, long or short, in any case (failed,TO); or "
          "active, ended, unsuccessful (ended but not COMPLETED)",
          "STATE,…", StateNames());
  AddText(app, "-u,--user", &filter->user, "Login name of the owner", "USER");
  AddText(app, "-p,--partition", &filter->partition, "Partition", "PARTITION");
  AddText(app, "-n,--name", &filter->name,
          "Regular expression (RE2) to be found in the job's name", "REGEX");
  AddList(app, "--phase", &filter->phases,
          "How far the log's delivery is: waiting, pending, submitted, "
          "completed, expired, rejected, no_log",
          "PHASE,…", NamesOf(*v1::Delivery::Phase_descriptor()));
  AddList(app, "--problem", &filter->problems,
          "What went wrong with the log: permission_denied, not_found, "
          "file_empty, unresolved_path, other, no_output, no_verdict",
          "PROBLEM,…", NamesOf(*v1::Delivery::Problem_descriptor()));
  AddList(app, "--action", &filter->actions,
          "The verdict: stop, restart, continue, unknown, timeout, other",
          "ACTION,…", NamesOf(*v1::Verdict::Action_descriptor()));
  AddText(app, "--since", &filter->since,
          "Ended at or after: 6h or 2d (ago), today, yesterday, 2026-11-22, "
          "2026-11-22T14:03, or RFC 3339",
          "TIME");
  AddText(app, "--until", &filter->until, "Ended before, likewise", "TIME");
}

template <typename Request>
absl::Status SetJobFilter(const JobFilter& filter, const Session& session,
                          Request* request) {
  SMON_RETURN_IF_ERROR(SetLists(filter, request));
  request->set_user(filter.user);
  request->set_partition(filter.partition);
  request->set_name(filter.name);
  if (!filter.since.empty()) {
    SMON_ASSIGN_OR_RETURN(const absl::Time since,
                          ParseTime(filter.since, session.now, session.zone));
    *request->mutable_ended_after() = ToProto(since);
  }
  if (!filter.until.empty()) {
    SMON_ASSIGN_OR_RETURN(const absl::Time until,
                          ParseTime(filter.until, session.now, session.zone));
    *request->mutable_ended_before() = ToProto(until);
  }
  return absl::OkStatus();
}

template absl::Status SetJobFilter(const JobFilter&, const Session&,
                                   v1::ListJobsRequest*);
template absl::Status SetJobFilter(const JobFilter&, const Session&,
                                   v1::ResubmitJobsRequest*);
template absl::Status SetJobFilter(const JobFilter&, const Session&,
                                   v1::WatchJobsRequest*);

}  // namespace smon::client
