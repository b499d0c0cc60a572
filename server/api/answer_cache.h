#ifndef SMON_SERVER_API_ANSWER_CACHE_H_
#define SMON_SERVER_API_ANSWER_CACHE_H_

#include <grpcpp/support/byte_buffer.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

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
  // `version` is that of before the answer was read. Unset, or an old one:
  // nothing is kept.
  void Put(std::optional<uint64_t> version, absl::string_view request,
           const grpc::ByteBuffer& answer);

 private:
  void Empty(uint64_t version) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const size_t most_bytes_;
  Mutex mu_;
  uint64_t version_ ABSL_GUARDED_BY(mu_) = 0;
  size_t bytes_ ABSL_GUARDED_BY(mu_) = 0;
  absl::flat_hash_map<std::string, grpc::ByteBuffer> answers_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace smon

#endif  // SMON_SERVER_API_ANSWER_CACHE_H_
