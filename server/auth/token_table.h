#ifndef SMON_SERVER_AUTH_TOKEN_TABLE_H_
#define SMON_SERVER_AUTH_TOKEN_TABLE_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/auth/permission.h"

namespace smon {

// The text of --token_file: who may do what. One entry a line,
//
//   # NAME:ROLE:sha256:DIGEST of the token, in hex
//   grafana:read:sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e730...
//   # NAME:ROLE:cert:NAME in a client certificate (common name, DNS name, URI)
//   epilog:write:cert:slurmctl.example.org
//
// Tokens are long and random, so that a plain hash of one tells nothing.
class TokenTable {
 public:
  struct Entry {
    std::string name;
    Permission permission = Permission::kRead;
  };
  using Digest = std::array<uint8_t, 32>;

  // INVALID_ARGUMENT names the line and what is wrong with it, but nothing of
  // what it holds. At most 1,000 entries.
  static absl::StatusOr<TokenTable> Parse(absl::string_view text);

  static Digest DigestOf(absl::string_view token);

  // The entry of the token with this digest; null when there is none. Takes the
  // same time whichever entry it is.
  const Entry* FindToken(const Digest& digest) const;
  // The first entry that is for one of these names; null when there is none.
  const Entry* FindCertificate(const std::vector<std::string>& names) const;

  size_t size() const { return tokens_.size() + certificates_.size(); }

 private:
  struct Token {
    Entry entry;
    Digest digest;
  };
  struct Certificate {
    Entry entry;
    std::string subject;
  };

  // One line that is not empty. The error says what is wrong with it.
  absl::Status AddLine(absl::string_view line);
  bool HasName(absl::string_view name) const;

  std::vector<Token> tokens_;
  std::vector<Certificate> certificates_;
};

}  // namespace smon

#endif  // SMON_SERVER_AUTH_TOKEN_TABLE_H_
