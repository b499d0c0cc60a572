#ifndef SMON_SERVER_ATTRSVC_MAILBOX_H_
#define SMON_SERVER_ATTRSVC_MAILBOX_H_

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/mutex.h"
#include "gtest/gtest.h"

namespace smon {

// Collects, for a test, what callbacks are called with on another thread.
template <typename T>
class Mailbox {
 public:
  auto Callback() {
    return [this](T mail) {
      const MutexLock lock(&mutex_);
      mails_.push_back(std::move(mail));
      changed_.NotifyAll();
    };
  }

  // All that came, once there are that many. Fails the test when there are
  // fewer after two minutes, or more.
  std::vector<T> Await(size_t count) {
    const absl::Time deadline = absl::Now() + absl::Minutes(2);
    const MutexLock lock(&mutex_);
    while (mails_.size() < count && absl::Now() < deadline) {
      changed_.WaitFor(&mutex_, deadline - absl::Now());
    }
    EXPECT_EQ(mails_.size(), count);
    return mails_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::vector<T> mails_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace smon

#endif  // SMON_SERVER_ATTRSVC_MAILBOX_H_
