#ifndef SMON_COMMON_LOG_FLOOD_H_
#define SMON_COMMON_LOG_FLOOD_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/log.h"

namespace smon {

// Keeps a flood of log lines from filling a disk, and from holding up who logs:
// of one message, whatever its fields are, so many lines a second are written.
// How many more there were is told in one line after that second:
//
//   ... WARNING more lines of a message were left out of="log rejected"
//   lines=831
//
// Lines of DEBUG are all written: who asks for them wants them.

// Writes these lines for the seconds that are over. To be called each second.
// Thread-safe.
void LogWhatWasLeftOut();

// As LogInfo, but none is ever left out. For what is bounded otherwise, and has
// to be complete.
void LogInfoAlways(absl::string_view message, LogFields fields);

// Counts the lines. Not thread-safe.
class LogFlood {
 public:
  struct LeftOut {
    LogSeverity severity;
    std::string message;
    int64_t lines;
  };

  explicit LogFlood(int most_per_second) : most_(most_per_second) {}

  // Whether a line is to be written; `now` never goes back.
  bool Admit(LogSeverity severity, absl::string_view message,
             absl::Duration now);
  // What was left out in seconds that are over. Each is told once.
  std::vector<LeftOut> Take(absl::Duration now);

 private:
  struct Count {
    absl::Duration since;  // its second began
    int64_t lines = 0;
  };
  using Key = std::pair<LogSeverity, std::string>;

  // Begins another second for this message; tells of the last.
  void Close(const Key& key, Count* count);

  const int most_;
  std::map<Key, Count> counts_;
  std::vector<LeftOut> left_out_;
};

}  // namespace smon

#endif  // SMON_COMMON_LOG_FLOOD_H_
