#ifndef SMON_TESTING_BENCH_SMONSVC_PROCESS_H_
#define SMON_TESTING_BENCH_SMONSVC_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace smon {

// A smonsvc of its own process, ended by the destructor. Aborts when there is
// none to be had: a bench without it has nothing to say.
class SmonsvcProcess {
 public:
  // Waits until it listens. `log` is a file that it makes.
  SmonsvcProcess(const std::string& program,
                 const std::vector<std::string>& arguments,
                 const std::string& log);
  ~SmonsvcProcess();
  SmonsvcProcess(const SmonsvcProcess&) = delete;
  SmonsvcProcess& operator=(const SmonsvcProcess&) = delete;

  int grpc_port() const { return grpc_port_; }
  int http_port() const { return http_port_; }

  // What it has used so far, its children left out.
  absl::Duration CpuTime() const;
  // "VmRSS:" (now) or "VmHWM:" (the most so far).
  int64_t MemoryKib(absl::string_view field) const;

 private:
  pid_t pid_ = -1;
  int grpc_port_ = 0;
  int http_port_ = 0;
};

}  // namespace smon

#endif  // SMON_TESTING_BENCH_SMONSVC_PROCESS_H_
