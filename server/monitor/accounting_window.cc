#include "server/monitor/accounting_window.h"

#include <algorithm>

namespace smon {
namespace {

constexpr absl::Duration kBacklog = absl::Minutes(2);
constexpr absl::Duration kAuditRetry = absl::Minutes(10);
// A window that is not worth halving.
constexpr absl::Duration kShort = absl::Hours(1);

}  // namespace

void AccountingWindow::Load(absl::Time first, absl::Time watermark,
                            absl::Time now) {
  first_ = first;
  watermark_ = watermark;
  next_audit_ = now + options_.audit_interval;
}

AccountingWindow::Window AccountingWindow::Next(absl::Time now) {
  Window window;
  window.since = std::min(watermark_, now) - options_.overlap;
  window.until = absl::InfiniteFuture();
  window.late_before = window.since;
  if (now - window.since > longest_) {
    window.until = window.since + longest_;
  } else if (now >= next_audit_) {
    const absl::Time begin =
        std::max(now - audit_window_, first_ - options_.overlap);
    window.since = std::min(window.since, begin);
    window.is_audit = true;
  }
  if (now >= backlog_until_) window.watermark = std::min(window.until, now);
  return window;
}

void AccountingWindow::Stored(const Window& window, absl::Time now) {
  if (window.watermark.has_value()) watermark_ = *window.watermark;
  is_behind_ = window.until < now && window.watermark.has_value();
  if (is_behind_) longest_ *= 2;
  if (window.is_audit) {
    next_audit_ = now + options_.audit_interval;
    audit_window_ = std::min(audit_window_ * 2, options_.audit_window);
  }
}

void AccountingWindow::Failed(const Window& window, absl::Time now) {
  is_behind_ = false;
  backlog_until_ = now + kBacklog;
  const absl::Duration length = std::min(window.until, now) - window.since;
  if (length <= kShort) return;
  const absl::Duration half = std::max(length / 2, kShort);
  // It was the audit that made it long.
  if (window.since < window.late_before) {
    audit_window_ = half;
    next_audit_ = now + kAuditRetry;
  } else {
    longest_ = half;
  }
}

}  // namespace smon
