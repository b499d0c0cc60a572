#ifndef SMON_SERVER_MONITOR_ACCOUNTING_WINDOW_H_
#define SMON_SERVER_MONITOR_ACCOUNTING_WINDOW_H_

#include <optional>

#include "absl/time/time.h"

namespace smon {

// Decides which stretch of accounting is read next, so that nothing that ended
// is missed, whatever was away for however long:
//
// - Windows overlap, for rows that reach accounting late. A clock that was set
//   back moves the window back.
// - The watermark (all before it has been read) stays where it is when
//   accounting does not answer, and for two minutes after it does again: when
//   slurmdbd is back from an outage, it answers before slurmctld has handed
//   over what ended meanwhile.
// - A long window that fails is halved: the answer for a week may be too much
//   for one command.
// - Once an hour the last day is read again (an audit), back to the first start
//   at most: what it brings that is not known has been missed.
//
// Not thread-safe.
class AccountingWindow {
 public:
  struct Options {
    absl::Duration overlap = absl::Minutes(10);
    absl::Duration audit_interval = absl::Hours(1);
    absl::Duration audit_window = absl::Hours(24);
  };

  struct Window {
    absl::Time since;
    absl::Time until;  // InfiniteFuture: now
    bool is_audit = false;
    // What ended before this has been in an earlier window.
    absl::Time late_before;
    // To be stored when the window's records are, if set.
    std::optional<absl::Time> watermark;
  };

  explicit AccountingWindow(Options options)
      : options_(options), audit_window_(options.audit_window) {}

  // Where the last run stopped, and the first one began.
  void Load(absl::Time first, absl::Time watermark, absl::Time now);

  Window Next(absl::Time now);
  // Its records are stored, and none of them was put off.
  void Stored(const Window& window, absl::Time now);
  void Failed(const Window& window, absl::Time now);

  // The last window ended before now; the next one need not wait.
  bool is_behind() const { return is_behind_; }
  absl::Time watermark() const { return watermark_; }

 private:
  const Options options_;
  absl::Time first_ = absl::InfinitePast();
  absl::Time watermark_ = absl::InfinitePast();
  absl::Time next_audit_ = absl::InfinitePast();
  absl::Time backlog_until_ = absl::InfinitePast();
  absl::Duration audit_window_;
  absl::Duration longest_ = absl::InfiniteDuration();
  bool is_behind_ = false;
};

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_ACCOUNTING_WINDOW_H_
