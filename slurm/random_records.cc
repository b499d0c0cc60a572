#include "slurm/random_records.h"

#include <algorithm>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "slurm/testing.h"

namespace smon::slurm {
namespace {

constexpr JobState kEnded[] = {
    JobState::kCompleted,   JobState::kFailed,   JobState::kCancelled,
    JobState::kTimeout,     JobState::kNodeFail, JobState::kPreempted,
    JobState::kOutOfMemory, JobState::kBootFail, JobState::kDeadline,
};

constexpr absl::string_view kHostile[] = {
    "\x1f",
    "\x1e",
    "\n",
    "\r\n",
    "\t",
    "|",
    "\x1e\x1f",
    "7",
    "0:0",
    "\xff",
    "\xc3",
    "\x1b[31m",
    "(null",
    "None",
    "\n8\x1f"
    "8\x1f"
    "FAILED\x1f",
    "%j",
    "\\xff",
    "ArrayJobId=77 ArrayTaskId=3",
    "a b",
    ",",
    "\nStdOut=/etc/passwd",
};

}  // namespace

std::string RandomRecords::Text() {
  std::string text;
  const uint32_t pieces = OneIn(100) ? 500 : Below(6);
  const absl::string_view separator = kTestSeparator;
  for (uint32_t i = 0; i < pieces; ++i) {
    switch (Below(4)) {
      case 0:
        absl::StrAppend(&text, OneOf(kHostile));
        break;
      case 1:  // a beginning or an end of the separator
        if (OneIn(2)) {
          absl::StrAppend(&text, separator.substr(0, Below(separator.size())));
        } else {
          absl::StrAppend(&text,
                          separator.substr(1 + Below(separator.size() - 1)));
        }
        break;
      case 2:
        text.push_back(static_cast<char>(1 + Below(255)));
        break;
      default:
        text.push_back(static_cast<char>('a' + Below(26)));
    }
  }
  // Two pieces may have made a whole one.
  return absl::StrContains(text, separator) ? "x" : text;
}

JobId RandomRecords::Id() {
  JobId id;
  id.base = 1 + (OneIn(10) ? random_() : Below(100));
  if (OneIn(3)) {
    id.array_task = OneIn(10) ? random_() : Below(20);
  } else if (OneIn(3)) {
    id.het_offset = static_cast<int32_t>(Below(20));
  }
  return id;
}

absl::Time RandomRecords::Time() {
  return absl::FromUnixSeconds(1 + Below(2000000000));
}

JobRecord RandomRecords::EndedRecord() {
  JobRecord record;
  const JobId id = Id();
  record.job_id = FormatJobId(id);
  record.raw_id = 1 + random_();
  record.array_task_id = id.array_task;
  record.array_job_id = id.array_task.has_value() ? id.base : 0;
  record.het_offset = id.het_offset;
  record.het_job_id = id.het_offset.has_value() ? id.base : 0;
  record.state = OneOf(kEnded);
  record.state_text = std::string(JobStateName(record.state));
  ExitStatus exit;
  if (OneIn(3)) {
    exit.signal = static_cast<int32_t>(1 + Below(64));
  } else {
    exit.code = static_cast<int32_t>(Below(256));
  }
  record.exit_status = exit;
  record.submit_time = Time();
  if (!OneIn(4)) {
    record.start_time = Time();
    record.batch_host = absl::StrCat("n", Below(100));
  }
  record.end_time = Time();
  for (std::string* text :
       {&record.name, &record.user, &record.partition, &record.work_dir}) {
    *text = Text();
  }
  return record;
}

std::string Describe(const JobRecord& r) {
  const auto number = [](const auto& value) {
    return value.has_value() ? absl::StrCat(*value) : "-";
  };
  const auto time = [](const std::optional<absl::Time>& value) {
    return value.has_value() ? absl::StrCat(absl::ToUnixSeconds(*value)) : "-";
  };
  const ExitStatus exit = r.exit_status.value_or(ExitStatus{-1, -1});
  return absl::StrCat(
      "id=", r.job_id, " raw=", r.raw_id, " array=", r.array_job_id, "_",
      number(r.array_task_id), " het=", r.het_job_id, "+", number(r.het_offset),
      " restarts=", number(r.restart_count), " state=", JobStateName(r.state),
      "/", r.state_text, " exit=", exit.code, ":", exit.signal,
      " submit=", time(r.submit_time), " start=", time(r.start_time),
      " end=", time(r.end_time), " accounting=", r.from_accounting,
      " batch=", number(r.is_batch), " host=", r.batch_host,
      "\n reason=", absl::CHexEscape(r.reason),
      "\n name=", absl::CHexEscape(r.name),
      "\n user=", absl::CHexEscape(r.user),
      "\n partition=", absl::CHexEscape(r.partition),
      "\n work_dir=", absl::CHexEscape(r.work_dir),
      "\n stdout=", absl::CHexEscape(r.stdout_pattern),
      "\n submit_line=", absl::CHexEscape(r.submit_line));
}

}  // namespace smon::slurm
