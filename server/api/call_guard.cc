#include "server/api/call_guard.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/security/auth_context.h>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace smon {
namespace {

absl::string_view ToView(grpc::string_ref text) {
  return {text.data(), text.size()};
}

// "ipv4:10.0.0.1:1234" or "ipv6:%5B::1%5D:1234" without scheme and port.
std::string AddressOf(absl::string_view uri) {
  if (!absl::ConsumePrefix(&uri, "ipv4:")) absl::ConsumePrefix(&uri, "ipv6:");
  const std::string plain =
      absl::StrReplaceAll(uri, {{"%5B", "["}, {"%5D", "]"}});
  absl::string_view address =
      absl::string_view(plain).substr(0, plain.rfind(':'));
  absl::ConsumePrefix(&address, "[");
  absl::ConsumeSuffix(&address, "]");
  return std::string(address);
}

void AppendNames(const grpc::AuthContext& context, const char* property,
                 std::vector<std::string>* names) {
  for (const grpc::string_ref& name : context.FindPropertyValues(property)) {
    names->emplace_back(name.data(), name.size());
  }
}

}  // namespace

Peer CallGuard::PeerOf(const grpc::ServerContextBase& context) const {
  const auto [first, last] =
      context.client_metadata().equal_range(kPeerMetadata);
  for (auto it = first; it != last; ++it) {
    if (auto peer = seal_->Open(ToView(it->second))) return *std::move(peer);
  }
  Peer peer;
  const std::string uri = context.peer();
  // A client may have given its end a path, or a name without a file.
  if (absl::StartsWith(uri, "unix:") ||
      absl::StartsWith(uri, "unix-abstract:")) {
    peer.unix_socket = true;
    return peer;
  }
  peer.address = AddressOf(uri);
  const auto auth = context.auth_context();
  // Only with a certificate that was verified.
  if (auth != nullptr && auth->IsPeerAuthenticated()) {
    AppendNames(*auth, GRPC_X509_CN_PROPERTY_NAME, &peer.certificate_names);
    AppendNames(*auth, GRPC_PEER_DNS_PROPERTY_NAME, &peer.certificate_names);
    AppendNames(*auth, GRPC_PEER_URI_PROPERTY_NAME, &peer.certificate_names);
  }
  return peer;
}

absl::StatusOr<Caller> CallGuard::Admit(const grpc::ServerContextBase& context,
                                        const Peer& peer,
                                        Permission needs) const {
  const auto header = context.client_metadata().find("authorization");
  return authorizer_->Admit(
      peer,
      header == context.client_metadata().end() ? "" : ToView(header->second),
      needs);
}

}  // namespace smon
