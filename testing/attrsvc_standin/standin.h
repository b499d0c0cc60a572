#ifndef SMON_TESTING_ATTRSVC_STANDIN_STANDIN_H_
#define SMON_TESTING_ATTRSVC_STANDIN_STANDIN_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "testing/attrsvc_standin/service.h"

namespace smon::attrsvc_standin {

struct StandInOptions {
  ServiceOptions service;
  // On 127.0.0.1; 0 for a free one, nothing for no TCP.
  std::optional<int> port = 0;
  // Where to listen on a unix socket; empty for none. A socket that nobody
  // listens on any more is replaced.
  std::string unix_socket;
};

// The stand-in attrsvc, listening, on a thread of its own:
//
//   auto attrsvc = AttrsvcStandIn::Start({});
//   ... --attrsvc_url=(*attrsvc)->url() ...
//   (*attrsvc)->service().Requests();
//
// Its destructor stops it at once, also where answers are outstanding.
// Connections are not timed out, requests have at most 1 MiB: it is for tests.
class AttrsvcStandIn {
 public:
  static absl::StatusOr<std::unique_ptr<AttrsvcStandIn>> Start(
      const StandInOptions& options);
  ~AttrsvcStandIn();

  // 0 without TCP.
  int port() const;
  // "http://127.0.0.1:PORT", or "unix:///PATH" without TCP.
  std::string url() const;
  Service& service();

 private:
  class Impl;
  explicit AttrsvcStandIn(std::unique_ptr<Impl> impl);

  const std::unique_ptr<Impl> impl_;
};

}  // namespace smon::attrsvc_standin

#endif  // SMON_TESTING_ATTRSVC_STANDIN_STANDIN_H_
