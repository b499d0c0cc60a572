#include "common/log_flood.h"

#include <utility>

namespace smon {
namespace {

constexpr absl::Duration kWindow = absl::Seconds(1);
// There are fewer messages in the program. What comes on top is not counted.
constexpr size_t kMostMessages = 1000;

}  // namespace

bool LogFlood::Admit(LogSeverity severity, absl::string_view message,
                     absl::Duration now) {
  if (severity == LogSeverity::kDebug) return true;
  Key key(severity, std::string(message));
  auto it = counts_.find(key);
  if (it == counts_.end()) {
    if (counts_.size() >= kMostMessages) return true;
    it = counts_.emplace(std::move(key), Count{now, 0}).first;
  }
  if (now - it->second.since >= kWindow) {
    Close(it->first, &it->second);
    it->second.since = now;
  }
  return ++it->second.lines <= most_;
}

void LogFlood::Close(const Key& key, Count* count) {
  if (count->lines > most_) {
    left_out_.push_back({key.first, key.second, count->lines - most_});
  }
  count->lines = 0;
}

std::vector<LogFlood::LeftOut> LogFlood::Take(absl::Duration now) {
  for (auto it = counts_.begin(); it != counts_.end();) {
    if (now - it->second.since < kWindow) {
      ++it;
      continue;
    }
    Close(it->first, &it->second);
    it = counts_.erase(it);
  }
  return std::exchange(left_out_, {});
}

}  // namespace smon
