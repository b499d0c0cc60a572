// Input: a line with the status of the response, a line with its
// Content-Encoding, then the body.

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "common/utf8.h"
#include "nlohmann/json.hpp"
#include "server/attrsvc/answers.h"
#include "slurm/fuzz/fuzz.h"

namespace smon {
namespace {

constexpr char kName[] = "http://attrsvc:8000";
constexpr size_t kMostError = 8 * 1024;
constexpr size_t kMostText = 64 * 1024 + 3;

bool IsSuccess(AnswerKind kind) {
  return kind == AnswerKind::kAccepted || kind == AnswerKind::kVerdict ||
         kind == AnswerKind::kInProgress;
}

void CheckAnswer(const IncomingResponse& response, const Answer& answer) {
  SMON_FUZZ_CHECK(answer.http_status == response.status);
  // One line, that says whose error it is.
  SMON_FUZZ_CHECK(answer.error.empty() == IsSuccess(answer.kind));
  SMON_FUZZ_CHECK(answer.error.size() <= kMostError);
  SMON_FUZZ_CHECK(IsValidUtf8(answer.error));
  SMON_FUZZ_CHECK(std::none_of(answer.error.begin(), answer.error.end(),
                               absl::ascii_iscntrl));
  SMON_FUZZ_CHECK(answer.error.empty() ||
                  absl::StartsWith(answer.error, "attrsvc at http://"));
  // A body is kept as it came, and only one that is a JSON object.
  SMON_FUZZ_CHECK(answer.body.empty() || answer.body == response.body);
  if (!answer.body.empty()) {
    SMON_FUZZ_CHECK(response.status == 200);
    SMON_FUZZ_CHECK(nlohmann::json::accept(answer.body));
    SMON_FUZZ_CHECK(IsValidUtf8(answer.body));
    SMON_FUZZ_CHECK(
        absl::StartsWith(absl::StripLeadingAsciiWhitespace(answer.body), "{"));
  }
}

void CheckVerdict(const Answer& answer) {
  const bool is_verdict = answer.kind == AnswerKind::kVerdict;
  SMON_FUZZ_CHECK(answer.verdict.has_value() == is_verdict);
  if (!is_verdict) return;
  SMON_FUZZ_CHECK(!answer.body.empty());
  for (const std::string& text :
       {answer.verdict->action_text, answer.verdict->reason,
        answer.verdict->source, answer.verdict->mode}) {
    SMON_FUZZ_CHECK(IsValidUtf8(text));
    SMON_FUZZ_CHECK(!absl::StrContains(text, '\0'));
    SMON_FUZZ_CHECK(text.size() <= kMostText);
  }
}

void CheckResponse(const IncomingResponse& response) {
  const Answer submit = ReadSubmitAnswer(response, kName);
  CheckAnswer(response, submit);
  SMON_FUZZ_CHECK(submit.kind != AnswerKind::kVerdict &&
                  submit.kind != AnswerKind::kInProgress &&
                  submit.kind != AnswerKind::kUnknownLog);
  const Answer result = ReadResultAnswer(response, kName);
  CheckAnswer(response, result);
  CheckVerdict(result);
  SMON_FUZZ_CHECK(result.kind != AnswerKind::kAccepted);
  CheckAnswer(response, ReadStatsAnswer(response, kName));
  CheckAnswer(response, ReadProbeAnswer(response, kName));
  // Where there is a route, there is an answer of attrsvc's.
  SMON_FUZZ_CHECK(!LacksRoute(response) || !IsSuccess(result.kind));
}

}  // namespace
}  // namespace smon

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  smon::FuzzInput input(data, size);
  smon::IncomingResponse response;
  if (!absl::SimpleAtoi(input.Line(), &response.status)) response.status = 200;
  response.content_encoding = std::string(input.Line());
  response.location = response.content_encoding;
  response.body = std::string(input.Rest());
  smon::CheckResponse(response);
  return 0;
}
