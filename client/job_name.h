#ifndef SMON_CLIENT_JOB_NAME_H_
#define SMON_CLIENT_JOB_NAME_H_

#include <string>

#include "absl/strings/string_view.h"

namespace smon::client {

// Sets the job_id of a request to what was given on the command line: a job's
// id, "123_4", or one with its cluster, "tux/123_4", which is set then, too.
template <typename Request>
void SetJob(absl::string_view name, Request* request) {
  const size_t slash = name.rfind('/');
  if (slash == absl::string_view::npos) {
    request->set_job_id(std::string(name));
    return;
  }
  request->set_cluster(std::string(name.substr(0, slash)));
  request->set_job_id(std::string(name.substr(slash + 1)));
}

}  // namespace smon::client

#endif  // SMON_CLIENT_JOB_NAME_H_
