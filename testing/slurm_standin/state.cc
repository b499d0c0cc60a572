#include "testing/slurm_standin/state.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/status_macros.h"
#include "nlohmann/json.hpp"

namespace smon::slurm_standin {
namespace {

using Json = nlohmann::json;

// Takes the keys of one JSON object and tells which are left over.
class ObjectReader {
 public:
  // `object` must outlive the reader.
  ObjectReader(const Json& object, std::string what)
      : object_(object), what_(std::move(what)) {}

  template <typename T>
  void Read(const char* key, T* value) {
    const Json* found = Find(key);
    if (found != nullptr && !found->is_null()) *value = found->get<T>();
  }

  template <typename T>
  void Read(const char* key, std::optional<T>* value) {
    const Json* found = Find(key);
    if (found == nullptr) return;
    if (found->is_null()) {
      value->reset();
    } else {
      *value = found->get<T>();
    }
  }

  // Text under `key`, or any bytes in base64 under `key`_b64.
  void ReadText(const char* key, std::string* value) {
    Read(key, value);
    const std::string encoded_key = absl::StrCat(key, "_b64");
    std::optional<std::string> encoded;
    Read(encoded_key.c_str(), &encoded);
    if (encoded.has_value() && !absl::Base64Unescape(*encoded, value)) {
      Fail(absl::StrCat(encoded_key, " is not base64"));
    }
  }

  const Json* Find(const char* key) {
    used_.insert(key);
    const auto it = object_.find(key);
    return it == object_.end() ? nullptr : &*it;
  }

  absl::Status Finish() {
    for (const auto& item : object_.items()) {
      if (used_.count(item.key()) == 0) {
        Fail(absl::StrCat("has no key \"", item.key(), "\""));
      }
    }
    return status_;
  }

 private:
  void Fail(absl::string_view problem) {
    if (status_.ok()) {
      status_ = absl::InvalidArgumentError(absl::StrCat(what_, " ", problem));
    }
  }

  const Json& object_;
  const std::string what_;
  std::set<std::string> used_;
  absl::Status status_;
};

void ReadJobFields(ObjectReader* reader, Job* job) {
  reader->Read("raw_id", &job->raw_id);
  reader->Read("array_job_id", &job->array_job_id);
  reader->Read("array_task_id", &job->array_task_id);
  reader->ReadText("array_summary", &job->array_summary);
  reader->Read("het_job_id", &job->het_job_id);
  reader->Read("het_offset", &job->het_offset);
  reader->ReadText("name", &job->name);
  reader->ReadText("user", &job->user);
  reader->ReadText("partition", &job->partition);
  reader->ReadText("state", &job->state);
  reader->ReadText("reason", &job->reason);
  reader->Read("cancelled_by", &job->cancelled_by);
  reader->Read("exit_status", &job->exit_status);
  reader->Read("sacct_exit", &job->sacct_exit);
  reader->Read("restart_count", &job->restart_count);
  const int64_t submit_before = job->submit;
  reader->Read("submit", &job->submit);
  if (job->eligible == submit_before) job->eligible = job->submit;
  reader->Read("eligible", &job->eligible);
  reader->Read("start", &job->start);
  reader->Read("end", &job->end);
  reader->Read("time_limit_minutes", &job->time_limit_minutes);
  reader->ReadText("work_dir", &job->work_dir);
  reader->ReadText("stdout", &job->stdout_pattern);
  reader->ReadText("stderr", &job->stderr_pattern);
  reader->ReadText("command", &job->command);
  reader->ReadText("comment", &job->comment);
  reader->Read("batch", &job->batch);
  reader->ReadText("batch_host", &job->batch_host);
  reader->ReadText("submit_line", &job->submit_line);
  std::string script;
  reader->ReadText("batch_script", &script);
  if (!script.empty()) job->batch_script = script;
  reader->Read("in_queue", &job->in_queue);
  reader->Read("in_accounting", &job->in_accounting);
}

// Appends the job of one entry. With "sacct" in it, whose fields hold for
// accounting only, these are two: what slurmctld knows and what slurmdbd knows.
absl::Status ReadJob(ObjectReader* reader, std::vector<Job>* jobs) {
  Job job;
  ReadJobFields(reader, &job);
  const Json* accounting = reader->Find("sacct");
  SMON_RETURN_IF_ERROR(reader->Finish());
  if (accounting == nullptr) {
    jobs->push_back(std::move(job));
    return absl::OkStatus();
  }
  Job accounted = job;
  ObjectReader override_reader(*accounting, "a job's \"sacct\"");
  ReadJobFields(&override_reader, &accounted);
  SMON_RETURN_IF_ERROR(override_reader.Finish());
  accounted.in_queue = false;
  job.in_accounting = false;
  jobs->push_back(std::move(job));
  jobs->push_back(std::move(accounted));
  return absl::OkStatus();
}

// {"count": 100000, "first_id": 1000, ...fields of a job...}
absl::Status GenerateJobs(const Json& entry, std::vector<Job>* jobs) {
  ObjectReader reader(entry, "\"generate\"");
  int64_t count = 0;
  int64_t first_id = 1;
  reader.Read("count", &count);
  reader.Read("first_id", &first_id);
  std::vector<Job> templates;
  SMON_RETURN_IF_ERROR(ReadJob(&reader, &templates));
  jobs->reserve(jobs->size() + count * templates.size());
  for (int64_t i = 0; i < count; ++i) {
    for (const Job& job : templates) {
      jobs->push_back(job);
      jobs->back().raw_id = first_id + i;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Fault> ReadFault(const Json& entry) {
  Fault fault;
  ObjectReader reader(entry, "a fault");
  reader.ReadText("args_contain", &fault.args_contain);
  reader.Read("preset", &fault.preset);
  reader.Read("sleep_ms", &fault.sleep_ms);
  reader.Read("exit", &fault.exit_status);
  reader.ReadText("stdout_before", &fault.stdout_before);
  reader.ReadText("stderr", &fault.stderr_text);
  reader.Read("truncate_bytes", &fault.truncate_bytes);
  reader.Read("garbage_bytes", &fault.garbage_bytes);
  reader.Read("empty", &fault.empty);
  reader.Read("hang", &fault.hang);
  reader.Read("ignore_sigterm", &fault.ignore_sigterm);
  reader.Read("signal", &fault.signal);
  SMON_RETURN_IF_ERROR(reader.Finish());
  return fault;
}

// Slurm's list of raw ids as it prints it ("36-37"); components have
// consecutive ids.
void SetHetIdSets(std::vector<Job>* jobs) {
  std::map<int64_t, int64_t> last_id;
  for (const Job& job : *jobs) {
    if (!job.het_job_id.has_value()) continue;
    int64_t& last = last_id[*job.het_job_id];
    last = std::max(last, job.raw_id);
  }
  for (Job& job : *jobs) {
    if (!job.het_job_id.has_value()) continue;
    const int64_t last = last_id[*job.het_job_id];
    job.het_id_set = *job.het_job_id == last
                         ? absl::StrCat(last)
                         : absl::StrCat(*job.het_job_id, "-", last);
  }
}

// A list, or one object in its place.
std::vector<Json> AsList(const Json& value) {
  if (value.is_array()) return value.get<std::vector<Json>>();
  return {value};
}

absl::Status ReadParts(ObjectReader* reader, State* state) {
  if (const Json* partitions = reader->Find("partitions")) {
    state->partitions.clear();
    for (const Json& name : *partitions) {
      state->partitions.push_back(
          {name.get<std::string>(), state->partitions.empty()});
    }
  }
  if (const Json* jobs = reader->Find("jobs")) {
    for (const Json& entry : *jobs) {
      ObjectReader job_reader(entry, "a job");
      SMON_RETURN_IF_ERROR(ReadJob(&job_reader, &state->jobs));
    }
  }
  if (const Json* generators = reader->Find("generate")) {
    for (const Json& entry : AsList(*generators)) {
      SMON_RETURN_IF_ERROR(GenerateJobs(entry, &state->jobs));
    }
  }
  SetHetIdSets(&state->jobs);
  for (const Job& job : state->jobs) {
    if (!job.batch_host.empty()) {
      state->nodes.emplace(job.batch_host, job.batch_host);
    }
  }
  if (const Json* faults = reader->Find("faults")) {
    for (const auto& item : faults->items()) {
      for (const Json& entry : AsList(item.value())) {
        SMON_ASSIGN_OR_RETURN(Fault fault, ReadFault(entry));
        state->faults[item.key()].push_back(std::move(fault));
      }
    }
  }
  return reader->Finish();
}

}  // namespace

std::pair<int, int> State::MajorMinor() const {
  const std::vector<std::string> parts = absl::StrSplit(version, '.');
  int major = 0;
  int minor = 0;
  if (parts.size() >= 2) {
    (void)absl::SimpleAtoi(parts[0], &major);
    (void)absl::SimpleAtoi(parts[1], &minor);
  }
  return {major, minor};
}

absl::StatusOr<State> ParseState(absl::string_view text) {
  try {
    const Json root = Json::parse(text.begin(), text.end());
    State state;
    ObjectReader reader(root, "the state");
    reader.Read("cluster", &state.cluster);
    reader.Read("clusters", &state.clusters);
    reader.Read("package", &state.package);
    reader.Read("version", &state.version);
    reader.Read("min_job_age", &state.min_job_age);
    reader.Read("accounting", &state.accounting);
    reader.Read("users", &state.users);
    reader.Read("nodes", &state.nodes);
    reader.Read("now", &state.now);
    SMON_RETURN_IF_ERROR(ReadParts(&reader, &state));
    return state;
  } catch (const Json::exception& e) {
    return absl::InvalidArgumentError(
        absl::StrCat("the state is not valid: ", e.what()));
  }
}

absl::StatusOr<State> LoadState(const std::string& directory) {
  const std::string path = absl::StrCat(directory, "/state.json");
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot open ", path));
  std::ostringstream text;
  text << file.rdbuf();
  return ParseState(text.str());
}

}  // namespace smon::slurm_standin
