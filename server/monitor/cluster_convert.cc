#include "server/monitor/cluster_convert.h"

#include "absl/time/time.h"
#include "common/utf8.h"
#include "server/monitor/component_health.h"
#include "server/monitor/health_convert.h"
#include "server/monitor/proto_convert.h"

namespace smon {
namespace {

void AddPart(const ComponentHealth::Snapshot& part, absl::Time next_poll,
             v1::Cluster* to) {
  *to->add_components() = ToProto(part, next_poll);
  if (!part.healthy) to->set_status(v1::Health::DEGRADED);
}

}  // namespace

v1::Cluster ToProto(const ClusterWatch::Snapshot& from) {
  v1::Cluster to;
  to.set_name(ToValidUtf8(from.name));
  to.set_slurm_version(ToValidUtf8(from.slurm_version));
  // Of a cluster that has not been asked nothing is known.
  const bool asked = from.slurm.last_success_at != absl::InfinitePast() ||
                     from.slurm.last_error_at != absl::InfinitePast();
  to.set_status(asked ? v1::Health::OK : v1::Health::STATUS_UNSPECIFIED);
  AddPart(from.slurm, from.polls.next_poll, &to);
  if (from.accounting.has_value()) {
    AddPart(*from.accounting, from.polls.next_poll, &to);
  }
  if (from.polls.last_success != absl::InfinitePast()) {
    *to.mutable_last_poll_time() = ToProto(from.polls.last_success);
  }
  if (from.polls.next_poll != absl::InfiniteFuture()) {
    *to.mutable_next_poll_time() = ToProto(from.polls.next_poll);
  }
  return to;
}

}  // namespace smon
