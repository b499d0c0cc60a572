#ifndef SMON_SERVER_API_GRPC_LISTENER_H_
#define SMON_SERVER_API_GRPC_LISTENER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "common/mutex.h"
#include "common/scoped_fd.h"
#include "server/listen/handed_sockets.h"

namespace smon {

// Accepts connections in a thread of its own and hands each over, while fewer
// than so many are open; others are closed at once. gRPC 1.51, which accepts by
// itself otherwise, has no bound on connections. Thread-safe, but for Start and
// Stop.
class GrpcListener {
 public:
  struct Counts {
    int open = 0;         // now
    int64_t refused = 0;  // since the start, for there were too many
  };

  // `sockets` listen and do not block. `path` is the file of a unix socket,
  // empty for none.
  GrpcListener(std::vector<ScopedFd> sockets, std::string path,
               int max_connections);
  ~GrpcListener();

  // `take` gets each connection, which does not block, and closes it when it
  // ends. At most once. UNAVAILABLE without a descriptor to spare.
  absl::Status Start(std::function<void(int fd)> take);

  // Listens no more, removes the unix socket, and returns when `take` is not
  // called any more. Connections stay. Harmless to repeat.
  void Stop();

  Counts counts();

 private:
  void Run();
  // False when it is to stop.
  bool Await(bool paused) const;
  // Those that wait, though not too many; false when there is to be a pause.
  bool AcceptFrom(int listening);
  // Whether it is one of those that may be open. `looked` is whether this turn
  // has looked for closed ones.
  bool Admit(int fd, bool* looked);

  std::vector<ScopedFd> sockets_;
  const std::string path_;
  const int max_connections_;
  ScopedFd stop_;  // an eventfd that tells the thread to end
  std::function<void(int fd)> take_;
  std::thread thread_;

  Mutex mu_;
  HandedSockets handed_ ABSL_GUARDED_BY(mu_);
  int64_t refused_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace smon

#endif  // SMON_SERVER_API_GRPC_LISTENER_H_
