#include "server/attrsvc/answers.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "common/utf8.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kName[] = "http://gw:8000";
constexpr char kFastApi404[] = R"({"detail":"Not Found"})";
constexpr char kHtml[] = "<html><body>Bad Gateway</body></html>";

IncomingResponse Response(int status, absl::string_view body) {
  IncomingResponse response;
  response.status = status;
  response.body = std::string(body);
  response.received = absl::FromUnixSeconds(1'700'000'000);
  return response;
}

std::string Error(absl::string_view code) {
  return absl::StrCat(R"({"error_code":")", code,
                      R"(","message":"because","details":null})");
}

Answer Submit(int status, absl::string_view body) {
  return ReadSubmitAnswer(Response(status, body), kName);
}
Answer Result(int status, absl::string_view body) {
  return ReadResultAnswer(Response(status, body), kName);
}

// One row of the contract's error table, or of what it leaves open.
struct Row {
  int status;
  std::string body;
  AnswerKind submit;
  AnswerKind result;
  PathProblem problem = PathProblem::kNone;
};

std::vector<Row> ErrorTable() {
  constexpr auto kRejected = AnswerKind::kRejected;
  constexpr auto kNotVisible = AnswerKind::kNotVisible;
  constexpr auto kUnknownLog = AnswerKind::kUnknownLog;
  constexpr auto kUnavailable = AnswerKind::kUnavailable;
  constexpr auto kRateLimited = AnswerKind::kRateLimited;
  constexpr auto kBusy = AnswerKind::kBusy;
  constexpr auto kOther = PathProblem::kOther;
  constexpr auto kEmpty = PathProblem::kFileEmpty;
  constexpr auto kDenied = PathProblem::kPermissionDenied;
  constexpr auto kNotFound = PathProblem::kNotFound;
  const std::string unprocessable =
      R"({"detail":[{"loc":["body","log_path"],"msg":"Field required"}]})";
  return {
      // The contract's own rows.
      {400, Error("invalid_path"), kRejected, kRejected, kOther},
      {400, Error("not_regular"), kRejected, kRejected, kOther},
      {400, Error("empty_file"), kNotVisible, kNotVisible, kEmpty},
      {403, Error("outside_root"), kRejected, kRejected, kDenied},
      {403, Error("not_readable"), kRejected, kRejected, kDenied},
      {403, Error("logs_dir_not_readable"), kRejected, kRejected, kDenied},
      {404, Error("not_found"), kNotVisible, kUnknownLog, kNotFound},
      {422, unprocessable, kRejected, kRejected, kOther},
      {429, Error("rate_limited"), kRateLimited, kRateLimited},
      {429, R"({"error":"Rate limit exceeded"})", kRateLimited, kRateLimited},
      {503, Error("job_limit_reached"), kBusy, kBusy},
      {500, Error("internal_error"), kUnavailable, kUnavailable},
      // The same codes in other spellings.
      {400, Error("errorcode.empty_file"), kNotVisible, kNotVisible, kEmpty},
      {400, Error("ErrorCode.EMPTY_FILE"), kNotVisible, kNotVisible, kEmpty},
      {404, Error("ERRORCODE.Not_Found"), kNotVisible, kUnknownLog, kNotFound},
      {404, R"({"detail":{"error_code":"not_found"}})", kNotVisible,
       kUnknownLog, kNotFound},
      // A proxy took the body away.
      {400, "", kRejected, kRejected, kOther},
      {403, kHtml, kRejected, kRejected, kDenied},
      {404, "", kNotVisible, kUnknownLog, kNotFound},
      {404, kHtml, kNotVisible, kUnknownLog, kNotFound},
      {429, kHtml, kRateLimited, kRateLimited},
      {500, "", kUnavailable, kUnavailable},
      {502, kHtml, kUnavailable, kUnavailable},
      {503, kHtml, kUnavailable, kUnavailable},
      {503, "", kUnavailable, kUnavailable},
      {504, kHtml, kUnavailable, kUnavailable},
      // No attrsvc, or none that we know, at that address.
      {404, kFastApi404, kUnavailable, kUnavailable},
      {404, Error("404"), kUnavailable, kUnavailable},
      {405, R"({"detail":"Method Not Allowed"})", kUnavailable, kUnavailable},
      {301, "", kUnavailable, kUnavailable},
      {307, kHtml, kUnavailable, kUnavailable},
      // What the table does not name.
      {401, kHtml, kUnavailable, kUnavailable},
      {407, "", kUnavailable, kUnavailable},
      {408, "", kUnavailable, kUnavailable},
      {425, "", kUnavailable, kUnavailable},
      {400, Error("invalid_parameter"), kRejected, kRejected, kOther},
      {404, Error("fr_dump_not_found"), kRejected, kRejected, kOther},
      {409, "", kRejected, kRejected, kOther},
      {413, kHtml, kRejected, kRejected, kOther},
      {418, Error("teapot"), kRejected, kRejected, kOther},
      {204, "", kUnavailable, kUnavailable},
      {206, "{}", kUnavailable, kUnavailable},
      {101, "", kUnavailable, kUnavailable},
      {599, "", kUnavailable, kUnavailable},
      {999, "", kUnavailable, kUnavailable},
  };
}

TEST(AnswersTest, EachRowOfTheErrorTableIsReadAsItSays) {
  for (const Row& row : ErrorTable()) {
    SCOPED_TRACE(absl::StrCat(row.status, " ", row.body));
    for (const bool is_submit : {true, false}) {
      const Answer answer = is_submit ? Submit(row.status, row.body)
                                      : Result(row.status, row.body);
      EXPECT_EQ(answer.kind, is_submit ? row.submit : row.result);
      EXPECT_EQ(answer.problem, row.problem);
      EXPECT_EQ(answer.http_status, row.status);
      EXPECT_FALSE(answer.verdict.has_value());
      EXPECT_THAT(answer.error,
                  HasSubstr(absl::StrCat("attrsvc at http://gw:8000 answered ",
                                         row.status)));
    }
  }
}

TEST(AnswersTest, AnErrorRepeatsTheCodeAndTheMessage) {
  EXPECT_EQ(Submit(403, Error("errorcode.not_readable")).error,
            "attrsvc at http://gw:8000 answered 403 not_readable: because");
  EXPECT_EQ(
      Submit(429, R"({"error":"Rate limit exceeded: 60 per 1 minute"})").error,
      "attrsvc at http://gw:8000 answered 429: Rate limit exceeded: 60 "
      "per 1 minute");
}

TEST(AnswersTest, AHostileMessageIsBoundedAndCannotForgeALine) {
  const std::string body =
      absl::StrCat(R"({"error_code":"x\ny","message":"a\nb\u001b[2J)",
                   std::string(100'000, 'z'), "\"}");
  const std::string error = Submit(400, body).error;
  EXPECT_THAT(error, HasSubstr(R"(a\nb\x1b[2J)"));
  EXPECT_THAT(error, Not(HasSubstr("\n")));
  EXPECT_LT(error.size(), 1000u);
}

TEST(AnswersTest, AValidationErrorShowsWhatAttrsvcDidNotLike) {
  EXPECT_THAT(Submit(422, R"({"detail":[{"msg":"Field required"}]})").error,
              HasSubstr("Field required"));
}

TEST(AnswersTest, ARedirectIsNamedWithoutItsSecrets) {
  IncomingResponse response = Response(302, "");
  response.location = "https://sso.example.org/login?token=hunter2";
  const std::string error = ReadSubmitAnswer(response, kName).error;
  EXPECT_THAT(error, HasSubstr("leads to https://sso.example.org/login"));
  EXPECT_THAT(error, Not(HasSubstr("hunter2")));
  response.location = "https://me:hunter2@sso.example.org/";
  EXPECT_THAT(ReadSubmitAnswer(response, kName).error,
              Not(HasSubstr("hunter2")));
}

TEST(AnswersTest, ASubmittedLogHasItsModeInCapitals) {
  for (const char* mode : {"SPLITLOG", "splitlog"}) {
    const Answer answer =
        Submit(200, absl::StrCat(R"({"submitted":true,"normalized_path":"/l",
              "mode":")",
                                 mode, R"(","files_analyzed":null})"));
    EXPECT_EQ(answer.kind, AnswerKind::kAccepted);
    EXPECT_EQ(answer.mode, "SPLITLOG");
    EXPECT_EQ(answer.error, "");
  }
  EXPECT_EQ(Submit(200, "{}").mode, "");
}

TEST(AnswersTest, A200ThatIsNoAnswerOfAttrsvcAcceptsNothing) {
  for (const char* body : {"", kHtml, "null", "[]", "\"ok\"",
                           "{\"submitted\":tru", "{\"submitted\":false}"}) {
    SCOPED_TRACE(body);
    const Answer answer = Submit(200, body);
    EXPECT_EQ(answer.kind, AnswerKind::kUnavailable);
    EXPECT_THAT(answer.error, HasSubstr("answered 200 with"));
  }
}

TEST(AnswersTest, AResultBecomesAVerdictAndKeepsTheWholeBody) {
  const std::string body =
      R"({"status":"completed","recommendation":{"action":"RESTART","reason":
          "NCCL","source":"log_analyzer"},"result":{"module":"log_analyzer",
          "result":[1]},"mode":"SPLITLOG","new_field":{"kept":true}})";
  const Answer answer = Result(200, body);
  ASSERT_EQ(answer.kind, AnswerKind::kVerdict);
  EXPECT_EQ(answer.verdict->action, Action::kRestart);
  EXPECT_EQ(answer.verdict->action_text, "RESTART");
  EXPECT_EQ(answer.verdict->reason, "NCCL");
  EXPECT_EQ(answer.verdict->source, "log_analyzer");
  EXPECT_EQ(answer.verdict->mode, "splitlog");
  EXPECT_EQ(answer.mode, "SPLITLOG");
  EXPECT_EQ(answer.body, body);
  EXPECT_EQ(answer.verdict->fetched_at, absl::InfinitePast());
}

TEST(AnswersTest, ASplitLogsAnswerKeepsWhatItSaysOfEachFile) {
  const std::string body =
      R"({"status":"completed","mode":"splitlog","sched_restarts":2,
          "log_file":"/logs/7_1.log","recommendation":{"action":"STOP",
          "reason":"r","source":"log_analyzer"},"result":{"module":
          "log_analyzer","mode":"single","result":[
          {"log_file":"/logs/7_0.log","action":"RESTART","line":1.0},
          {"log_file":"/logs/7_1.log","action":"STOP","line":12345678901234567890
          }]}})";
  const Answer answer = Result(200, body);
  ASSERT_EQ(answer.kind, AnswerKind::kVerdict);
  EXPECT_EQ(answer.verdict->action, Action::kStop);
  EXPECT_EQ(answer.verdict->mode, "splitlog");
  EXPECT_EQ(answer.body, body);
}

TEST(AnswersTest, WithoutAStatusA200IsTheVerdict) {
  const Answer answer =
      Result(200, R"({"recommendation":{"action":"STOP"},"status":null})");
  ASSERT_EQ(answer.kind, AnswerKind::kVerdict);
  EXPECT_EQ(answer.verdict->action, Action::kStop);
  EXPECT_EQ(Result(200, R"({"result":{"result":[]}})").kind,
            AnswerKind::kVerdict);
}

TEST(AnswersTest, InFlightAndPendingMeanAskAgain) {
  for (const char* status : {"in_flight", "pending", "Pending", "queued"}) {
    const Answer answer = Result(
        200, absl::StrCat(R"({"status":")", status, R"(","result":{}})"));
    EXPECT_EQ(answer.kind, AnswerKind::kInProgress) << status;
    EXPECT_FALSE(answer.verdict.has_value());
    EXPECT_EQ(answer.error, "");
  }
}

TEST(AnswersTest, EachActionIsMappedAndAnUnknownOneKeptAsText) {
  const std::pair<const char*, Action> actions[] = {
      {"STOP", Action::kStop},         {"restart", Action::kRestart},
      {"CONTINUE", Action::kContinue}, {"UNKNOWN", Action::kUnknown},
      {"", Action::kUnknown},          {"TIMEOUT", Action::kTimeout},
      {"REBOOT NODE", Action::kOther}};
  for (const auto& [text, action] : actions) {
    const Answer answer = Result(
        200, absl::StrCat(R"({"recommendation":{"action":")", text, R"("}})"));
    ASSERT_TRUE(answer.verdict.has_value()) << text;
    EXPECT_EQ(answer.verdict->action, action) << text;
    EXPECT_EQ(answer.verdict->action_text, text);
  }
}

TEST(AnswersTest, AnAnalysisThatTimedOutWithoutARecommendationIsATimeout) {
  const Answer answer =
      Result(200, R"({"status":"completed","recommendation":null,
               "result":{"state":"timeout","error":"took over 600 s"}})");
  ASSERT_TRUE(answer.verdict.has_value());
  EXPECT_EQ(answer.verdict->action, Action::kTimeout);
  EXPECT_EQ(answer.verdict->reason, "took over 600 s");
}

TEST(AnswersTest, A200ThatIsNoResultIsNeverAVerdict) {
  for (const char* body : {"", kHtml, "[]", "null", "{}", R"({"a":1})",
                           R"({"recommendation":"STOP"})", "{\"status\""}) {
    SCOPED_TRACE(body);
    const Answer answer = Result(200, body);
    EXPECT_EQ(answer.kind, AnswerKind::kUnavailable);
    EXPECT_THAT(answer.error, HasSubstr("answered 200 with"));
    EXPECT_EQ(answer.body, "");
  }
}

TEST(AnswersTest, TextsOfAVerdictAreCutBetweenCharactersTheBodyIsNot) {
  std::string reason;
  while (reason.size() < 20'000) reason += "\u20AC";
  const std::string body =
      absl::StrCat(R"({"recommendation":{"action":"STOP\u0000!","reason":")",
                   reason, R"("}})");
  const Answer answer = Result(200, body);
  ASSERT_TRUE(answer.verdict.has_value());
  EXPECT_EQ(answer.verdict->reason.size(), 16'383u);
  EXPECT_TRUE(IsValidUtf8(answer.verdict->reason));
  EXPECT_EQ(answer.verdict->action_text, R"(STOP\x00!)");
  EXPECT_EQ(answer.body, body);
}

TEST(AnswersTest, StatisticsArePassedThroughUntouched) {
  const std::string body = " {\"b\":1,\"a\":{\"x\":[1,2]}}\n";
  const Answer answer = ReadStatsAnswer(Response(200, body), kName);
  EXPECT_EQ(answer.kind, AnswerKind::kAccepted);
  EXPECT_EQ(answer.body, body);
  EXPECT_EQ(ReadStatsAnswer(Response(200, kHtml), kName).kind,
            AnswerKind::kUnavailable);
  EXPECT_EQ(ReadStatsAnswer(Response(404, kFastApi404), kName).kind,
            AnswerKind::kUnavailable);
  EXPECT_EQ(ReadStatsAnswer(Response(500, ""), kName).kind,
            AnswerKind::kUnavailable);
}

TEST(AnswersTest, AProbeAsksOnlyWhetherAttrsvcAnswers) {
  const auto probe = [](int status, absl::string_view body) {
    return ReadProbeAnswer(Response(status, body), kName);
  };
  EXPECT_EQ(probe(200, R"({"status":"ok"})").kind, AnswerKind::kAccepted);
  EXPECT_EQ(probe(404, kFastApi404).kind, AnswerKind::kAccepted);
  EXPECT_EQ(probe(404, "").error, "");
  EXPECT_EQ(probe(429, "").kind, AnswerKind::kAccepted);
  const Answer unhealthy =
      probe(503, R"({"status":"fail","message":"no LLM key"})");
  EXPECT_EQ(unhealthy.kind, AnswerKind::kBusy);
  EXPECT_THAT(unhealthy.error, HasSubstr("no LLM key"));
  for (const int status : {302, 400, 401, 403, 500, 502, 503}) {
    EXPECT_EQ(probe(status, kHtml).kind, AnswerKind::kUnavailable) << status;
  }
}

TEST(AnswersTest, OnlyAnAnswerWithoutAttrsvcsErrorCodeMayMeanAMissingRoute) {
  EXPECT_TRUE(LacksRoute(Response(404, kFastApi404)));
  EXPECT_TRUE(LacksRoute(Response(404, kHtml)));
  EXPECT_TRUE(LacksRoute(Response(404, Error("404"))));
  EXPECT_TRUE(LacksRoute(Response(405, "")));
  EXPECT_FALSE(LacksRoute(Response(404, Error("errorcode.not_found"))));
  EXPECT_FALSE(LacksRoute(Response(200, kFastApi404)));
  EXPECT_FALSE(LacksRoute(Response(500, "")));
}

TEST(AnswersTest, RetryAfterIsReadInSecondsOrAsADateAndCapped) {
  const absl::Time now = absl::FromCivil(
      absl::CivilSecond(2026, 11, 22, 12, 0, 0), absl::UTCTimeZone());
  const std::pair<const char*, std::optional<absl::Duration>> values[] = {
      {"0", absl::ZeroDuration()},
      {"7", absl::Seconds(7)},
      {" 120 ", absl::Minutes(2)},
      {"3600", absl::Hours(1)},
      {"86400", absl::Hours(1)},
      {"99999999999999999999999", absl::Hours(1)},
      {"Sun, 22 Nov 2026 12:00:30 GMT", absl::Seconds(30)},
      {"Sunday, 22-Nov-26 12:00:30 GMT", absl::Seconds(30)},
      {"Sun Nov 22 12:00:30 2026", absl::Seconds(30)},
      {"Mon, 23 Nov 2026 12:00:00 GMT", absl::Hours(1)},
      {"Sun, 22 Nov 2026 11:59:59 GMT", std::nullopt},
      {"", std::nullopt},
      {"-5", std::nullopt},
      {"1.5", std::nullopt},
      {"soon", std::nullopt},
      {"22", absl::Seconds(22)},
      {"2026-11-22", std::nullopt}};
  for (const auto& [value, expected] : values) {
    EXPECT_EQ(ParseRetryAfter(value, now), expected) << value;
  }
}

TEST(AnswersTest, RetryAfterIsPassedOnWithEveryFailure) {
  for (const int status : {429, 503, 500}) {
    IncomingResponse response = Response(status, "{}");
    response.retry_after = "9";
    EXPECT_EQ(ReadResultAnswer(response, kName).retry_after, absl::Seconds(9));
    EXPECT_EQ(ReadSubmitAnswer(response, kName).retry_after, absl::Seconds(9));
  }
}

}  // namespace
}  // namespace smon
