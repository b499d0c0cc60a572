#ifndef SMON_SERVER_STORE_STORE_OBSERVER_H_
#define SMON_SERVER_STORE_STORE_OBSERVER_H_

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace smon {

// Is told of each transaction of a Store. Called by the thread that ran it, so
// it must be quick and thread-safe.
class StoreObserver {
 public:
  enum class Operation { kRead, kWrite };

  virtual ~StoreObserver() = default;
  // `waited` for its turn, then `took` that long, to the end of its commit.
  virtual void OnTransaction(Operation operation, absl::Duration waited,
                             absl::Duration took,
                             const absl::Status& status) = 0;
};

}  // namespace smon

#endif  // SMON_SERVER_STORE_STORE_OBSERVER_H_
