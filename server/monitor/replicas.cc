#include "server/monitor/replicas.h"

#include <unistd.h>

#include <algorithm>
#include <random>
#include <utility>

#include "absl/strings/str_format.h"

namespace smon {

absl::Status SoleReplica::Start(const Replica& self,
                                const std::vector<std::string>& clusters) {
  self_ = self;
  if (self_.id.empty()) self_.id = MakeReplicaId(self.name);
  self_.started_at = clock_->Now();
  self_.polled_clusters = clusters;
  std::sort(self_.polled_clusters.begin(), self_.polled_clusters.end());
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Replica>> SoleReplica::List() const {
  Replica self = self_;
  self.seen_at = clock_->Now();
  return std::vector<Replica>{std::move(self)};
}

absl::Status SoleReplica::Notify(const std::string& cluster,
                                 const std::string& job_id) {
  listener_.on_notice(cluster, job_id);
  return absl::OkStatus();
}

std::string MakeReplicaId(const std::string& name) {
  std::random_device random;
  return absl::StrFormat("%s-%d-%08x", name, static_cast<int>(getpid()),
                         random());
}

}  // namespace smon
