#ifndef SMON_TESTING_FAKE_REPLICAS_H_
#define SMON_TESTING_FAKE_REPLICAS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/mutex.h"
#include "server/monitor/replicas.h"

namespace smon {

// One of several replicas; what the others do is what the test says. Tells its
// listener nothing by itself. Thread-safe.
class FakeReplicas final : public Replicas {
 public:
  void SetNumber(int64_t number) { Set(&number_, number); }
  void SetMaySend(bool may_send) { Set(&may_send_, may_send); }
  void SetLive(int live) { Set(&live_, live); }
  void SetPollToken(const std::string& cluster, std::optional<int64_t> token) {
    MutexLock lock(&mu_);
    tokens_[cluster] = token;
  }

  // Those that List() tells of.
  void SetOthers(std::vector<Replica> others) {
    Set(&others_, std::move(others));
  }

  // How often it was asked for a token.
  int tokens_asked() const { return Get(&tokens_asked_); }
  // What was left to the others: clusters, and for how long.
  std::vector<std::pair<std::string, absl::Duration>> left() const {
    return Get(&left_);
  }
  // "CLUSTER/JOB" of the notices that were handed to it.
  std::vector<std::string> notices() const { return Get(&notices_); }
  const Listener& listener() const { return listener_; }

  absl::Status Start(const Replica&, const std::vector<std::string>&) override {
    return absl::OkStatus();
  }
  void Stop() override {}
  bool shared() const override { return true; }
  std::string id() const override { return "node1/1/00000001"; }
  int64_t number() const override { return Get(&number_); }
  bool MaySend() const override { return Get(&may_send_); }
  std::optional<int64_t> PollToken(const std::string& cluster) const override {
    MutexLock lock(&mu_);
    ++tokens_asked_;
    const auto token = tokens_.find(cluster);
    return token == tokens_.end() ? std::nullopt : token->second;
  }
  void LeaveToOthers(const std::string& cluster, absl::Duration rest) override {
    MutexLock lock(&mu_);
    left_.push_back({cluster, rest});
    tokens_[cluster] = std::nullopt;
  }
  int live() const override { return Get(&live_); }
  absl::Status status() const override { return absl::OkStatus(); }
  absl::StatusOr<std::vector<Replica>> List() const override {
    return Get(&others_);
  }
  absl::Status Notify(const std::string& cluster,
                      const std::string& job_id) override {
    MutexLock lock(&mu_);
    notices_.push_back(cluster + "/" + job_id);
    return absl::OkStatus();
  }
  void SetListener(Listener listener) override {
    listener_ = std::move(listener);
  }
  Totals totals() const override { return {}; }

 private:
  template <typename T>
  void Set(T* member, T value) {
    MutexLock lock(&mu_);
    *member = value;
  }
  template <typename T>
  T Get(const T* member) const {
    MutexLock lock(&mu_);
    return *member;
  }

  Listener listener_;
  mutable Mutex mu_;
  int64_t number_ ABSL_GUARDED_BY(mu_) = 1;
  bool may_send_ ABSL_GUARDED_BY(mu_) = true;
  int live_ ABSL_GUARDED_BY(mu_) = 2;
  std::map<std::string, std::optional<int64_t>> tokens_ ABSL_GUARDED_BY(mu_);
  mutable int tokens_asked_ ABSL_GUARDED_BY(mu_) = 0;
  std::vector<std::pair<std::string, absl::Duration>> left_
      ABSL_GUARDED_BY(mu_);
  std::vector<Replica> others_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> notices_ ABSL_GUARDED_BY(mu_);
};

}  // namespace smon

#endif  // SMON_TESTING_FAKE_REPLICAS_H_
