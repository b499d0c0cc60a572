#ifndef SMON_SERVER_MONITOR_PROTO_CONVERT_H_
#define SMON_SERVER_MONITOR_PROTO_CONVERT_H_

#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"
#include "proto/smon/v1/monitor.pb.h"
#include "server/monitor/job.h"

namespace smon {

// Between the domain's types and the API's. Enums without a counterpart become
// the unspecified or OTHER value.

google::protobuf::Timestamp ToProto(absl::Time time);
// Clamped to what absl::Time and the Store can hold.
absl::Time FromProto(const google::protobuf::Timestamp& time);

v1::Job::State ToProto(slurm::JobState state);
v1::Delivery::Phase ToProto(Phase phase);
v1::Delivery::Problem ToProto(PathProblem problem);
v1::Verdict::Action ToProto(Action action);
// kOther for STATE_UNSPECIFIED and numbers that this version does not know.
slurm::JobState FromProto(v1::Job::State state);

// Without its history.
v1::Job ToProto(const Job& job);

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_PROTO_CONVERT_H_
