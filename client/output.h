#ifndef SMON_CLIENT_OUTPUT_H_
#define SMON_CLIENT_OUTPUT_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace smon::client {

// Writes data to a file descriptor, all of it or an error. Not thread-safe.
//
// The process ignores SIGPIPE, so that a reader that went away ("| head") is
// an error like any other: CANCELLED, and reader_is_gone() from then on.
class Output {
 public:
  explicit Output(int fd) : fd_(fd) {}

  absl::Status Write(absl::string_view data);

  // CANCELLED when the reader is gone, without writing: for who has nothing to
  // write for long.
  absl::Status CheckReader();

  bool reader_is_gone() const { return reader_is_gone_; }

 private:
  const int fd_;
  bool reader_is_gone_ = false;
};

}  // namespace smon::client

#endif  // SMON_CLIENT_OUTPUT_H_
