#ifndef SMON_SERVER_AUTH_PEER_H_
#define SMON_SERVER_AUTH_PEER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace smon {

// Who is at the other end, as far as the connection alone tells. Nothing in it
// comes from what the client says, so that it cannot be forged.
struct Peer {
  std::string address;       // IP address without port; empty for unix sockets
  bool unix_socket = false;  // a unix socket, where its file's mode decides
  std::optional<uint32_t> uid;  // over a unix socket, where it can be told
  // Of a client certificate that one of --tls_client_ca's authorities signed:
  // the common name first, then DNS names and URIs.
  std::vector<std::string> certificate_names;
  // Asks for /healthz, where everybody may know whether all is well.
  bool is_probe = false;
};

}  // namespace smon

#endif  // SMON_SERVER_AUTH_PEER_H_
