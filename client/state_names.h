#ifndef SMON_CLIENT_STATE_NAMES_H_
#define SMON_CLIENT_STATE_NAMES_H_

#include <vector>

#include "client/value_names.h"
#include "proto/smon/v1/monitor.pb.h"

namespace smon::client {

// What --state takes: Slurm's long and short names (squeue(1), "JOB STATE
// CODES"), and the groups "active" (not ended), "ended", and "unsuccessful"
// (ended in anything but COMPLETED).
const std::vector<ValueName>& StateNames();

// As grouped in monitor.proto: the run is over.
bool IsEnded(v1::Job::State state);

// Ended in anything but COMPLETED.
bool IsUnsuccessful(v1::Job::State state);

}  // namespace smon::client

#endif  // SMON_CLIENT_STATE_NAMES_H_
