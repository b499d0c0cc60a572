#include "client/credentials.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/pem.h"
#include "client/small_file.h"
#include "common/status_macros.h"

namespace smon::client {
namespace {

// `status`, with the option and the file that it is about.
absl::Status Blame(const absl::Status& status, absl::string_view option,
                   const std::string& path) {
  if (status.ok()) return status;
  return absl::FailedPreconditionError(
      absl::StrCat(option, " '", path, "': ", status.message()));
}

absl::StatusOr<std::string> ReadFile(absl::string_view option,
                                     const std::string& path) {
  absl::StatusOr<std::string> text = ReadSmallFile(path);
  if (!text.ok()) return Blame(text.status(), option, path);
  return text;
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>>
MakeChannelCredentials(const CredentialFiles& files) {
  if (files.tls_cert.empty() != files.tls_key.empty()) {
    return absl::InvalidArgumentError(
        "--tls_cert and --tls_key: give both, or none");
  }
  if (files.tls_ca.empty()) {
    if (!files.tls_cert.empty()) {
      return absl::InvalidArgumentError("--tls_cert needs --tls_ca");
    }
    return grpc::InsecureChannelCredentials();
  }
  grpc::SslCredentialsOptions options;
  SMON_ASSIGN_OR_RETURN(options.pem_root_certs,
                        ReadFile("--tls_ca", files.tls_ca));
  SMON_RETURN_IF_ERROR(Blame(CheckCertificates(options.pem_root_certs),
                             "--tls_ca", files.tls_ca));
  if (!files.tls_cert.empty()) {
    SMON_ASSIGN_OR_RETURN(options.pem_cert_chain,
                          ReadFile("--tls_cert", files.tls_cert));
    SMON_ASSIGN_OR_RETURN(options.pem_private_key,
                          ReadFile("--tls_key", files.tls_key));
    SMON_RETURN_IF_ERROR(Blame(CheckCertificates(options.pem_cert_chain),
                               "--tls_cert", files.tls_cert));
    SMON_RETURN_IF_ERROR(
        Blame(CheckKey(options.pem_private_key, options.pem_cert_chain),
              "--tls_key", files.tls_key));
  }
  return grpc::SslCredentials(options);
}

absl::StatusOr<std::string> ReadAuthorization(const CredentialFiles& files) {
  if (files.token.empty()) return std::string();
  SMON_ASSIGN_OR_RETURN(const std::string text,
                        ReadFile("--token_file", files.token));
  const absl::string_view token = absl::StripAsciiWhitespace(text);
  if (token.empty() || !std::all_of(token.begin(), token.end(), [](char c) {
        return c > ' ' && c < 127;
      })) {
    return absl::FailedPreconditionError(
        absl::StrCat("--token_file '", files.token,
                     "': it does not hold one token and nothing else"));
  }
  return absl::StrCat("Bearer ", token);
}

}  // namespace smon::client
