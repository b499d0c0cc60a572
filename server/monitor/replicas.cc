#include "server/monitor/replicas.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <random>

#include "absl/strings/str_format.h"

namespace smon {

SoleReplica::SoleReplica(const Clock* clock) {
  self_.id = MakeReplicaId();
  self_.started_at = clock->Now();
}

absl::Status SoleReplica::Start(const Replica& self,
                                const std::vector<std::string>& clusters) {
  self_.name = self.name;
  self_.address = self.address;
  self_.version = self.version;
  self_.polled_clusters = clusters;
  std::sort(self_.polled_clusters.begin(), self_.polled_clusters.end());
  return absl::OkStatus();
}

absl::Status SoleReplica::Notify(const std::string& cluster,
                                 const std::string& job_id) {
  listener_.on_notice(cluster, job_id);
  return absl::OkStatus();
}

std::string MakeReplicaId() {
  std::array<char, 256> host{};
  std::random_device random;
  const bool known = gethostname(host.data(), host.size() - 1) == 0;
  return absl::StrFormat("%s/%d/%08x", known ? host.data() : "localhost",
                         static_cast<int>(getpid()), random());
}

}  // namespace smon
