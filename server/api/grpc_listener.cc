#include "server/api/grpc_listener.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log.h"

namespace smon {
namespace {

// Then the other sockets have their turn.
constexpr int kMostInATurn = 256;
// Out of descriptors, or with all connections taken: not to be tried in a tight
// loop. A look at 16,384 of them takes some milliseconds.
constexpr int kPauseMs = 50;

}  // namespace

GrpcListener::GrpcListener(std::vector<ScopedFd> sockets, std::string path,
                           int max_connections)
    : sockets_(std::move(sockets)),
      path_(std::move(path)),
      max_connections_(max_connections) {}

GrpcListener::~GrpcListener() { Stop(); }

absl::Status GrpcListener::Start(std::function<void(int fd)> take) {
  stop_ = ScopedFd(eventfd(0, EFD_CLOEXEC));
  if (stop_.get() < 0) {
    return absl::UnavailableError(
        absl::StrCat("cannot accept gRPC connections: ", std::strerror(errno)));
  }
  take_ = std::move(take);
  thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

void GrpcListener::Stop() {
  if (thread_.joinable()) {
    eventfd_write(stop_.get(), 1);
    thread_.join();
  }
  if (sockets_.empty()) return;
  sockets_.clear();
  if (!path_.empty()) unlink(path_.c_str());
}

GrpcListener::Counts GrpcListener::counts() {
  MutexLock lock(&mu_);
  return {handed_.CountOpen(), refused_};
}

void GrpcListener::Run() {
  bool paused = false;
  while (Await(paused)) {
    paused = false;
    for (const ScopedFd& socket : sockets_) {
      if (!AcceptFrom(socket.get())) paused = true;
    }
  }
}

bool GrpcListener::Await(bool paused) const {
  std::vector<pollfd> fds = {{stop_.get(), POLLIN, 0}};
  for (const ScopedFd& socket : sockets_) {
    if (!paused) fds.push_back({socket.get(), POLLIN, 0});
  }
  poll(fds.data(), fds.size(), paused ? kPauseMs : -1);
  return (fds[0].revents & POLLIN) == 0;
}

bool GrpcListener::AcceptFrom(int listening) {
  bool looked = false;
  bool refused = false;
  for (int i = 0; i < kMostInATurn; ++i) {
    ScopedFd fd(
        accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd.get() < 0) {
      if (errno == EAGAIN) break;
      if (errno == EINTR || errno == ECONNABORTED) continue;
      LogWarning("cannot accept a gRPC connection",
                 {{"error", std::strerror(errno)}});
      return false;
    }
    if (Admit(fd.get(), &looked)) {
      take_(fd.Release());
      continue;
    }
    // No word of why: a client that can read one is connected, and connects
    // again at once.
    refused = true;
    LogWarning("a gRPC connection refused: there are too many",
               {{"at_most", max_connections_}});
  }
  return !refused;
}

bool GrpcListener::Admit(int fd, bool* looked) {
  MutexLock lock(&mu_);
  if (handed_.AtMost() >= max_connections_ && !*looked) {
    *looked = true;
    handed_.CountOpen();
  }
  if (handed_.AtMost() < max_connections_ && handed_.Add(fd)) return true;
  ++refused_;
  return false;
}

}  // namespace smon
