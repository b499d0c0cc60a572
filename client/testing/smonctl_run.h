#ifndef SMON_CLIENT_TESTING_SMONCTL_RUN_H_
#define SMON_CLIENT_TESTING_SMONCTL_RUN_H_

#include <string>
#include <vector>

#include "client/testing/run_program.h"
#include "proto/smon/v1/monitor.pb.h"

namespace smon::client {

// Runs the built smonctl in a UTC environment with SMONCTL_ADDRESS set to
// `address`, unless that is empty.
ProgramRun RunSmonctl(const std::string& address, std::vector<std::string> args,
                      ProgramOptions options = {});

// A failed job with a log and a verdict.
v1::Job FailedJob(const std::string& job_id);

}  // namespace smon::client

#endif  // SMON_CLIENT_TESTING_SMONCTL_RUN_H_
