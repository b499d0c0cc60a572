#include "server/shutdown_signal.h"

#include <pthread.h>
#include <signal.h>

#include <chrono>
#include <utility>

namespace smon {
namespace {

sigset_t Signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  return signals;
}

}  // namespace

ShutdownSignal::ShutdownSignal(std::function<void()> on_signal)
    : on_signal_(std::move(on_signal)) {
  const sigset_t signals = Signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A client that closes its connection is no reason to die.
  signal(SIGPIPE, SIG_IGN);
  // Nor is a limit on the size of files: the store says that it is full.
  signal(SIGXFSZ, SIG_IGN);
  thread_ = std::thread([this] { Listen(); });
}

ShutdownSignal::~ShutdownSignal() {
  {
    MutexLock lock(&mu_);
    ending_ = true;
  }
  // Wakes the listener if no signal has.
  pthread_kill(thread_.native_handle(), SIGTERM);
  thread_.join();
}

void ShutdownSignal::Listen() {
  const sigset_t signals = Signals();
  int number = 0;
  while (sigwait(&signals, &number) != 0 || number == SIGHUP) {
    MutexLock lock(&mu_);
    hangup_ = hangup_ || number == SIGHUP;
    changed_.NotifyAll();
  }
  {
    MutexLock lock(&mu_);
    if (ending_) return;
    received_ = true;
    changed_.NotifyAll();
  }
  on_signal_();
}

bool ShutdownSignal::WaitFor(absl::Duration timeout) {
  using std::chrono::steady_clock;  // whatever is done to the wall clock
  const auto deadline =
      steady_clock::now() + absl::ToChronoNanoseconds(timeout);
  MutexLock lock(&mu_);
  while (!received_ && !hangup_ && steady_clock::now() < deadline) {
    changed_.WaitFor(&mu_, absl::FromChrono(deadline - steady_clock::now()));
  }
  return received_;
}

bool ShutdownSignal::TakeHangup() {
  MutexLock lock(&mu_);
  return std::exchange(hangup_, false);
}

}  // namespace smon
