#include "slurm/filename_pattern.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/utf8.h"

namespace smon::slurm {
namespace {

constexpr int kMaxWidth = 10;  // slurmstepd's MAX_WIDTH

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

absl::Status Unknown(char letter, absl::string_view pattern) {
  return absl::InvalidArgumentError(absl::StrCat("'%", std::string(1, letter),
                                                 "' in '", ToPrintable(pattern),
                                                 "' cannot be told"));
}

// Each backslash goes and shields the character after it.
std::string RemoveBackslashes(absl::string_view pattern) {
  std::string path;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && ++i == pattern.size()) break;
    path.push_back(pattern[i]);
  }
  return path;
}

enum class Outcome { kReplaced, kNoPattern, kUnknown };

Outcome AppendNumber(const std::optional<int64_t>& number, int width,
                     std::string* path) {
  if (!number.has_value()) return Outcome::kUnknown;
  absl::StrAppendFormat(path, "%0*d", width, *number);
  return Outcome::kReplaced;
}

Outcome AppendText(const std::optional<std::string>& text, std::string* path) {
  if (!text.has_value()) return Outcome::kUnknown;
  path->append(*text);
  return Outcome::kReplaced;
}

Outcome AppendModulo(const PatternValues& values, int width,
                     std::string* path) {
  if (!values.has_modulo_pattern.has_value()) return Outcome::kUnknown;
  if (!*values.has_modulo_pattern) return Outcome::kNoPattern;
  // Slurm's manual gives it for array tasks only.
  if (!values.array_task_id.has_value() ||
      *values.array_task_id == kNoArrayTask) {
    return Outcome::kUnknown;
  }
  return AppendNumber(*values.array_task_id % 10, width, path);
}

// Appends what "%<letter>" stands for, in a batch script's file.
Outcome AppendValue(char letter, int width, const PatternValues& values,
                    std::string* path) {
  switch (letter) {
    case 'A':
      return AppendNumber(values.array_job_id, width, path);
    case 'a':
      return AppendNumber(values.array_task_id, width, path);
    case 'b':
      return AppendModulo(values, width, path);
    case 'J':
    case 'j':
      return AppendNumber(values.job_id, width, path);
    case 'N':
      return AppendText(values.host, path);
    case 'n':  // the batch script runs on the job's first node, as task 0
    case 't':
      return AppendNumber(0, width, path);
    case 's':
      path->append("batch");
      return Outcome::kReplaced;
    case 'u':
      return AppendText(values.user, path);
    case 'x':
      return AppendText(values.job_name, path);
    default:
      return Outcome::kNoPattern;
  }
}

}  // namespace

absl::StatusOr<std::string> ExpandFilenamePattern(absl::string_view pattern,
                                                  const PatternValues& values) {
  if (pattern.find('\\') != absl::string_view::npos) {
    return RemoveBackslashes(pattern);
  }
  std::string path;
  size_t i = 0;
  while (i < pattern.size()) {
    if (pattern[i] != '%') {
      path.push_back(pattern[i++]);
      continue;
    }
    if (i + 1 < pattern.size() && pattern[i + 1] == '%') {
      path.push_back('%');
      i += 2;
      continue;
    }
    size_t end = i + 1;  // of the width
    int width = 0;
    while (end < pattern.size() && IsDigit(pattern[end])) {
      width = std::min(width * 10 + (pattern[end] - '0'), kMaxWidth);
      ++end;
    }
    const Outcome outcome =
        end == pattern.size() ? Outcome::kNoPattern
                              : AppendValue(pattern[end], width, values, &path);
    if (outcome == Outcome::kUnknown) return Unknown(pattern[end], pattern);
    if (outcome == Outcome::kReplaced) {
      i = end + 1;
      continue;
    }
    // No pattern: with a width all but its last digit goes; then on from here.
    path.push_back(end == i + 1 ? '%' : pattern[end - 1]);
    i = end;
  }
  return path;
}

}  // namespace smon::slurm
