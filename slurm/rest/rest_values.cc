#include "slurm/rest/rest_values.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "slurm/job_id.h"
#include "slurm/record_fields.h"

namespace smon::slurm {
namespace {

// The last API version that takes every exit for a success.
constexpr int kLastWithoutExitCodes = 39;

// Flags that job_state_string() (Slurm's src/common) shows before the state
// itself, in its order.
constexpr absl::string_view kShownFirst[] = {
    "COMPLETING", "STAGE_OUT",   "CONFIGURING",   "RESIZING",
    "REQUEUED",   "REQUEUE_FED", "REQUEUE_HOLD",  "SPECIAL_EXIT",
    "STOPPED",    "REVOKED",     "RESV_DEL_HOLD", "SIGNALING",
};

// The states themselves.
constexpr absl::string_view kBaseStates[] = {
    "PENDING",   "RUNNING",   "SUSPENDED", "COMPLETED",
    "CANCELLED", "FAILED",    "TIMEOUT",   "NODE_FAIL",
    "PREEMPTED", "BOOT_FAIL", "DEADLINE",  "OUT_OF_MEMORY",
};

std::optional<ExitStatus> MakeExitStatus(int64_t code, int64_t signal) {
  if (code > 255 || signal > 127) return std::nullopt;
  ExitStatus status;
  status.code = static_cast<int32_t>(code);
  status.signal = static_cast<int32_t>(signal);
  return status;
}

}  // namespace

std::optional<int64_t> SummaryOf(const RestRecord& record, const RestIds& ids) {
  const int64_t array = record.Number(ids.array_job_id).value_or(0);
  if (record.Number(ids.array_task_id).has_value()) return std::nullopt;
  if (array == 0 && record.Text(ids.array_tasks).empty()) return std::nullopt;
  return array > 0 ? array : record.Number(ids.raw_id);
}

absl::Status SetRestIds(const RestRecord& record, const RestIds& ids,
                        JobRecord* job) {
  JobId id;
  id.base = record.Number(ids.raw_id).value_or(0);
  if (id.base <= 0) {
    return absl::InvalidArgumentError("its job_id is no number above 0");
  }
  if (const int64_t array = record.Number(ids.array_job_id).value_or(0);
      array > 0) {
    id.base = array;
    id.array_task = record.Number(ids.array_task_id);
    job->array_job_id = array;
    job->array_task_id = id.array_task;
  } else if (const int64_t het = record.Number(ids.het_job_id).value_or(0);
             het > 0) {
    const std::optional<int64_t> offset = record.Number(ids.het_offset);
    if (!offset.has_value() || *offset > INT32_MAX) {
      return absl::InvalidArgumentError("its het_job_offset is no number");
    }
    id.base = het;
    id.het_offset = static_cast<int32_t>(*offset);
    job->het_job_id = het;
    job->het_offset = id.het_offset;
  }
  job->job_id = FormatJobId(id);
  return absl::OkStatus();
}

absl::string_view StateWord(absl::string_view flags) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(flags, ',', absl::SkipEmpty());
  const auto find = [&words](const auto& known) -> absl::string_view {
    for (const absl::string_view word : known) {
      if (std::count(words.begin(), words.end(), word) > 0) return word;
    }
    return {};
  };
  if (words.size() < 2) return words.empty() ? flags : words[0];
  if (const absl::string_view word = find(kShownFirst); !word.empty()) {
    return word;
  }
  if (const absl::string_view word = find(kBaseStates); !word.empty()) {
    return word;
  }
  return words[0];
}

std::optional<ExitStatus> ReadExitStatus(const RestRecord& record,
                                         const RestExitCode& fields,
                                         int api_version, JobState state) {
  if (const absl::string_view number = record.NumberText(fields.number);
      !number.empty()) {
    return ParseWaitStatus(number);
  }
  const absl::string_view status = record.Text(fields.status);
  if (const std::optional<int64_t> signal = record.Number(fields.signal);
      signal.has_value() && *signal > 0) {
    return MakeExitStatus(0, *signal);
  }
  const std::optional<int64_t> code = record.Number(fields.return_code);
  if (!code.has_value() || (status != "SUCCESS" && status != "ERROR")) {
    return std::nullopt;
  }
  if (api_version <= kLastWithoutExitCodes && *code == 0 &&
      state != JobState::kCompleted) {
    return std::nullopt;
  }
  return MakeExitStatus(*code, 0);
}

bool IsSelected(const JobSelection& selection, absl::string_view partition,
                absl::string_view user) {
  if (!selection.user.empty() && user != selection.user) return false;
  if (selection.partitions.empty()) return true;
  for (const absl::string_view name : absl::StrSplit(partition, ',')) {
    if (std::find(selection.partitions.begin(), selection.partitions.end(),
                  name) != selection.partitions.end()) {
      return true;
    }
  }
  return false;
}

}  // namespace smon::slurm
