#include "server/gateway/client_stream.h"

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <cstring>

#include "server/tls/certificate_names.h"

namespace smon {
namespace {

std::string AddressText(const ClientStream::Protocol::endpoint& endpoint) {
  boost::asio::ip::tcp::endpoint tcp;
  if (endpoint.size() > tcp.capacity()) return "";
  std::memcpy(tcp.data(), endpoint.data(), endpoint.size());
  return tcp.address().to_string();
}

}  // namespace

Peer ClientStream::ReadPeer() {
  Peer peer;
  Error error;
  const auto local = socket().local_endpoint(error);
  if (!error && local.protocol().family() == AF_UNIX) {
    peer.unix_socket = true;
    ucred credentials = {};
    socklen_t size = sizeof(credentials);
    if (getsockopt(socket().native_handle(), SOL_SOCKET, SO_PEERCRED,
                   &credentials, &size) == 0) {
      peer.uid = credentials.uid;
    }
    return peer;
  }
  const auto remote = socket().remote_endpoint(error);
  if (!error) peer.address = AddressText(remote);
  if (!tls_.has_value()) return peer;
  SSL* const ssl = tls_->native_handle();
  X509* const certificate = SSL_get1_peer_certificate(ssl);
  if (certificate == nullptr) return peer;
  if (SSL_get_verify_result(ssl) == X509_V_OK) {
    peer.certificate_names = CertificateNames(certificate);
  }
  X509_free(certificate);
  return peer;
}

}  // namespace smon
