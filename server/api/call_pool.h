#ifndef SMON_SERVER_API_CALL_POOL_H_
#define SMON_SERVER_API_CALL_POOL_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "common/mutex.h"

namespace smon {

// Threads for calls that may have to wait, for the Store say: gRPC's own few
// threads must never do that. Thread-safe.
class CallPool {
 public:
  struct Options {
    // More than the Store has sessions to read with, so that these are busy
    // while others write or put an answer together.
    int threads = 8;
    // Calls that wait for a thread.
    size_t most_waiting = 256;
  };

  explicit CallPool(const Options& options);
  // Does what still waits, then ends the threads.
  ~CallPool();
  CallPool(const CallPool&) = delete;
  CallPool& operator=(const CallPool&) = delete;

  // Has one of the threads do `work`: what was added first, first. False, and
  // nothing is kept of it, when as many wait as may.
  bool Add(std::function<void()> work);

 private:
  void Run();

  const size_t most_waiting_;
  Mutex mu_;
  CondVar changed_;
  std::deque<std::function<void()>> waiting_ ABSL_GUARDED_BY(mu_);
  bool ending_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace smon

#endif  // SMON_SERVER_API_CALL_POOL_H_
