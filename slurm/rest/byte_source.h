#ifndef SMON_SLURM_REST_BYTE_SOURCE_H_
#define SMON_SLURM_REST_BYTE_SOURCE_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace smon::slurm {

// Bytes that come one piece after another, such as the body of an HTTP answer.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  // The next piece, valid until the next call; empty at the end. After an error
  // there is no more to read.
  virtual absl::StatusOr<absl::string_view> Next() = 0;
};

}  // namespace smon::slurm

#endif  // SMON_SLURM_REST_BYTE_SOURCE_H_
