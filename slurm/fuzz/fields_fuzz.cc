// Input: one field of a record: a time, a number, an exit code, a state.

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "slurm/fuzz/fuzz.h"
#include "slurm/job_state.h"
#include "slurm/record_fields.h"

namespace {

using namespace smon::slurm;  // NOLINT: all of it is under test

void CheckNumbers(absl::string_view text) {
  const auto number = ParseNumber(text);
  if (number.has_value()) {
    SMON_FUZZ_CHECK(*number >= 0);
    SMON_FUZZ_CHECK(text.find_first_not_of("0123456789") ==
                    absl::string_view::npos);
  }
  const auto time = ParseTime(text);
  if (time.has_value()) {
    SMON_FUZZ_CHECK(number == absl::ToUnixSeconds(*time));
    SMON_FUZZ_CHECK(absl::FormatTime(*time, absl::UTCTimeZone()).size() == 25);
  }
}

void CheckExits(absl::string_view text) {
  const auto exit = ParseExitCode(text);
  SMON_FUZZ_CHECK(!exit || (exit->code >= 0 && exit->signal >= 0));
  const auto wait = ParseWaitStatus(text);
  if (wait.has_value()) {
    SMON_FUZZ_CHECK(wait->code >= 0 && wait->code <= 255);
    SMON_FUZZ_CHECK(wait->signal >= 0 && wait->signal <= 127);
    SMON_FUZZ_CHECK(wait->code == 0 || wait->signal == 0);
    SMON_FUZZ_CHECK(ParseNumber(text).has_value());
  }
}

void CheckState(absl::string_view text) {
  JobRecord record;
  SetState(text, &record);
  SMON_FUZZ_CHECK(record.state == ParseJobState(text));
  SMON_FUZZ_CHECK(record.state != JobState::kFinished);  // our own word
  SMON_FUZZ_CHECK(text.substr(0, record.state_text.size()) ==
                  record.state_text);
  SMON_FUZZ_CHECK(record.state_text.find_first_of(" +\t\n") ==
                  std::string::npos);
  if (record.state != JobState::kOther) {
    SMON_FUZZ_CHECK(ParseJobState(JobStateName(record.state)) == record.state);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text = smon::FuzzInput(data, size).Rest();
  CheckNumbers(text);
  CheckExits(text);
  CheckState(text);
  const absl::string_view shown = NullToEmpty(text);
  SMON_FUZZ_CHECK(shown == text || shown.empty());
  return 0;
}
