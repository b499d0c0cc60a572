#ifndef SMON_SERVER_TLS_CERTIFICATE_NAMES_H_
#define SMON_SERVER_TLS_CERTIFICATE_NAMES_H_

#include <openssl/x509.h>

#include <string>
#include <vector>

namespace smon {

// The subject's common name, then the DNS names and URIs of its
// subjectAltName; at most 16 of them, without those that are longer than 256
// bytes or hold a NUL.
std::vector<std::string> CertificateNames(X509* certificate);

}  // namespace smon

#endif  // SMON_SERVER_TLS_CERTIFICATE_NAMES_H_
