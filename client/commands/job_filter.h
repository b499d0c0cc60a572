#ifndef SMON_CLIENT_COMMANDS_JOB_FILTER_H_
#define SMON_CLIENT_COMMANDS_JOB_FILTER_H_

#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "client/session.h"

namespace smon::client {

// Which jobs a command works on, as given on its command line. Not
// thread-safe.
struct JobFilter {
  std::vector<std::string> states;
  std::vector<std::string> phases;
  std::vector<std::string> problems;
  std::vector<std::string> actions;
  std::string user;
  std::string partition;
  std::string name;
  std::string since;
  std::string until;

  // True while no option was given, so that every job matches.
  bool empty() const;
};

// Adds the options that fill `filter`, which must outlive `app`.
void AddJobFilter(CLI::App* app, JobFilter* filter);

// Sets the filters of a ListJobsRequest, a WatchJobsRequest or a
// ResubmitJobsRequest.
// INVALID_ARGUMENT for an unknown name or time.
template <typename Request>
absl::Status SetJobFilter(const JobFilter& filter, const Session& session,
                          Request* request);

}  // namespace smon::client

#endif  // SMON_CLIENT_COMMANDS_JOB_FILTER_H_
