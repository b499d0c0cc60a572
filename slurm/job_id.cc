#include "slurm/job_id.h"

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/utf8.h"

namespace smon::slurm {
namespace {

// Takes the digits at the front of `*text`. False when there are none, or when
// they do not fit, or when a zero leads, so that a number has one way to be
// written, Slurm's.
bool ConsumeNumber(absl::string_view* text, int64_t* number) {
  size_t length = 0;
  while (length < text->size() && (*text)[length] >= '0' &&
         (*text)[length] <= '9') {
    ++length;
  }
  const bool has_leading_zero = length > 1 && text->front() == '0';
  // SimpleAtoi would also take a sign and spaces.
  if (length == 0 || has_leading_zero ||
      !absl::SimpleAtoi(text->substr(0, length), number)) {
    return false;
  }
  text->remove_prefix(length);
  return true;
}

// The index list of a summary, from its '[' on. squeue cuts long ones, so the
// ']' may be missing and the list may end anywhere, e.g. in "...".
bool IsIndexList(absl::string_view text) {
  return text.find_first_not_of("[]0123456789,-:%.") == absl::string_view::npos;
}

absl::Status NotAnId(absl::string_view text) {
  return absl::InvalidArgumentError(
      absl::StrCat("'", ToPrintable(text.substr(0, 100)),
                   "' is not a Slurm job id such as 123, 123_4 or 123+1"));
}

}  // namespace

absl::StatusOr<JobId> ParseJobId(absl::string_view text) {
  JobId id;
  absl::string_view rest = text;
  if (!ConsumeNumber(&rest, &id.base) || id.base == 0) return NotAnId(text);
  if (rest.empty()) return id;
  const char kind = rest.front();
  if (kind == '+') {
    rest.remove_prefix(1);
    int64_t offset;
    if (!ConsumeNumber(&rest, &offset) || !rest.empty() || offset > INT32_MAX) {
      return NotAnId(text);
    }
    id.het_offset = static_cast<int32_t>(offset);
    return id;
  }
  if (kind == '_') rest.remove_prefix(1);
  if (!rest.empty() && rest.front() == '[') {
    if (!IsIndexList(rest)) return NotAnId(text);
    id.is_summary = true;
    return id;
  }
  int64_t task;
  if (kind != '_' || !ConsumeNumber(&rest, &task) || !rest.empty()) {
    return NotAnId(text);
  }
  id.array_task = task;
  return id;
}

std::string FormatJobId(const JobId& id) {
  if (id.array_task.has_value())
    return absl::StrCat(id.base, "_", *id.array_task);
  if (id.het_offset.has_value())
    return absl::StrCat(id.base, "+", *id.het_offset);
  return absl::StrCat(id.base);
}

}  // namespace smon::slurm
