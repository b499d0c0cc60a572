#ifndef SMON_SERVER_AUTH_SEALED_PEER_H_
#define SMON_SERVER_AUTH_SEALED_PEER_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "server/auth/peer.h"

namespace smon {

// Carries the HTTP client's Peer from the gateway to the gRPC service in the
// same process, as the metadata kPeerMetadata. A key that only this process
// knows comes along, so that a client cannot send one of its own.
// Thread-safe.
class PeerSeal {
 public:
  PeerSeal();

  std::string Seal(const Peer& peer) const;
  // None for what Seal has not made.
  std::optional<Peer> Open(absl::string_view sealed) const;

 private:
  const std::string key_;
};

inline constexpr char kPeerMetadata[] = "smon-peer-bin";

}  // namespace smon

#endif  // SMON_SERVER_AUTH_SEALED_PEER_H_
