#include "server/monitor/job_watch.h"

namespace smon {
namespace {

// A page is not kept for one that takes longer than this to go on with it.
constexpr absl::Duration kKeepPage = absl::Seconds(1);

}  // namespace

void JobWatch::Begin(const ChangePosition& last, absl::Duration now) {
  MutexLock lock(&mu_);
  if (begun_ || ended_) return;
  begun_ = true;
  position_ = after_.value_or(last);
  // The cursor is of changes that the Store has lost, having been put back to
  // an older copy, say. What came instead of them is not known: tell all.
  if (!Covers(last, position_)) position_ = ChangePosition();
  // At once, so that the reader has a cursor before anything changes.
  Write(Heartbeat(), now);
}

void JobWatch::Pump(absl::Duration now) {
  MutexLock lock(&mu_);
  TellNext(now);
}

void JobWatch::OnWritten(absl::Duration now) {
  MutexLock lock(&mu_);
  writing_ = nullptr;
  TellNext(now);
}

bool JobWatch::Tick(absl::Duration now) {
  MutexLock lock(&mu_);
  if (stream_ == nullptr) return false;
  const absl::Duration since = now - told_at_;
  if (ended_) {
    if (!cancelled_ && since >= options_.patience) {
      cancelled_ = true;
      stream_->Cancel();
    }
    return false;
  }
  if (check_ != nullptr) {
    if (const absl::Status allowed = check_(); !allowed.ok()) {
      EndLocked(allowed, kNotAllowed, now);
      return false;
    }
  }
  if (!begun_) return false;
  if (writing_ == nullptr) {
    if (since >= options_.heartbeat) Write(Heartbeat(), now);
    return false;
  }
  if (since >= kKeepPage) page_ = nullptr;
  if (since < options_.patience) return false;
  EndLocked(absl::ResourceExhaustedError(
                "the stream was read too slowly; go on from the last cursor"),
            kSlowReader, now);
  return true;
}

void JobWatch::End(const absl::Status& status, const char* reason,
                   absl::Duration now) {
  MutexLock lock(&mu_);
  EndLocked(status, reason, now);
}

void JobWatch::Detach() {
  MutexLock lock(&mu_);
  ended_ = true;
  stream_ = nullptr;
  page_ = nullptr;
  writing_ = nullptr;
}

void JobWatch::TellNext(absl::Duration now) {
  if (!begun_ || ended_ || writing_ != nullptr) return;
  if (auto response = NextChange()) Write(std::move(response), now);
}

std::shared_ptr<const v1::WatchJobsResponse> JobWatch::NextChange() {
  while (true) {
    if (page_ == nullptr) {
      page_ = pages_(this, position_);
      next_in_page_ = 0;
      if (page_ == nullptr) return nullptr;
    }
    while (next_in_page_ < page_->changes.size()) {
      const ChangePage::Change& change = page_->changes[next_in_page_++];
      if (Covers(position_, change.position)) continue;
      position_ = Later(position_, change.position);
      if (matcher_.Matches(change.job)) return change.response;
    }
    position_ = Later(position_, page_->end);
    page_ = nullptr;
  }
}

void JobWatch::Write(std::shared_ptr<const v1::WatchJobsResponse> response,
                     absl::Duration now) {
  writing_ = std::move(response);
  told_at_ = now;
  stream_->Write(writing_.get());
}

std::shared_ptr<const v1::WatchJobsResponse> JobWatch::Heartbeat() const {
  auto response = std::make_shared<v1::WatchJobsResponse>();
  response->set_cursor(options_.cursor_of(position_));
  return response;
}

void JobWatch::EndLocked(const absl::Status& status, const char* reason,
                         absl::Duration now) {
  if (ended_) return;
  ended_ = true;
  told_at_ = now;
  page_ = nullptr;
  if (stream_ != nullptr) stream_->Finish(status, reason);
}

}  // namespace smon
