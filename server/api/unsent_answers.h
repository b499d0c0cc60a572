#ifndef SMON_SERVER_API_UNSENT_ANSWERS_H_
#define SMON_SERVER_API_UNSENT_ANSWERS_H_

#include <cstddef>
#include <list>

#include "absl/base/thread_annotations.h"
#include "common/mutex.h"

namespace smon {

// The answers that gRPC holds because their clients do not take them. HTTP/2
// lets a client be as slow as it likes, and gRPC's own bound on memory does not
// count them. So where they are too many bytes together, the calls that have
// waited longest are cancelled. Thread-safe.
class UnsentAnswers {
 public:
  class Call {
   public:
    virtual ~Call() = default;
    // Called with a lock held: it must start the end of the call and return.
    virtual void Cancel() = 0;

   private:
    friend class UnsentAnswers;
    // Guarded by its lock. 0 while the call is not among `calls_`.
    size_t bytes_ = 0;
    std::list<Call*>::iterator at_;
  };

  // An answer costs that much however small it is.
  static constexpr size_t kLeastBytes = 4096;

  // One answer may be larger than `most_bytes` of all.
  explicit UnsentAnswers(size_t most_bytes = size_t{64} << 20)
      : most_bytes_(most_bytes) {}

  // `call` has an answer of so many bytes, which is about to be sent.
  void Add(Call* call, size_t bytes);
  // gRPC is done with the call. Harmless when it was not added.
  void Remove(Call* call);

 private:
  void Forget(Call* call) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const size_t most_bytes_;
  Mutex mu_;
  size_t bytes_ ABSL_GUARDED_BY(mu_) = 0;
  std::list<Call*> calls_ ABSL_GUARDED_BY(mu_);  // the oldest first
};

}  // namespace smon

#endif  // SMON_SERVER_API_UNSENT_ANSWERS_H_
