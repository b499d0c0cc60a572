#include "server/tls/certificate_names.h"

#include <openssl/x509v3.h>

namespace smon {
namespace {

constexpr size_t kMostNames = 16;
constexpr size_t kLongestName = 256;

void Append(std::string name, std::vector<std::string>* names) {
  if (name.empty() || name.size() > kLongestName) return;
  if (name.find('\0') != std::string::npos) return;  // "good.org\0.evil.org"
  if (names->size() < kMostNames) names->push_back(std::move(name));
}

std::string ToText(const ASN1_STRING* text) {
  return std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                     static_cast<size_t>(ASN1_STRING_length(text)));
}

}  // namespace

std::vector<std::string> CertificateNames(X509* certificate) {
  std::vector<std::string> names;
  X509_NAME* const subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at >= 0) {
    Append(ToText(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))),
           &names);
  }
  auto* const alternatives = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(alternatives); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(alternatives, i);
    if (name->type == GEN_DNS) Append(ToText(name->d.dNSName), &names);
    if (name->type == GEN_URI) {
      Append(ToText(name->d.uniformResourceIdentifier), &names);
    }
  }
  GENERAL_NAMES_free(alternatives);
  return names;
}

}  // namespace smon
