#include "server/attrsvc/answers.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "common/utf8.h"
#include "curl/curl.h"
#include "server/attrsvc/answer_fields.h"

namespace smon {
namespace {

constexpr absl::Duration kMaxRetryAfter = absl::Hours(1);
constexpr size_t kMaxVerdictText = 16 * 1024;
constexpr size_t kMaxErrorText = 500;

// At most `limit` bytes, cut between two characters of valid UTF-8.
absl::string_view Cut(absl::string_view text, size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (text[limit] & 0xC0) == 0x80) --limit;
  return text.substr(0, limit);
}

// Text for a Verdict. Not every database takes a NUL.
std::string VerdictText(absl::string_view text) {
  const absl::string_view cut = Cut(text, kMaxVerdictText);
  return ToValidUtf8(
      absl::StrReplaceAll(cut, {{absl::string_view("\0", 1), "\\x00"}}));
}

// Foreign text within an error sentence.
std::string ErrorText(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  const absl::string_view cut = Cut(text, kMaxErrorText);
  return ToPrintable(absl::StrCat(cut, cut.size() < text.size() ? "..." : ""));
}

// "ErrorCode.NOT_FOUND" and "not_found" are the same.
std::string ErrorCode(const AnswerFields& fields) {
  std::string code = fields.Text("error_code");
  if (code.empty()) code = fields.Text("detail.error_code");
  code = absl::AsciiStrToLower(absl::StripAsciiWhitespace(code));
  code = std::string(absl::StripPrefix(code, "errorcode."));
  // FastAPI's own errors, when attrsvc dresses them up: "404".
  const bool number =
      std::all_of(code.begin(), code.end(), absl::ascii_isdigit);
  return number ? "" : std::string(Cut(code, 100));
}

std::string Message(const AnswerFields& fields) {
  for (const absl::string_view path :
       {"message", "detail.message", "detail", "error"}) {
    if (std::string text = fields.Text(path); !text.empty()) return text;
  }
  return "";
}

// An Answer under construction: the response with what was found in its body.
class Reading {
 public:
  Reading(const IncomingResponse& response, absl::string_view attrsvc)
      : response_(response),
        attrsvc_(attrsvc),
        fields_(ReadAnswerFields(response.body)) {
    if (fields_) code_ = ErrorCode(*fields_);
  }

  const IncomingResponse& response() const { return response_; }
  const std::optional<AnswerFields>& fields() const { return fields_; }
  const std::string& code() const { return code_; }

  Answer Make(AnswerKind kind) const {
    Answer answer;
    answer.kind = kind;
    answer.http_status = response_.status;
    answer.retry_after =
        ParseRetryAfter(response_.retry_after, response_.received);
    return answer;
  }

  // With the sentence "attrsvc at ... answered 403 not_readable: why; hint".
  Answer Fail(AnswerKind kind, absl::string_view hint = "",
              PathProblem problem = PathProblem::kNone) const {
    Answer answer = Make(kind);
    answer.problem = problem;
    answer.error =
        absl::StrCat("attrsvc at ", attrsvc_, " answered ", response_.status);
    if (!code_.empty()) absl::StrAppend(&answer.error, " ", ErrorText(code_));
    const std::string message = fields_ ? Message(*fields_) : "";
    if (!message.empty()) {
      absl::StrAppend(&answer.error, ": ", ErrorText(message));
    }
    if (!hint.empty()) absl::StrAppend(&answer.error, "; ", hint);
    return answer;
  }

  // For a 200 that no healthy attrsvc gives.
  Answer FailOddly(absl::string_view what) const {
    Answer answer = Make(AnswerKind::kUnavailable);
    answer.error = absl::StrCat("attrsvc at ", attrsvc_, " answered 200 with ",
                                what, "; is that address attrsvc's?");
    return answer;
  }
  Answer FailNotJson() const {
    const std::string& encoding = response_.content_encoding;
    if (encoding.empty() || absl::EqualsIgnoreCase(encoding, "identity")) {
      return FailOddly("a body that is not a JSON object");
    }
    return FailOddly(absl::StrCat("a body that is encoded (",
                                  ErrorText(encoding), ") unasked"));
  }

 private:
  const IncomingResponse& response_;
  const absl::string_view attrsvc_;
  const std::optional<AnswerFields> fields_;
  std::string code_;
};

Answer ReadRedirect(const Reading& reading) {
  absl::string_view target = reading.response().location;
  target = target.substr(0, target.find_first_of("?#"));
  std::string hint = "redirects are not followed";
  // A password is not repeated.
  if (!target.empty() && !absl::StrContains(target, "@")) {
    absl::StrAppend(&hint, ": this one leads to ", ErrorText(target));
  }
  return reading.Fail(AnswerKind::kUnavailable, hint);
}

// What is to be said about a status that has nothing to do with one log.
std::optional<Answer> ReadServerTrouble(const Reading& reading) {
  const int status = reading.response().status;
  const bool is_redirect = status >= 300 && status < 400 && status != 304;
  if (is_redirect) return ReadRedirect(reading);
  switch (status) {
    case 401:
    case 407:
      return reading.Fail(AnswerKind::kUnavailable,
                          "something on the way wants credentials");
    case 405:
      return reading.Fail(AnswerKind::kUnavailable,
                          "it has no such route; check the address");
    case 408:
    case 425:
      return reading.Fail(AnswerKind::kUnavailable);
    case 429:
      return reading.Fail(AnswerKind::kRateLimited);
    case 503:
      // Without JSON it is a proxy that cannot reach attrsvc.
      return reading.Fail(reading.fields() ? AnswerKind::kBusy
                                           : AnswerKind::kUnavailable);
    default:
      break;
  }
  if (status == 404 && reading.fields() && reading.code().empty()) {
    return reading.Fail(AnswerKind::kUnavailable,
                        "it has no such route; check the address");
  }
  if (status < 400 || status >= 500) {
    return reading.Fail(AnswerKind::kUnavailable);
  }
  return std::nullopt;
}

// The 4xx that speak of this log.
Answer ReadLogTrouble(const Reading& reading, AnswerKind when_not_found) {
  const int status = reading.response().status;
  if (status == 400 && reading.code() == "empty_file") {
    return reading.Fail(AnswerKind::kNotVisible, "", PathProblem::kFileEmpty);
  }
  if (status == 403) {
    return reading.Fail(AnswerKind::kRejected, "",
                        PathProblem::kPermissionDenied);
  }
  // A proxy may have taken the error_code away.
  const bool not_found =
      reading.code().empty() || reading.code() == "not_found";
  if (status == 404 && not_found) {
    return reading.Fail(when_not_found, "", PathProblem::kNotFound);
  }
  std::string hint;
  if (status == 422) {
    hint = absl::StrCat("smonsvc sent what this attrsvc does not accept: ",
                        ErrorText(reading.response().body));
  }
  return reading.Fail(AnswerKind::kRejected, hint, PathProblem::kOther);
}

Action ActionOf(absl::string_view text) {
  const std::string word =
      absl::AsciiStrToUpper(absl::StripAsciiWhitespace(text));
  if (word == "STOP") return Action::kStop;
  if (word == "RESTART") return Action::kRestart;
  if (word == "CONTINUE") return Action::kContinue;
  if (word == "TIMEOUT") return Action::kTimeout;
  if (word == "UNKNOWN" || word.empty()) return Action::kUnknown;
  return Action::kOther;
}

std::string ModeOf(const AnswerFields& fields) {
  std::string mode = fields.Text("mode");
  if (mode.empty()) mode = fields.Text("result.mode");
  return std::string(Cut(VerdictText(mode), 100));
}

Verdict VerdictOf(const AnswerFields& fields) {
  Verdict verdict;
  verdict.action_text = VerdictText(fields.Text("recommendation.action"));
  // An analysis that ran out of time may come without a recommendation.
  if (verdict.action_text.empty() &&
      absl::EqualsIgnoreCase(fields.Text("result.state"), "timeout")) {
    verdict.action_text = "TIMEOUT";
  }
  verdict.action = ActionOf(verdict.action_text);
  verdict.reason = VerdictText(fields.Text("recommendation.reason"));
  if (verdict.reason.empty()) {
    verdict.reason = VerdictText(fields.Text("result.error"));
  }
  verdict.source = VerdictText(fields.Text("recommendation.source"));
  verdict.mode = absl::AsciiStrToLower(ModeOf(fields));
  return verdict;
}

// The documented form has no status: its 200 means that it is done. Of a word
// that is not known here, only a recommendation shows that it is.
bool IsDone(const AnswerFields& fields) {
  const std::string status = absl::AsciiStrToLower(fields.Text("status"));
  if (status.empty() || status == "completed") return true;
  if (status == "in_flight" || status == "pending") return false;
  return fields.has_recommendation;
}

}  // namespace

Answer ReadSubmitAnswer(const IncomingResponse& response,
                        absl::string_view attrsvc) {
  const Reading reading(response, attrsvc);
  if (response.status == 200) {
    if (!reading.fields()) return reading.FailNotJson();
    if (reading.fields()->not_submitted) {
      return reading.FailOddly("\"submitted\": false");
    }
    Answer answer = reading.Make(AnswerKind::kAccepted);
    answer.mode = absl::AsciiStrToUpper(ModeOf(*reading.fields()));
    return answer;
  }
  if (std::optional<Answer> trouble = ReadServerTrouble(reading)) {
    return *trouble;
  }
  return ReadLogTrouble(reading, AnswerKind::kNotVisible);
}

Answer ReadResultAnswer(const IncomingResponse& response,
                        absl::string_view attrsvc) {
  const Reading reading(response, attrsvc);
  if (response.status == 200) {
    if (!reading.fields()) return reading.FailNotJson();
    const AnswerFields& fields = *reading.fields();
    if (fields.Text("status").empty() && !fields.has_recommendation &&
        !fields.has_result) {
      return reading.FailOddly("no verdict in it");
    }
    Answer answer = reading.Make(IsDone(fields) ? AnswerKind::kVerdict
                                                : AnswerKind::kInProgress);
    answer.mode = absl::AsciiStrToUpper(ModeOf(fields));
    answer.body = response.body;
    if (answer.kind == AnswerKind::kVerdict) {
      answer.verdict = VerdictOf(fields);
    }
    return answer;
  }
  if (std::optional<Answer> trouble = ReadServerTrouble(reading)) {
    return *trouble;
  }
  return ReadLogTrouble(reading, AnswerKind::kUnknownLog);
}

Answer ReadStatsAnswer(const IncomingResponse& response,
                       absl::string_view attrsvc) {
  const Reading reading(response, attrsvc);
  if (response.status == 200) {
    if (!reading.fields()) return reading.FailNotJson();
    Answer answer = reading.Make(AnswerKind::kAccepted);
    answer.body = response.body;
    return answer;
  }
  if (std::optional<Answer> trouble = ReadServerTrouble(reading)) {
    return *trouble;
  }
  return reading.Fail(AnswerKind::kRejected);
}

Answer ReadProbeAnswer(const IncomingResponse& response,
                       absl::string_view attrsvc) {
  const Reading reading(response, attrsvc);
  switch (response.status) {
    case 200:
    case 404:  // the documented form has no such route
    case 405:
    case 429:
      return reading.Make(AnswerKind::kAccepted);
    case 503:
      return reading.Fail(reading.fields() ? AnswerKind::kBusy
                                           : AnswerKind::kUnavailable);
    default:
      break;
  }
  if (std::optional<Answer> trouble = ReadServerTrouble(reading)) {
    return *trouble;
  }
  return reading.Fail(AnswerKind::kUnavailable);
}

bool LacksRoute(const IncomingResponse& response) {
  if (response.status == 405) return true;
  if (response.status != 404) return false;
  const std::optional<AnswerFields> fields = ReadAnswerFields(response.body);
  return !fields || ErrorCode(*fields).empty();
}

std::optional<absl::Duration> ParseRetryAfter(absl::string_view value,
                                              absl::Time now) {
  value = absl::StripAsciiWhitespace(value);
  if (value.empty()) return std::nullopt;
  if (std::all_of(value.begin(), value.end(), absl::ascii_isdigit)) {
    int64_t seconds = 0;
    if (!absl::SimpleAtoi(value, &seconds)) return kMaxRetryAfter;
    return seconds < 3600 ? absl::Seconds(seconds) : kMaxRetryAfter;
  }
  // curl_getdate takes much for a date; an HTTP date begins with a weekday.
  if (!absl::ascii_isalpha(value[0])) return std::nullopt;
  const time_t date = curl_getdate(std::string(value).c_str(), nullptr);
  const absl::Duration left = absl::FromTimeT(date) - now;
  if (date == -1 || left < absl::ZeroDuration()) return std::nullopt;
  return std::min(left, kMaxRetryAfter);
}

}  // namespace smon
