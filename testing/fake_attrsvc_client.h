#ifndef SMON_TESTING_FAKE_ATTRSVC_CLIENT_H_
#define SMON_TESTING_FAKE_ATTRSVC_CLIENT_H_

#include <string>
#include <utility>
#include <vector>

#include "server/monitor/attrsvc_client.h"

namespace smon {

// An attrsvc that keeps every request until the test answers it. Not
// thread-safe.
class FakeAttrsvcClient final : public AttrsvcClient {
 public:
  struct Submission {
    SubmitRequest request;
    Callback answer;
  };
  struct Question {
    std::string log_path;
    Callback answer;
  };

  std::vector<Submission> submissions;
  std::vector<Question> questions;
  bool questions_block = false;
  // Probes are answered at once.
  Answer probe_answer = Accepted();
  int probes = 0;
  bool stats_hang = false;  // GetStats is never answered

  void Submit(const SubmitRequest& request, Callback done) override {
    submissions.push_back({request, std::move(done)});
  }
  void GetResult(const std::string& log_path, Callback done) override {
    questions.push_back({log_path, std::move(done)});
  }
  bool QuestionsBlock() const override { return questions_block; }
  void GetStats(Callback done) override {
    if (!stats_hang) done(Accepted());
  }
  void Probe(Callback done) override {
    ++probes;
    done(probe_answer);
  }

  static Answer Accepted() {
    Answer answer;
    answer.kind = AnswerKind::kAccepted;
    answer.http_status = 200;
    return answer;
  }
  static Answer Unavailable() {
    Answer answer;
    answer.kind = AnswerKind::kUnavailable;
    answer.error = "connection refused";
    return answer;
  }
  static Answer Failed(AnswerKind kind, int http_status) {
    Answer answer;
    answer.kind = kind;
    answer.http_status = http_status;
    answer.error = "says no";
    return answer;
  }
  static Answer WithVerdict(Action action, const std::string& reason) {
    Answer answer;
    answer.kind = AnswerKind::kVerdict;
    answer.http_status = 200;
    answer.body = "{\"raw\":true}";
    answer.verdict = Verdict();
    answer.verdict->action = action;
    answer.verdict->action_text = "STOP";
    answer.verdict->reason = reason;
    return answer;
  }
};

}  // namespace smon

#endif  // SMON_TESTING_FAKE_ATTRSVC_CLIENT_H_
