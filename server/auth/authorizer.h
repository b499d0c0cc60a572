#ifndef SMON_SERVER_AUTH_AUTHORIZER_H_
#define SMON_SERVER_AUTH_AUTHORIZER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "server/auth/failure_limit.h"
#include "server/auth/peer.h"
#include "server/auth/permission.h"
#include "server/auth/token_table.h"

namespace smon {

// How attempts have ended since the start, for metrics.
struct AuthCounts {
  uint64_t admitted = 0;
  uint64_t missing = 0;       // neither token nor certificate
  uint64_t invalid = 0;       // a token that is not known
  uint64_t forbidden = 0;     // known, but may not write
  uint64_t rate_limited = 0;  // not looked at: too many failed before
};

// Who asks, as logs show it: "token:NAME", "cert:NAME", "unix:uid=1000", or
// where nobody has to say who it is, "peer:127.0.0.1".
struct Caller {
  std::string id;
  Permission permission = Permission::kRead;
  // Of the token that let it in; none where something else did.
  std::optional<TokenTable::Digest> token = std::nullopt;
  // Where that was found.
  std::shared_ptr<const TokenTable> tokens = nullptr;
};

// Decides who may do what: the one place where this is done, for gRPC and HTTP.
//
// A unix socket is guarded by its file's mode: who can open it may write. A
// token that comes along decides; without one, the client's certificate does:
// by its entry in the token file, or with `read` where it has none. Without
// tokens and certificates at all, everybody who reaches the port may write.
//
// Thread-safe.
class Authorizer {
 public:
  // `required`: with --token_file or --tls_client_ca. `clock` outlives it.
  Authorizer(bool required, const Clock* clock)
      : required_(required), clock_(clock) {}

  // From now on. None: no token is good.
  void SetTokens(std::shared_ptr<const TokenTable> tokens);

  // `authorization` is the value of that header: "Bearer TOKEN", or empty.
  // UNAUTHENTICATED without a good token or certificate, PERMISSION_DENIED when
  // it may not write, RESOURCE_EXHAUSTED after too many failures from the
  // peer's address.
  absl::StatusOr<Caller> Admit(const Peer& peer,
                               absl::string_view authorization,
                               Permission needs);

  // For a call that goes on for long: UNAUTHENTICATED from when the token that
  // let the caller in is no longer in the table. Cheap while the table is the
  // same; `caller` keeps what it was found in.
  absl::Status Recheck(Caller* caller) const;

  bool required() const { return required_; }
  AuthCounts counts() const;

 private:
  absl::StatusOr<Caller> Decide(const Peer& peer,
                                absl::string_view authorization,
                                Permission needs);
  absl::StatusOr<Caller> Identify(const Peer& peer,
                                  absl::string_view authorization)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::StatusOr<Caller> IdentifyByToken(const Peer& peer,
                                         absl::string_view authorization)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const bool required_;
  const Clock* const clock_;
  mutable Mutex mu_;
  std::shared_ptr<const TokenTable> tokens_ ABSL_GUARDED_BY(mu_) =
      std::make_shared<TokenTable>();
  FailureLimit limit_ ABSL_GUARDED_BY(mu_);
  AuthCounts counts_ ABSL_GUARDED_BY(mu_);
};

}  // namespace smon

#endif  // SMON_SERVER_AUTH_AUTHORIZER_H_
