#include "client/obstacle.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace smon::client {
namespace {

// gRPC wraps the operating system's words in its own: "failed to connect to
// all addresses; last error: UNKNOWN: ipv4:127.0.0.1:1: Failed to connect to
// remote host: Connection refused".
absl::string_view LastPart(absl::string_view message) {
  const size_t colon = message.rfind(": ");
  return colon == absl::string_view::npos ? message : message.substr(colon + 2);
}

bool IsBrokenOff(absl::string_view message) {
  return absl::StrContains(message, "Socket closed") ||
         absl::StrContains(message, "Connection reset by peer");
}

}  // namespace

Obstacle ExplainObstacle(absl::string_view grpc_message,
                         const CredentialFiles& files) {
  const absl::string_view last = LastPart(grpc_message);
  if (absl::StrContains(last, "certificate verify failed")) {
    return {absl::StrCat("its certificate is not signed by an authority in '",
                         files.tls_ca, "', or has expired"),
            "give that authority with --tls_ca"};
  }
  if (absl::StrContains(last, "is not in peer certificate")) {
    return {"its certificate is for another name",
            "give an address with a name that is in the certificate"};
  }
  if (absl::StrContains(last, "wrong version number")) {
    return {"it does not speak TLS", "leave --tls_ca out"};
  }
  if (absl::StrContains(last, "http1.x server")) {
    return {"an HTTP server answered",
            "give the address of smonsvc's gRPC port, which is 8101 unless its "
            "--grpc_address says otherwise"};
  }
  if (IsBrokenOff(last)) {
    if (files.tls_ca.empty()) {
      return {std::string(last), "if it speaks TLS, give --tls_ca"};
    }
    return {std::string(last),
            "if it wants a client certificate, give a good one with --tls_cert "
            "and --tls_key"};
  }
  return {last.empty() ? "no reason is known" : std::string(last), ""};
}

}  // namespace smon::client
