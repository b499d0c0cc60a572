#include "client/pem.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

namespace smon::client {
namespace {

using CertificatePtr = std::unique_ptr<X509, decltype(&X509_free)>;
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;

BioPtr Open(const std::string& text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())),
                BIO_free);
}

// Else OpenSSL would ask on the terminal.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*rwflag*/,
                 void* /*data*/) {
  return 0;
}

CertificatePtr ReadCertificate(const std::string& pem) {
  const BioPtr bio = Open(pem);
  CertificatePtr certificate(
      PEM_read_bio_X509(bio.get(), nullptr, NoPassphrase, nullptr), X509_free);
  ERR_clear_error();
  return certificate;
}

}  // namespace

absl::Status CheckCertificates(const std::string& pem) {
  if (ReadCertificate(pem) != nullptr) return absl::OkStatus();
  return absl::FailedPreconditionError("it holds no certificate (PEM)");
}

absl::Status CheckKey(const std::string& key_pem,
                      const std::string& certificate_pem) {
  const BioPtr bio = Open(key_pem);
  const KeyPtr key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr),
      EVP_PKEY_free);
  ERR_clear_error();
  if (key == nullptr) {
    return absl::FailedPreconditionError(
        "it holds no private key (PEM), or one with a passphrase");
  }
  const CertificatePtr certificate = ReadCertificate(certificate_pem);
  const bool is_of_it =
      certificate != nullptr &&
      X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  if (is_of_it) return absl::OkStatus();
  return absl::FailedPreconditionError("it is not the key of --tls_cert");
}

}  // namespace smon::client
