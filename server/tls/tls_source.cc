#include "server/tls/tls_source.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "server/auth/protected_file.h"

namespace smon {
namespace {

namespace ssl = boost::asio::ssl;
using Error = boost::system::error_code;

// None can be asked for where nobody sits in front.
int NoPassword(char*, int, int, void*) { return 0; }

boost::asio::const_buffer Buffer(const std::string& text) {
  return {text.data(), text.size()};
}

absl::Status Bad(absl::string_view flag, const std::string& path,
                 absl::string_view problem) {
  ERR_clear_error();
  return absl::FailedPreconditionError(
      absl::StrCat("--", flag, ": '", path, "' ", problem));
}

std::shared_ptr<ssl::context> NewContext() {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* const native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  // No resumption: it would outlive a certificate that is no longer good.
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(native, 0);
  SSL_CTX_set_options(native, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                                  SSL_OP_NO_COMPRESSION |
                                  SSL_OP_CIPHER_SERVER_PREFERENCE);
  // An idle connection holds no buffers.
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_default_passwd_cb(native, &NoPassword);
  return context;
}

absl::Status UseKeyPair(const TlsPaths& paths, TlsMaterial* material) {
  ssl::context& context = *material->context;
  Error error;
  context.use_certificate_chain(Buffer(material->certificate), error);
  if (error) {
    return Bad("tls_cert", paths.certificate, "holds no PEM certificate");
  }
  context.use_private_key(Buffer(material->key), ssl::context::pem, error);
  if (error) {
    // OpenSSL looks at once whether the key fits.
    const bool other =
        ERR_GET_REASON(static_cast<unsigned long>(error.value())) ==
        X509_R_KEY_VALUES_MISMATCH;
    return Bad("tls_key", paths.key,
               other ? "is not the key of the certificate in --tls_cert"
                     : "holds no PEM private key without a password");
  }
  if (SSL_CTX_check_private_key(context.native_handle()) != 1) {
    return Bad("tls_key", paths.key,
               "is not the key of the certificate in --tls_cert");
  }
  const ASN1_TIME* const expires =
      X509_get0_notAfter(SSL_CTX_get0_certificate(context.native_handle()));
  tm civil = {};
  if (ASN1_TIME_to_tm(expires, &civil) == 1) {
    material->expires = absl::FromTM(civil, absl::UTCTimeZone());
  }
  return absl::OkStatus();
}

absl::Status AskClients(const TlsPaths& paths, TlsMaterial* material) {
  ssl::context& context = *material->context;
  Error error;
  context.add_certificate_authority(Buffer(material->client_ca), error);
  if (error) {
    return Bad("tls_client_ca", paths.client_ca, "holds no PEM certificate");
  }
  // One that comes must be good, but none need come: there are tokens, and
  // probes that have neither.
  context.set_verify_mode(ssl::verify_peer, error);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const TlsMaterial>> LoadTls(
    const TlsPaths& paths) {
  auto material = std::make_shared<TlsMaterial>();
  const auto read = [](absl::string_view flag, const std::string& path,
                       Secrecy secrecy, std::string* content) -> absl::Status {
    auto text = ReadProtectedFile(path, secrecy);
    if (!text.ok()) return Annotate(text.status(), absl::StrCat("--", flag));
    *content = *std::move(text);
    return absl::OkStatus();
  };
  SMON_RETURN_IF_ERROR(read("tls_cert", paths.certificate, Secrecy::kPublic,
                            &material->certificate));
  SMON_RETURN_IF_ERROR(
      read("tls_key", paths.key, Secrecy::kPrivate, &material->key));
  material->context = NewContext();
  SMON_RETURN_IF_ERROR(UseKeyPair(paths, material.get()));
  if (!paths.client_ca.empty()) {
    SMON_RETURN_IF_ERROR(read("tls_client_ca", paths.client_ca,
                              Secrecy::kPublic, &material->client_ca));
    SMON_RETURN_IF_ERROR(AskClients(paths, material.get()));
  }
  return std::shared_ptr<const TlsMaterial>(std::move(material));
}

}  // namespace smon
