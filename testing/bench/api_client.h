#ifndef SMON_TESTING_BENCH_API_CLIENT_H_
#define SMON_TESTING_BENCH_API_CLIENT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace smon {

// A connection of its own to smonsvc. Each call is one request and returns
// whether it was answered well.
class ApiClient {
 public:
  virtual ~ApiClient() = default;
  virtual bool GetJob(int64_t id) = 0;
  // The next page of 100 of all jobs; the first again after the last.
  virtual bool ListJobs() = 0;
};

std::unique_ptr<ApiClient> NewGrpcClient(int port);
std::unique_ptr<ApiClient> NewJsonClient(int port);

// A plain TCP connection to a port of this host, for one who may behave badly.
class RawConnection {
 public:
  explicit RawConnection(int port);
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  bool Send(absl::string_view text);
  // At most 64 KiB more, waited for; empty at the end.
  std::string Receive();

 private:
  const int fd_;
};

}  // namespace smon

#endif  // SMON_TESTING_BENCH_API_CLIENT_H_
