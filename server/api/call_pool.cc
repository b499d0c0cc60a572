#include "server/api/call_pool.h"

#include <utility>

namespace smon {

CallPool::CallPool(const Options& options)
    : most_waiting_(options.most_waiting) {
  for (int i = 0; i < options.threads; ++i) {
    threads_.emplace_back([this] { Run(); });
  }
}

CallPool::~CallPool() {
  {
    MutexLock lock(&mu_);
    ending_ = true;
    changed_.NotifyAll();
  }
  for (std::thread& thread : threads_) thread.join();
}

bool CallPool::Add(std::function<void()> work) {
  {
    MutexLock lock(&mu_);
    if (waiting_.size() >= most_waiting_) return false;
    waiting_.push_back(std::move(work));
  }
  // Not with the lock held, which the thread that wakes up needs.
  changed_.NotifyOne();
  return true;
}

void CallPool::Run() {
  while (true) {
    std::function<void()> work;
    {
      MutexLock lock(&mu_);
      while (waiting_.empty() && !ending_) changed_.Wait(&mu_);
      if (waiting_.empty()) return;
      work = std::move(waiting_.front());
      waiting_.pop_front();
    }
    work();
  }
}

}  // namespace smon
