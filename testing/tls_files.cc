#include "testing/tls_files.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <cstdio>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace smon {
namespace {

template <typename Write>
std::string ToPem(Write write) {
  BIO* const bio = BIO_new(BIO_s_mem());
  write(bio);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<size_t>(size));
  BIO_free(bio);
  return text;
}

BIO* Reader(const std::string& text) {
  return BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
}

void AddExtension(X509* certificate, X509* issuer, int nid,
                  const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension =
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

PemPair MakeCertificate(const std::string& name, const PemPair* issuer,
                        int valid_days) {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const certificate = X509_new();
  X509_set_version(certificate, 2);
  int64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), 4);
  ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60 * 60 * 24 * 30);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 60L * 60 * 24 * valid_days);
  X509_set_pubkey(certificate, key);
  X509_NAME_add_entry_by_txt(
      X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
      reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);

  X509* signer = certificate;
  EVP_PKEY* signing = key;
  if (issuer != nullptr) {
    BIO* const pem = Reader(issuer->certificate);
    BIO* const key_pem = Reader(issuer->key);
    signer = PEM_read_bio_X509(pem, nullptr, nullptr, nullptr);
    signing = PEM_read_bio_PrivateKey(key_pem, nullptr, nullptr, nullptr);
    BIO_free(pem);
    BIO_free(key_pem);
  }
  X509_set_issuer_name(certificate, X509_get_subject_name(signer));
  AddExtension(certificate, signer, NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(certificate, signer, NID_subject_alt_name,
               absl::StrCat("DNS:", name, ",IP:127.0.0.1"));
  X509_sign(certificate, signing, EVP_sha256());

  PemPair pair;
  pair.certificate =
      ToPem([&](BIO* bio) { PEM_write_bio_X509(bio, certificate); });
  pair.key = ToPem([&](BIO* bio) {
    PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
  if (issuer != nullptr) {
    X509_free(signer);
    EVP_PKEY_free(signing);
  }
  X509_free(certificate);
  EVP_PKEY_free(key);
  return pair;
}

void WriteFile(const std::string& path, const std::string& text,
               unsigned mode) {
  const std::string fresh = path + ".new";
  std::ofstream(fresh) << text;
  chmod(fresh.c_str(), mode);
  std::rename(fresh.c_str(), path.c_str());
}

}  // namespace smon
