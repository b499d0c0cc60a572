#ifndef SMON_CLIENT_JOB_WRITER_H_
#define SMON_CLIENT_JOB_WRITER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/output_format.h"
#include "client/terminal.h"
#include "google/protobuf/repeated_field.h"
#include "proto/smon/v1/monitor.pb.h"

namespace smon::client {

using JobList = google::protobuf::RepeatedPtrField<v1::Job>;

// Makes text of a list of jobs, page by page, so that a list of any length
// takes little memory.
//
//   writer.Append(page.jobs(), &text);   // for each page
//   writer.Finish(&text);                // after the last
//
// Without Finish, JSON is left open, so that nobody takes a part for the whole.
// Whatever is in the jobs, the text has no control character but newlines, and
// no name can forge a line. Not thread-safe.
class JobWriter {
 public:
  virtual ~JobWriter() = default;
  virtual absl::Status Append(const JobList& jobs, std::string* text) = 0;
  virtual void Finish(std::string* /*text*/) {}
  // What relative times are counted from, from here on.
  virtual void SetNow(absl::Time /*now*/) {}
};

struct JobListStyle {
  OutputChoice output;
  Terminal terminal;
  absl::Time now;
  absl::TimeZone zone;
  bool headers = true;    // of tables and CSV
  bool clusters = false;  // tables and names say which cluster's each job is
};

// INVALID_ARGUMENT for custom columns that cannot be read.
absl::StatusOr<std::unique_ptr<JobWriter>> MakeJobWriter(
    const JobListStyle& style);

}  // namespace smon::client

#endif  // SMON_CLIENT_JOB_WRITER_H_
