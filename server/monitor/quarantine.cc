#include "server/monitor/quarantine.h"

#include <algorithm>
#include <utility>

#include "common/utf8.h"

namespace smon {
namespace {

constexpr size_t kMost = 100;

}  // namespace

void Quarantine::Add(const slurm::JobSnapshot& snapshot, absl::Time now) {
  total_ += snapshot.malformed_records;
  for (const slurm::MalformedRecord& record : snapshot.malformed) {
    Entry entry;
    entry.command = record.command;
    entry.text = ToPrintable(record.text);
    entry.error = ToPrintable(record.error);
    entry.first_seen = now;
    const auto same = std::find_if(
        entries_.begin(), entries_.end(), [&entry](const Entry& other) {
          return other.command == entry.command && other.text == entry.text;
        });
    if (same != entries_.end()) {
      entry.first_seen = same->first_seen;
      entry.times = same->times;
      entries_.erase(same);
    }
    ++entry.times;
    entry.last_seen = now;
    entries_.push_back(std::move(entry));
    if (entries_.size() > kMost) entries_.pop_front();
  }
}

}  // namespace smon
