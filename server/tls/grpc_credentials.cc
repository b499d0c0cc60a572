#include "server/tls/grpc_credentials.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>

namespace smon {
namespace {

class Credentials final : public grpc::ServerCredentials {
 public:
  explicit Credentials(const TlsSource* source) : source_(source) {}

  // Tokens are looked at by each service: some need none.
  void SetAuthMetadataProcessor(
      const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  int AddPortToServer(const std::string& address,
                      grpc_server* server) override {
    const bool ask = !source_->Current()->client_ca.empty();
    // Takes the options.
    grpc_server_credentials* const credentials =
        grpc_ssl_server_credentials_create_with_options(
            grpc_ssl_server_credentials_create_options_using_config_fetcher(
                ask ? GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY
                    : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE,
                &Credentials::Fetch, this));
    if (credentials == nullptr) return 0;
    const int port =
        grpc_server_add_http2_port(server, address.c_str(), credentials);
    grpc_server_credentials_release(credentials);
    return port;
  }

  // Called before each handshake, under a lock of the port's.
  static grpc_ssl_certificate_config_reload_status Fetch(
      void* self, grpc_ssl_server_certificate_config** config) {
    auto* const credentials = static_cast<Credentials*>(self);
    auto now = credentials->source_->Current();
    if (now == credentials->last_)
      return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    const grpc_ssl_pem_key_cert_pair pair = {now->key.c_str(),
                                             now->certificate.c_str()};
    // gRPC 1.51 asserts that there are roots, also where it does not look at
    // any since no certificate is asked for.
    const std::string& roots =
        now->client_ca.empty() ? now->certificate : now->client_ca;
    *config =
        grpc_ssl_server_certificate_config_create(roots.c_str(), &pair, 1);
    credentials->last_ = std::move(now);
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
  }

  const TlsSource* const source_;
  std::shared_ptr<const TlsMaterial> last_;
};

}  // namespace

std::shared_ptr<grpc::ServerCredentials> TlsCredentials(
    const TlsSource* source) {
  return std::make_shared<Credentials>(source);
}

}  // namespace smon
