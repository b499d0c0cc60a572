#ifndef SMON_TESTING_NO_SPACE_H_
#define SMON_TESTING_NO_SPACE_H_

#include <signal.h>
#include <sys/resource.h>

namespace smon {

// Files of this process cannot grow beyond a size while it lives, as on a full
// disk.
class NoSpace {
 public:
  explicit NoSpace(rlim_t bytes) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit = {bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~NoSpace() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  NoSpace(const NoSpace&) = delete;
  NoSpace& operator=(const NoSpace&) = delete;

 private:
  rlimit before_;
};

}  // namespace smon

#endif  // SMON_TESTING_NO_SPACE_H_
