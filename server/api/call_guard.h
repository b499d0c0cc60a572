#ifndef SMON_SERVER_API_CALL_GUARD_H_
#define SMON_SERVER_API_CALL_GUARD_H_

#include <grpcpp/server_context.h>

#include "absl/status/statusor.h"
#include "server/auth/authorizer.h"
#include "server/auth/sealed_peer.h"

namespace smon {

// Who calls, and whether they may: for each call of each service that is not
// open to all. Thread-safe.
class CallGuard {
 public:
  // Both outlive this object.
  CallGuard(Authorizer* authorizer, const PeerSeal* seal)
      : authorizer_(authorizer), seal_(seal) {}

  // Who is at the other end: of the connection, or of the one that the gateway
  // answers.
  Peer PeerOf(const grpc::ServerContextBase& context) const;

  // See Authorizer::Admit; `peer` is PeerOf(context).
  absl::StatusOr<Caller> Admit(const grpc::ServerContextBase& context,
                               const Peer& peer, Permission needs) const;

  // See Authorizer::Recheck.
  absl::Status Recheck(Caller* caller) const {
    return authorizer_->Recheck(caller);
  }

 private:
  Authorizer* const authorizer_;
  const PeerSeal* const seal_;
};

}  // namespace smon

#endif  // SMON_SERVER_API_CALL_GUARD_H_
