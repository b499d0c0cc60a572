#include "server/store/membership.h"

#include <time.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log.h"
#include "common/status_macros.h"
#include "common/utf8.h"
#include "server/store/job_row.h"
#include "server/store/job_table.h"
#include "server/store/replica_table.h"

namespace smon {
namespace {

constexpr absl::Duration kLookEvery = absl::Milliseconds(500);
constexpr int kLooksPerRenewal = 2;
// By so much this replica stops before the others may take over.
constexpr absl::Duration kMargin = absl::Seconds(1);
// Delivery times are of the clocks of all hosts.
constexpr absl::Duration kMostClockError = absl::Seconds(10);
// A replica with its share of the leases leaves one that is free to the others
// for so many renewals.
constexpr int kPatience = 2;
// One that has left it to the others, for so many: longer than any of them
// takes, even if it has its share. And the one that has just left it, for so
// many more: of those that all have left it, it is the next one's turn.
constexpr int kRestingPatience = 5;
constexpr int kLastPatience = 3;

// Never set, and goes on while the machine is suspended.
absl::Duration BootTime() {
  timespec now = {};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return absl::DurationFromTimespec(now);
}

}  // namespace

Membership::Membership(Database* database, const Clock* clock,
                       std::function<void()> on_jobs)
    : database_(database), clock_(clock), on_jobs_(std::move(on_jobs)) {}

Membership::~Membership() { Stop(); }

void Membership::SetListener(Listener listener) {
  listener_ = std::move(listener);
}

absl::Status Membership::Start(const Replica& self,
                               const std::vector<std::string>& clusters) {
  self_ = self;
  self_.id = MakeReplicaId();
  clusters_ = clusters;
  Renew();
  SMON_RETURN_IF_ERROR(status());
  thread_ = std::thread([this] { Loop(); });
  return absl::OkStatus();
}

void Membership::Stop() {
  if (!thread_.joinable()) return;
  {
    MutexLock lock(&mu_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  thread_.join();
  const int64_t number = this->number();
  const absl::Status status = database_->Agree([&](soci::session& session) {
    LeaveReplicas(session, number);
    return absl::OkStatus();
  });
  if (!status.ok()) {
    LogWarning("other replicas take over only after a while",
               {{"error", status.message()}});
  }
}

void Membership::Loop() {
  for (int look = 1;; ++look) {
    {
      MutexLock lock(&mu_);
      if (!stopping_) changed_.WaitFor(&mu_, kLookEvery);
      if (stopping_) return;
    }
    if (look % kLooksPerRenewal == 0) Renew();
    LookForJobs();
    PassNotices();
  }
}

void Membership::Renew() {
  const absl::Duration sent = BootTime();
  const int64_t number = this->number();
  leaving_.clear();
  {
    MutexLock lock(&mu_);
    if (sent >= state_.valid_until + kMargin) heard_since_ = sent;
    for (const auto& [cluster, rest] : to_leave_) {
      leaving_.insert(cluster);
      resting_until_[cluster] = sent + rest;
    }
  }
  // After an outage of the store, all look dead. Who has just come back waits
  // for the others to do so, too.
  const bool may_judge = number != 0 && sent - heard_since_ >= kReplicaLife;
  Seen seen;
  const absl::Status status = database_->Agree([&](soci::session& session) {
    seen = Seen();
    return AgreeWithOthers(session, number, may_judge, &seen);
  });
  Publish(status, seen, sent);
}

absl::Status Membership::AgreeWithOthers(soci::session& session, int64_t number,
                                         bool may_judge, Seen* seen) {
  State& state = seen->state;
  state.number = number;
  if (number != 0 && !RenewReplica(session, number)) {
    seen->lost = true;
    state.number = 0;
  }
  if (state.number == 0) {
    SMON_ASSIGN_OR_RETURN(state.number, JoinReplicas(session, self_));
  }
  if (may_judge) seen->dead = RemoveDeadReplicas(session);
  state.live = static_cast<int>(CountReplicas(session));
  state.clock_error = FromMicros(ReadServerClock(session)) - clock_->Now();
  for (const std::string& cluster : leaving_) {
    seen->left += GiveLeaseBack(session, cluster, state.number);
  }
  TakeLeases(session, seen);
  return absl::OkStatus();
}

bool Membership::LeavesFree(const std::string& cluster, bool has_share,
                            Seen* seen) const {
  const auto rest = resting_until_.find(cluster);
  const bool rests = rest != resting_until_.end() && BootTime() < rest->second;
  const auto waited = free_for_.find(cluster);
  int free_for = waited == free_for_.end() ? 0 : waited->second;
  if (rests && leaving_.count(cluster) > 0) {
    free_for = -kLastPatience;
  }
  const int patience = rests ? kRestingPatience : has_share ? kPatience : 0;
  if (free_for >= patience) return false;
  seen->free_for[cluster] = free_for + 1;
  return true;
}

void Membership::TakeLeases(soci::session& session, Seen* seen) {
  State& state = seen->state;
  std::map<std::string, int64_t> holders;
  for (const HeldLease& lease : ReadLeases(session)) {
    holders[lease.cluster] = lease.replica;
    if (lease.replica == state.number) {
      state.tokens[lease.cluster] = lease.token;
    }
  }
  const size_t share =
      (clusters_.size() + state.live - 1) / std::max(state.live, 1);
  size_t held = state.tokens.size();
  for (const std::string& cluster : clusters_) {
    if (holders.count(cluster) > 0) continue;
    if (LeavesFree(cluster, held >= share, seen)) continue;
    TakeLease(session, cluster, state.number);
    ++held;
  }
  if (held == state.tokens.size()) return;
  for (const HeldLease& lease : ReadLeases(session)) {
    if (lease.replica != state.number) continue;
    if (state.tokens.emplace(lease.cluster, lease.token).second) {
      seen->taken.push_back(lease.cluster);
    }
  }
}

void Membership::Publish(const absl::Status& status, const Seen& seen,
                         absl::Duration sent) {
  bool changed = false;
  {
    MutexLock lock(&mu_);
    if (status.ok()) {
      state_ = seen.state;
      state_.valid_until = sent + kReplicaLife - kMargin;
      if (absl::AbsDuration(state_.clock_error) > kMostClockError) {
        state_.status = absl::FailedPreconditionError(absl::StrCat(
            "this host's clock and the store's differ by ",
            absl::FormatDuration(absl::AbsDuration(state_.clock_error)),
            "; set them by NTP"));
      }
      totals_.times_lost += seen.lost;
      totals_.leases_taken += static_cast<int64_t>(seen.taken.size());
      totals_.leases_left += seen.left;
      free_for_ = seen.free_for;
      for (const std::string& cluster : leaving_) to_leave_.erase(cluster);
    } else {
      state_.status = status;
      ++totals_.failed_renewals;
    }
    const Roles roles = {state_.number, state_.tokens, state_.live, IsValid()};
    changed = roles != roles_;
    roles_ = roles;
  }
  if (status.ok()) database_->WriteAs(seen.state.number);
  if (seen.lost) {
    LogWarning("this replica had been taken for dead; it has joined again");
  }
  if (seen.dead > 0) {
    LogWarning("other replicas are dead", {{"replicas", seen.dead}});
  }
  for (const std::string& cluster : seen.taken) {
    LogInfo("this replica polls the cluster now",
            {{"cluster", ToPrintable(cluster)}});
  }
  listener_.on_renewal(status);
  if (changed) listener_.on_roles();
}

void Membership::LookForJobs() {
  std::pair<int64_t, int64_t> ids;
  const absl::Status status = database_->Read([&](soci::session& session) {
    ids = {ReadLastId(session, "jobs"), ReadLastId(session, "changes")};
    return absl::OkStatus();
  });
  if (!status.ok() || ids == last_ids_) return;
  last_ids_ = ids;
  on_jobs_();
  listener_.on_jobs();
}

void Membership::PassNotices() {
  int64_t number = 0;
  {
    MutexLock lock(&mu_);
    if (!IsValid() || state_.tokens.empty()) return;
    number = state_.number;
  }
  std::vector<std::pair<std::string, std::string>> notices;
  const absl::Status status = database_->Agree([&](soci::session& session) {
    notices = TakeNotices(session, number);
    return absl::OkStatus();
  });
  if (!status.ok()) return;  // the next renewal tells it
  for (const auto& [cluster, job_id] : notices) {
    listener_.on_notice(cluster, job_id);
  }
}

bool Membership::IsValid() const {
  return state_.number != 0 && BootTime() < state_.valid_until &&
         absl::AbsDuration(state_.clock_error) <= kMostClockError;
}

std::string Membership::id() const { return self_.id; }

int64_t Membership::number() const {
  MutexLock lock(&mu_);
  return state_.number;
}

bool Membership::MaySend() const {
  MutexLock lock(&mu_);
  return IsValid();
}

std::optional<int64_t> Membership::PollToken(const std::string& cluster) const {
  MutexLock lock(&mu_);
  if (!IsValid()) return std::nullopt;
  const auto token = state_.tokens.find(cluster);
  if (token == state_.tokens.end() || to_leave_.count(cluster) > 0) {
    return std::nullopt;
  }
  return token->second;
}

void Membership::LeaveToOthers(const std::string& cluster,
                               absl::Duration rest) {
  MutexLock lock(&mu_);
  to_leave_[cluster] = rest;
}

int Membership::live() const {
  MutexLock lock(&mu_);
  return std::max(state_.live, 1);
}

absl::Status Membership::status() const {
  MutexLock lock(&mu_);
  return state_.status;
}

absl::StatusOr<std::vector<Replica>> Membership::List() const {
  std::vector<Replica> replicas;
  SMON_RETURN_IF_ERROR(database_->Read([&](soci::session& session) {
    replicas = ReadReplicas(session);
    return absl::OkStatus();
  }));
  return replicas;
}

absl::Status Membership::Notify(const std::string& cluster,
                                const std::string& job_id) {
  if (PollToken(cluster).has_value()) {
    listener_.on_notice(cluster, job_id);
    return absl::OkStatus();
  }
  return database_->Agree([&](soci::session& session) {
    return AddNotice(session, cluster, job_id);
  });
}

Replicas::Totals Membership::totals() const {
  MutexLock lock(&mu_);
  return totals_;
}

}  // namespace smon
