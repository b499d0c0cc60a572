#ifndef SMON_SERVER_MONITOR_ANALYSIS_TIME_H_
#define SMON_SERVER_MONITOR_ANALYSIS_TIME_H_

#include "absl/time/time.h"

namespace smon {

// When to ask for a verdict, so that it costs one question or two. Results are
// what attrsvc limits most, so a question that comes too early is dear; one
// that comes too late makes people wait.
//
// The wait before the first question is learned: each answer to a first
// question moves it, so that about 4 of 5 find the analysis done. Later ones
// come after half of that, and after twice as long each time. All waits are
// between 1 s and 10 min; the first is 2 s.
//
// attrsvc's documented form is different: the question is what starts the
// analysis, and is answered at its end. There every question is due at once.
//
//   AnalysisTime time;
//   … submitted; ask after time.FirstWait() …
//   time.OnFirstAnswer(now - submitted_at, /*done=*/false);
//   … ask again after time.NextWait(1) …
//
// Not thread-safe.
class AnalysisTime {
 public:
  static constexpr absl::Duration kLeast = absl::Seconds(1);
  static constexpr absl::Duration kMost = absl::Minutes(10);

  // From the submission to the first question.
  absl::Duration FirstWait() const;
  // From an answer "not yet" to the next question; `asked` is how many
  // questions there were, at least 1.
  absl::Duration NextWait(int asked) const;

  // The first question, asked that long after the submission, found the
  // analysis done, or not.
  void OnFirstAnswer(absl::Duration waited, bool done);

  // Whether questions start the analysis and wait for it.
  void SetQuestionsBlock(bool block) { questions_block_ = block; }

  // What was learned, whatever the form.
  absl::Duration estimate() const { return estimate_; }

 private:
  absl::Duration estimate_ = absl::Seconds(2);
  bool questions_block_ = false;
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_ANALYSIS_TIME_H_
