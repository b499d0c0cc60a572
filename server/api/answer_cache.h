#ifndef SMON_SERVER_API_ANSWER_CACHE_H_
#define SMON_SERVER_API_ANSWER_CACHE_H_

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/status.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "common/mutex.h"

namespace smon {

// The answers to what was asked since the Store last changed, so that many who
// ask the same cost little more than one. Thread-safe.
class AnswerCache {
 public:
  // So many bytes of requests and answers are kept, and nothing that alone has
  // more than an eighth of them.
  explicit AnswerCache(size_t most_bytes = size_t{8} << 20)
      : most_bytes_(most_bytes) {}

  // What was put for these bytes of a request under the same version (see
  // Store::Version). Shares the answer's bytes, copies nothing.
  std::optional<grpc::ByteBuffer> Find(std::optional<uint64_t> version,
                                       absl::string_view request);
  // The same; what is not there is read by `read`, and kept if that succeeds.
  // `version` is that of before this call. Where another thread reads the same
  // already, waits for that, but not when `stop` returns true: CANCELLED.
  grpc::Status FindOrRead(
      std::optional<uint64_t> version, const std::string& request,
      const std::function<bool()>& stop,
      const std::function<grpc::Status(grpc::ByteBuffer*)>& read,
      grpc::ByteBuffer* answer);

 private:
  const grpc::ByteBuffer* Known(uint64_t version,
                                absl::string_view request) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Keep(uint64_t version, const std::string& request,
            const grpc::ByteBuffer& answer) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const size_t most_bytes_;
  Mutex mu_;
  CondVar read_;
  // What is being read.
  std::set<std::pair<uint64_t, std::string>> reading_ ABSL_GUARDED_BY(mu_);
  uint64_t version_ ABSL_GUARDED_BY(mu_) = 0;
  size_t bytes_ ABSL_GUARDED_BY(mu_) = 0;
  absl::flat_hash_map<std::string, grpc::ByteBuffer> answers_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace smon

#endif  // SMON_SERVER_API_ANSWER_CACHE_H_
