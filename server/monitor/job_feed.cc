#include "server/monitor/job_feed.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/log.h"
#include "server/monitor/proto_convert.h"

namespace smon {

JobFeed::JobFeed(Store* store, const Clock* clock, Options options)
    : store_(store), clock_(clock), options_(std::move(options)) {
  store_->SetChangeListener([this] { NoteChange(); });
}

JobFeed::~JobFeed() {
  Stop();
  store_->SetChangeListener({});
}

void JobFeed::Start() {
  thread_ = std::thread([this] { Run(); });
}

void JobFeed::Stop() {
  Watches watches;
  {
    MutexLock lock(&mu_);
    if (stopping_) return;
    stopping_ = true;
    watches = AllWatches();
    changed_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
  for (const auto& watch : watches) {
    watch->End(absl::UnavailableError(
                   "smonsvc is stopping; go on from the last cursor"),
               JobWatch::kStopping, clock_->Monotonic());
  }
}

absl::Status JobFeed::Add(std::shared_ptr<JobWatch> watch) {
  JobWatch::Options options = options_.watch;
  watch->Attach(
      [this](JobWatch* asking, const ChangePosition& after) {
        return PageAfter(asking, after);
      },
      std::move(options));
  MutexLock lock(&mu_);
  if (stopping_) return absl::UnavailableError("smonsvc is stopping");
  if (watches_.size() >= options_.most_watches) {
    return absl::ResourceExhaustedError(
        absl::StrCat("there are ", watches_.size(),
                     " streams already, as many as may be; try again later"));
  }
  watches_.emplace(watch.get(), watch);
  new_.push_back(std::move(watch));
  changed_.NotifyAll();
  return absl::OkStatus();
}

void JobFeed::Remove(JobWatch* watch) {
  std::shared_ptr<JobWatch> last;  // dies without the lock
  MutexLock lock(&mu_);
  const auto found = watches_.find(watch);
  if (found == watches_.end()) return;
  last = std::move(found->second);
  watches_.erase(found);
  // Whoever comes next is told only what changes from then on.
  if (watches_.empty()) following_ = false;
  new_.erase(std::remove(new_.begin(), new_.end(), last), new_.end());
  if (in_lagging_.erase(watch) == 0) return;
  lagging_.erase(
      std::find_if(lagging_.begin(), lagging_.end(),
                   [&](const auto& entry) { return entry.first == watch; }));
}

JobFeed::Counts JobFeed::counts() const {
  MutexLock lock(&mu_);
  Counts counts = counts_;
  counts.watches = static_cast<int64_t>(watches_.size());
  return counts;
}

void JobFeed::NoteChange() {
  MutexLock lock(&mu_);
  more_ = true;
  if (!watches_.empty()) changed_.NotifyAll();
}

JobFeed::Watches JobFeed::AllWatches() const {
  Watches all;
  all.reserve(watches_.size());
  for (const auto& [key, watch] : watches_) all.push_back(watch);
  return all;
}

bool JobFeed::HasWork() const {
  if (failed_ || watches_.empty()) return false;
  return !new_.empty() || !lagging_.empty() || (more_ && following_);
}

void JobFeed::Run() {
  while (true) {
    {
      MutexLock lock(&mu_);
      while (!stopping_ && !HasWork()) {
        if (watches_.empty()) {
          // Nobody is there: nothing is read until somebody is.
          pages_.clear();
          old_pages_.clear();
          changed_.Wait(&mu_);
          continue;
        }
        const absl::Duration wait = next_tick_ - clock_->Monotonic();
        if (wait <= absl::ZeroDuration()) break;
        changed_.WaitFor(&mu_, std::min(wait, options_.tick));
      }
      if (stopping_) return;
    }
    BeginNew();
    ReadOn();
    ReadForLagging();
    TickAll();
  }
}

void JobFeed::BeginNew() {
  Watches fresh;
  {
    MutexLock lock(&mu_);
    if (failed_) return;
    fresh.swap(new_);
  }
  if (fresh.empty()) return;
  const absl::StatusOr<ChangePosition> last = store_->LastChange();
  const absl::Duration now = clock_->Monotonic();
  if (!last.ok()) {
    NoteFailure(last.status());
    for (const auto& watch : fresh) {
      watch->End(absl::UnavailableError(
                     "the store cannot be read now; try again later"),
                 JobWatch::kStoreUnavailable, now);
    }
    return;
  }
  {
    MutexLock lock(&mu_);
    if (!following_) {
      following_ = true;
      end_ = *last;
      pages_.clear();
      next_tick_ = now + options_.tick;
    }
    more_ = true;
  }
  for (const auto& watch : fresh) watch->Begin(*last, now);
}

void JobFeed::ReadOn() {
  ChangePosition after;
  {
    MutexLock lock(&mu_);
    if (failed_ || !following_ || !more_) return;
    // Whatever is committed from here on is read by this read, or says so.
    more_ = false;
    after = end_;
  }
  bool more = true;
  const PagePtr page = Read(after, &more);
  Watches watches;
  {
    MutexLock lock(&mu_);
    if (more) more_ = true;
    if (page == nullptr || page->end == after) return;
    end_ = page->end;
    pages_.push_back(page);
    if (pages_.size() > options_.most_pages) pages_.pop_front();
    watches = AllWatches();
  }
  PumpAll(watches);
}

void JobFeed::ReadForLagging() {
  ChangePosition after;
  {
    MutexLock lock(&mu_);
    if (failed_ || lagging_.empty()) return;
    after = lagging_.front().second;
  }
  bool more = true;
  const PagePtr page = Read(after, &more);
  Watches watches;
  {
    MutexLock lock(&mu_);
    if (page == nullptr) return;
    old_pages_.push_back(page);
    if (old_pages_.size() > options_.most_pages) old_pages_.pop_front();
    watches = TakeLagging(*page);
  }
  PumpAll(watches);
}

JobFeed::Watches JobFeed::TakeLagging(const ChangePage& page) {
  Watches taken;
  std::deque<std::pair<JobWatch*, ChangePosition>> left;
  for (const auto& entry : lagging_) {
    if (page.Follows(entry.second)) {
      in_lagging_.erase(entry.first);
      taken.push_back(watches_.at(entry.first));
    } else {
      left.push_back(entry);
    }
  }
  lagging_.swap(left);
  return taken;
}

JobFeed::PagePtr JobFeed::Read(const ChangePosition& after, bool* more) {
  absl::StatusOr<JobChanges> read =
      store_->ReadChanges(after, options_.page_size);
  if (!read.ok()) {
    NoteFailure(read.status());
    return nullptr;
  }
  auto page = std::make_shared<ChangePage>();
  page->begin = after;
  page->end = read->end;
  page->changes.reserve(read->changes.size());
  for (JobChanges::Change& from : read->changes) {
    auto response = std::make_shared<v1::WatchJobsResponse>();
    *response->mutable_job() = ToProto(from.job);
    response->set_cursor(options_.watch.cursor_of(from.position));
    page->changes.push_back(
        {std::move(from.job), from.position, std::move(response)});
  }
  *more = read->more;
  MutexLock lock(&mu_);
  counts_.changes_read += static_cast<int64_t>(page->changes.size());
  return page;
}

void JobFeed::NoteFailure(const absl::Status& status) {
  LogWarning("cannot read the changes of jobs for those who watch",
             {{"error", status.message()}});
  MutexLock lock(&mu_);
  failed_ = true;
}

void JobFeed::PumpAll(const Watches& watches) {
  const absl::Duration now = clock_->Monotonic();
  for (const auto& watch : watches) watch->Pump(now);
}

void JobFeed::TickAll() {
  const absl::Duration now = clock_->Monotonic();
  Watches watches;
  {
    MutexLock lock(&mu_);
    if (now < next_tick_) return;
    next_tick_ = now + options_.tick;
    failed_ = false;
    watches = AllWatches();
  }
  int64_t slow = 0;
  for (const auto& watch : watches) slow += watch->Tick(now) ? 1 : 0;
  if (slow == 0) return;
  LogInfo("streams of WatchJobs were read too slowly; ended",
          {{"streams", slow}});
  MutexLock lock(&mu_);
  counts_.slow_readers += slow;
}

JobFeed::PagePtr JobFeed::PageAfter(JobWatch* watch,
                                    const ChangePosition& after) {
  MutexLock lock(&mu_);
  if (Covers(after, end_)) return nullptr;
  for (const auto* pages : {&pages_, &old_pages_}) {
    for (const PagePtr& page : *pages) {
      if (page->Follows(after)) return page;
    }
  }
  if (watches_.contains(watch) && in_lagging_.insert(watch).second) {
    lagging_.emplace_back(watch, after);
    changed_.NotifyAll();
  }
  return nullptr;
}

}  // namespace smon
