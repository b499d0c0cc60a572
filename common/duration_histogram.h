#ifndef SMON_COMMON_DURATION_HISTOGRAM_H_
#define SMON_COMMON_DURATION_HISTOGRAM_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

namespace smon {

// How many durations there were up to each of some bounds, for things that take
// from some hundredths of a second to minutes: a Slurm command, a poll. Copied
// to be read; not thread-safe.
class DurationHistogram {
 public:
  // Upper bounds in seconds, inclusive.
  static constexpr std::array<double, 12> kBounds = {
      0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300};

  void Add(absl::Duration duration) {
    const double seconds = absl::ToDoubleSeconds(duration);
    size_t bucket = 0;
    while (bucket < kBounds.size() && seconds > kBounds[bucket]) ++bucket;
    ++counts_[bucket];
    ++count_;
    sum_ += duration;
  }
  // Those of another one too.
  void Add(const DurationHistogram& other) {
    for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    count_ += other.count_;
    sum_ += other.sum_;
  }

  // Of the durations above the bound before, up to kBounds[bucket]; the last
  // one has those above all bounds.
  int64_t count(size_t bucket) const { return counts_[bucket]; }
  int64_t count() const { return count_; }
  absl::Duration sum() const { return sum_; }

 private:
  std::array<int64_t, kBounds.size() + 1> counts_{};
  int64_t count_ = 0;
  absl::Duration sum_;
};

}  // namespace smon

#endif  // SMON_COMMON_DURATION_HISTOGRAM_H_
