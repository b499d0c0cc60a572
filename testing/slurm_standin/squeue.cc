#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "testing/slurm_standin/command.h"
#include "testing/slurm_standin/fault_presets.h"
#include "testing/slurm_standin/job_text.h"
#include "testing/slurm_standin/options.h"
#include "testing/slurm_standin/squeue_fields.h"

namespace smon::slurm_standin {
namespace {

constexpr char kUsage[] =
    R"(Usage: squeue [-A account] [--clusters names] [-i seconds] [--job jobid]
              [-n name] [-o format] [-p partitions] [--qos qos]
              [--reservation reservation] [--sort fields] [--start]
              [--step step_id] [-t states] [-u user_name] [--usage]
              [-L licenses] [-w nodes] [--federation] [--local] [--sibling]
	      [-ahjlrsv]
)";

constexpr char kValidStates[] =
    "squeue: error: Valid job states include: PENDING,RUNNING,SUSPENDED,"
    "COMPLETED,CANCELLED,FAILED,TIMEOUT,NODE_FAIL,PREEMPTED,BOOT_FAIL,DEADLINE,"
    "OUT_OF_MEMORY,COMPLETING,CONFIGURING,RESIZING,RESV_DEL_HOLD,REQUEUED,"
    "REQUEUE_FED,REQUEUE_HOLD,REVOKED,SIGNALING,SPECIAL_EXIT,STAGE_OUT,"
    "STOPPED\n\n";

constexpr char kDefaultFormat[] = "%.18i %.9P %.8j %.8u %.2t %.10M %.6D %R";

constexpr absl::string_view kEndedStates[] = {
    "COMPLETED", "CANCELLED", "FAILED",   "TIMEOUT",      "NODE_FAIL",
    "PREEMPTED", "BOOT_FAIL", "DEADLINE", "OUT_OF_MEMORY"};

const std::vector<OptionSpec>& Specs() {
  static const auto* const kSpecs = new std::vector<OptionSpec>{
      {'a', "all", false},   {'h', "noheader", false},
      {'r', "array", false}, {0, "array-unique", false},
      {'j', "jobs", true},   {'M', "clusters", true},
      {'n', "name", true},   {'o', "format", true},
      {'O', "Format", true}, {'p', "partition", true},
      {'S', "sort", true},   {'t', "states", true},
      {'u', "user", true},   {'V', "version", false},
      {0, "local", false},   {0, "expand-patterns", false}};
  return *kSpecs;
}

// Variables that stand for an option that is not given.
void ReadEnvironment(const Call& call, Options* options) {
  const std::pair<const char*, const char*> kVariables[] = {
      {"SQUEUE_PARTITION", "partition"},
      {"SQUEUE_STATES", "states"},
      {"SQUEUE_USERS", "user"},
      {"SQUEUE_SORT", "sort"},
      {"SQUEUE_ARRAY", "array"}};
  for (const auto& [variable, option] : kVariables) {
    if (call.env.count(variable) > 0) {
      options->values.emplace(option, call.Env(variable));
    }
  }
  if (options->Has("format") || options->Has("Format")) return;
  if (call.env.count("SQUEUE_FORMAT") > 0) {
    options->values["format"] = call.Env("SQUEUE_FORMAT");
  } else if (call.env.count("SQUEUE_FORMAT2") > 0) {
    options->values["Format"] = call.Env("SQUEUE_FORMAT2");
  }
}

bool IsEnded(const Job& job) {
  return std::find(std::begin(kEndedStates), std::end(kEndedStates),
                   job.state) != std::end(kEndedStates);
}

// The jobs that one call asks for.
class Selection {
 public:
  // False when the call ends here, with what is in `output`.
  bool Read(const State& state, const Options& options, Output* output) {
    for (const std::string& id : options.List("jobs")) {
      const auto selector = ParseJobSelector(id);
      if (!selector.has_value()) {
        *output =
            Failure(absl::StrCat("squeue: error: Invalid job id: ", id, "\n"));
        return false;
      }
      jobs_.push_back(*selector);
    }
    if (!ReadStates(options, output)) return false;
    for (const std::string& user : options.List("user")) {
      if (const auto name = FindUser(state, user)) {
        users_.insert(*name);
      } else {
        absl::StrAppend(&output->err, "squeue: error: Invalid user: ", user,
                        "\n\n");
      }
    }
    any_user_ = !options.Has("user");
    for (std::string& name : options.List("name")) names_.insert(name);
    for (std::string& name : options.List("partition")) {
      partitions_.insert(name);
    }
    return true;
  }

  // Whether slurmctld sends the job at all; the rest is squeue's own filter.
  bool Loads(const Job& job) const {
    if (!job.in_queue) return false;
    if (jobs_.empty()) return true;
    return std::any_of(jobs_.begin(), jobs_.end(), [&](const JobSelector& s) {
      return SelectsAny(s, job);
    });
  }

  bool Shows(const Job& job) const {
    if (by_state_ ? states_.count(job.state) == 0 : !all_ && IsEnded(job)) {
      return false;
    }
    if (!any_user_ && users_.count(job.user) == 0) return false;
    if (!names_.empty() && names_.count(job.name) == 0) return false;
    if (partitions_.empty()) return true;
    for (absl::string_view name : absl::StrSplit(job.partition, ',')) {
      if (partitions_.count(std::string(name)) > 0) return true;
    }
    return false;
  }

  bool OneJobOnly() const { return jobs_.size() == 1; }

 private:
  // "37+1" gives all components.
  static bool SelectsAny(JobSelector selector, const Job& job) {
    selector.het_offset.reset();
    return Selects(selector, job);
  }

  bool ReadStates(const Options& options, Output* output) {
    for (const std::string& text : options.List("states")) {
      if (text == "all" || text == "ALL") {
        all_ = true;
        continue;
      }
      const StateName* const state = FindState(text);
      if (state == nullptr) {
        *output = Failure(
            absl::StrCat("squeue: error: Invalid job state specified: ", text,
                         "\n", kValidStates));
        return false;
      }
      states_.insert(std::string(state->name));
    }
    by_state_ = !all_ && !states_.empty();
    return true;
  }

  std::vector<JobSelector> jobs_;
  bool all_ = false;
  bool by_state_ = false;
  std::set<std::string> states_;
  bool any_user_ = true;
  std::set<std::string> users_;
  std::set<std::string> names_;
  std::set<std::string> partitions_;
};

// squeue's order is by partition and state; what follows (priority) is not
// known here, so that jobs stay in the state's order. With -S i, by id.
void Sort(const std::string& keys, std::vector<const Job*>* jobs) {
  const auto by_id = [](const Job* a, const Job* b) {
    const auto key = [](const Job& job) {
      return std::make_tuple(
          job.array_job_id.value_or(job.het_job_id.value_or(job.raw_id)),
          job.array_task_id.value_or(job.het_offset),
          !job.array_summary.empty());
    };
    return key(*a) < key(*b);
  };
  const auto by_partition = [](const Job* a, const Job* b) {
    return std::tie(a->partition, a->state) < std::tie(b->partition, b->state);
  };
  if (keys == "i") {
    std::stable_sort(jobs->begin(), jobs->end(), by_id);
  } else if (!std::is_sorted(jobs->begin(), jobs->end(), by_partition)) {
    std::stable_sort(jobs->begin(), jobs->end(), by_partition);
  }
}

class Printer {
 public:
  Printer(const State& state, const Call& call,
          std::vector<SqueueColumn> columns, std::string* out)
      : state_(state), call_(call), columns_(std::move(columns)), out_(out) {}

  void PrintHeader() {
    for (const SqueueColumn& column : columns_) {
      Append(column, column.field == nullptr ? "" : column.field->header);
    }
    out_->push_back('\n');
  }

  void Print(const Job& job) {
    for (const SqueueColumn& column : columns_) {
      Append(column, column.field == nullptr
                         ? ""
                         : column.field->text(state_, call_, job));
    }
    out_->push_back('\n');
  }

  // With -r: one line for each task that waits.
  void PrintTasks(Job job) {
    const std::string summary = std::move(job.array_summary);
    job.array_summary.clear();
    for (const int64_t task : ExpandTaskList(summary)) {
      job.array_task_id = task;
      Print(job);
    }
  }

 private:
  void Append(const SqueueColumn& column, absl::string_view text) {
    AppendColumn(column, text, out_);
  }

  const State& state_;
  const Call& call_;
  const std::vector<SqueueColumn> columns_;
  std::string* const out_;
};

}  // namespace

Output RunSqueue(const State& state, const Call& call) {
  Options options = ParseOptions(Specs(), call.args);
  if (!options.error.empty()) {
    return Failure(absl::StrCat("squeue: ", options.error,
                                "\nTry \"squeue --help\" for more "
                                "information\n"));
  }
  if (options.Has("version")) return VersionOutput(state);
  if (!options.operands.empty()) {
    return Failure(absl::StrCat("squeue: error: Unrecognized option: ",
                                options.operands[0], "\n", kUsage));
  }
  ReadEnvironment(call, &options);
  Output output;
  Selection selection;
  if (!selection.Read(state, options, &output)) return output;
  std::vector<SqueueColumn> columns =
      options.Has("Format")
          ? ParseLongFormat(options.Get("Format"), &output.err)
          : ParseShortFormat(
                options.Has("format") ? options.Get("format") : kDefaultFormat,
                &output.err);

  constexpr char kMessageStart[] = "slurm_load_jobs error: ";
  if (const auto fault =
          ContactController(call, "REQUEST_JOB_INFO", kMessageStart)) {
    return *fault;
  }
  std::vector<const Job*> jobs;
  bool any_loaded = false;
  for (const Job& job : state.jobs) {
    if (!selection.Loads(job)) continue;
    any_loaded = true;
    if (selection.Shows(job)) jobs.push_back(&job);
  }
  if (selection.OneJobOnly() && !any_loaded) {
    return Failure(absl::StrCat(kMessageStart, "Invalid job id specified\n"));
  }
  Sort(options.Get("sort"), &jobs);
  Printer printer(state, call, std::move(columns), &output.out);
  if (!options.Has("noheader")) {
    if (!call.cluster.empty()) {
      absl::StrAppend(&output.out, "CLUSTER: ", call.cluster, "\n");
    }
    printer.PrintHeader();
  }
  for (const Job* job : jobs) {
    if (options.Has("array") && !job->array_summary.empty()) {
      printer.PrintTasks(*job);
    } else {
      printer.Print(*job);
    }
  }
  return output;
}

}  // namespace smon::slurm_standin
