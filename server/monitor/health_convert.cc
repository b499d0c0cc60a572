#include "server/monitor/health_convert.h"

#include "common/utf8.h"
#include "server/monitor/proto_convert.h"

namespace smon {

v1::Health::Component ToProto(const ComponentHealth::Snapshot& from,
                              absl::Time next_attempt) {
  v1::Health::Component to;
  to.set_name(from.name);
  to.set_cluster(ToValidUtf8(from.cluster));
  to.set_status(from.healthy ? v1::Health::OK : v1::Health::DEGRADED);
  *to.mutable_since_time() = ToProto(from.since);
  to.set_last_error(from.last_error);
  if (from.last_error_at != absl::InfinitePast()) {
    *to.mutable_last_error_time() = ToProto(from.last_error_at);
  }
  if (from.last_success_at != absl::InfinitePast()) {
    *to.mutable_last_success_time() = ToProto(from.last_success_at);
  }
  if (next_attempt != absl::InfiniteFuture()) {
    *to.mutable_next_attempt_time() = ToProto(next_attempt);
  }
  return to;
}

}  // namespace smon
