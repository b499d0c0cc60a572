#include "testing/attrsvc_standin/rules.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/utf8.h"

namespace smon::attrsvc_standin {
namespace {

constexpr size_t kMaxLine = 300;

struct Rule {
  absl::string_view action;
  absl::string_view reason;
  // In lower case; any of them.
  std::vector<absl::string_view> words;
};

const std::vector<Rule>& Rules() {
  static const auto* const rules = new std::vector<Rule>{
      {"RESTART", "a node failed", {"due to node failure"}},
      {"RESTART", "the job was preempted", {"due to preemption"}},
      {"RESTART", "the job ran into its time limit", {"due to time limit"}},
      {"STOP", "the job was cancelled", {" cancelled at "}},
      {"STOP",
       "out of memory",
       {"out of memory", "outofmemoryerror", "oom-kill", "oom_kill", "oom kill",
        "memoryerror", "std::bad_alloc", "cannot allocate memory"}},
      {"STOP", "a device-side assert failed", {"device-side assert"}},
      {"RESTART",
       "a GPU failed",
       {"cuda error", "cudaerror", "nvrm: xid", "uncorrectable ecc",
        "gpu has fallen off the bus", "cublas_status_", "cudnn_status_"}},
      {"RESTART",
       "communication between GPUs failed",
       {"nccl error", "nccl warn", "ncclsystemerror", "ncclinternalerror",
        "ncclremoteerror", "ncclunhandledcudaerror",
        "watchdog caught collective operation timeout"}},
  };
  return *rules;
}

const std::vector<Rule>& CrashRules() {
  static const auto* const rules = new std::vector<Rule>{
      {"STOP",
       "the program crashed",
       {"segmentation fault", "core dumped", "bus error",
        "floating point exception", "illegal instruction", "aborted",
        "terminate called"}},
      {"STOP",
       "something that it runs is not there",
       {"command not found", "error while loading shared libraries",
        "no such file or directory"}},
  };
  return *rules;
}

// The line that holds position `at`.
absl::string_view LineAt(absl::string_view log, size_t at) {
  size_t begin = log.rfind('\n', at);
  begin = begin == absl::string_view::npos ? 0 : begin + 1;
  const size_t end = std::min(log.find('\n', at), log.size());
  return absl::StripAsciiWhitespace(log.substr(begin, end - begin));
}

Finding Found(absl::string_view action, absl::string_view reason,
              absl::string_view line) {
  Finding finding;
  finding.action = std::string(action);
  finding.line = ToPrintable(line.substr(0, kMaxLine));
  finding.reason = finding.line.empty()
                       ? std::string(reason)
                       : absl::StrCat(reason, ": ", finding.line);
  return finding;
}

// `lower` is `log` in lower case, byte for byte.
std::optional<Finding> Apply(const std::vector<Rule>& rules,
                             absl::string_view log, absl::string_view lower) {
  for (const Rule& rule : rules) {
    for (const absl::string_view word : rule.words) {
      if (const size_t at = lower.find(word); at != absl::string_view::npos) {
        return Found(rule.action, rule.reason, LineAt(log, at));
      }
    }
  }
  return std::nullopt;
}

// The exception that ends a traceback: its first line that is not indented.
std::optional<Finding> FindTraceback(absl::string_view log) {
  const size_t at = log.rfind("Traceback (most recent call last):");
  if (at == absl::string_view::npos) return std::nullopt;
  std::vector<absl::string_view> lines = absl::StrSplit(log.substr(at), '\n');
  const auto last =
      std::find_if(lines.begin() + 1, lines.end(), [](absl::string_view line) {
        return !line.empty() && !absl::ascii_isspace(line[0]);
      });
  return Found("STOP", "a Python exception",
               last == lines.end() ? lines[0] : *last);
}

std::optional<Finding> FindExitCode(absl::string_view log,
                                    absl::string_view lower) {
  for (const absl::string_view words :
       {"exit code ", "exit code: ", "exit status ",
        "exit status: ", "exited with "}) {
    for (size_t at = lower.find(words); at != absl::string_view::npos;
         at = lower.find(words, at + 1)) {
      const size_t number = at + words.size();
      if (number < lower.size() && lower[number] >= '1' &&
          lower[number] <= '9') {
        return Found("STOP", "the program failed", LineAt(log, at));
      }
    }
  }
  return std::nullopt;
}

std::optional<Finding> FindSuccess(absl::string_view log) {
  log = absl::StripAsciiWhitespace(log);
  if (log.empty()) return std::nullopt;
  const absl::string_view line = LineAt(log, log.size() - 1);
  for (const absl::string_view word : absl::StrSplit(
           line, absl::ByAnyChar(" \t.,;:!()[]'\""), absl::SkipEmpty())) {
    for (const absl::string_view good :
         {"done", "finished", "completed", "success"}) {
      if (absl::EqualsIgnoreCase(word, good)) {
        return Found("CONTINUE", "the log ends well", line);
      }
    }
  }
  return std::nullopt;
}

}  // namespace

Finding Judge(absl::string_view log) {
  const std::string lower = absl::AsciiStrToLower(log);
  if (auto finding = Apply(Rules(), log, lower)) return *finding;
  if (auto finding = FindTraceback(log)) return *finding;
  if (auto finding = Apply(CrashRules(), log, lower)) return *finding;
  if (auto finding = FindExitCode(log, lower)) return *finding;
  if (auto finding = FindSuccess(log)) return *finding;
  return Found("UNKNOWN", "no known pattern", "");
}

}  // namespace smon::attrsvc_standin
