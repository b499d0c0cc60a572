#ifndef SMON_CLIENT_PEM_H_
#define SMON_CLIENT_PEM_H_

#include <string>

#include "absl/status/status.h"

namespace smon::client {

// Looks at PEM texts before gRPC does, which would only say that it has no
// connection. FAILED_PRECONDITION, with what is wrong.

// At least one certificate.
absl::Status CheckCertificates(const std::string& pem);

// A private key without a passphrase, and that of the first certificate.
absl::Status CheckKey(const std::string& key_pem,
                      const std::string& certificate_pem);

}  // namespace smon::client

#endif  // SMON_CLIENT_PEM_H_
