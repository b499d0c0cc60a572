#ifndef SMON_CLIENT_CREDENTIALS_H_
#define SMON_CLIENT_CREDENTIALS_H_

#include <grpcpp/security/credentials.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace smon::client {

// Files that say who we are, and whom we trust. Each may be empty.
struct CredentialFiles {
  std::string tls_ca;    // with it, TLS is spoken
  std::string tls_cert;  // our own, with its key
  std::string tls_key;
  std::string token;
};

// FAILED_PRECONDITION names the option and the file.
absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>>
MakeChannelCredentials(const CredentialFiles& files);

// The value of the "authorization" metadata, e.g. "Bearer abc"; empty without a
// token file.
absl::StatusOr<std::string> ReadAuthorization(const CredentialFiles& files);

}  // namespace smon::client

#endif  // SMON_CLIENT_CREDENTIALS_H_
