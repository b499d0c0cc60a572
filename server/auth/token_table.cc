#include "server/auth/token_table.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/status_macros.h"

namespace smon {
namespace {

constexpr size_t kMostEntries = 1000;
constexpr size_t kLongestName = 64;

bool IsName(absl::string_view name) {
  const auto allowed = [](char c) {
    return absl::ascii_isalnum(c) || absl::StrContains("._@-", c);
  };
  return !name.empty() && name.size() <= kLongestName &&
         std::all_of(name.begin(), name.end(), allowed);
}

absl::StatusOr<TokenTable::Digest> ParseDigest(absl::string_view hex) {
  TokenTable::Digest digest;
  if (hex.size() != 2 * digest.size() ||
      !std::all_of(hex.begin(), hex.end(), absl::ascii_isxdigit)) {
    return absl::InvalidArgumentError(
        "after sha256: 64 hexadecimal digits are wanted, as sha256sum prints");
  }
  const std::string bytes = absl::HexStringToBytes(hex);
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

}  // namespace

absl::StatusOr<TokenTable> TokenTable::Parse(absl::string_view text) {
  TokenTable table;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line[0] == '#') continue;
    if (table.size() == kMostEntries) {
      return absl::InvalidArgumentError(
          absl::StrCat("more than ", kMostEntries, " entries"));
    }
    if (const absl::Status status = table.AddLine(line); !status.ok()) {
      return Annotate(status, absl::StrCat("line ", number));
    }
  }
  return table;
}

absl::Status TokenTable::AddLine(absl::string_view line) {
  const std::vector<absl::string_view> parts =
      absl::StrSplit(line, absl::MaxSplits(':', 3));
  if (parts.size() != 4) {
    return absl::InvalidArgumentError(
        "not NAME:ROLE:sha256:DIGEST or NAME:ROLE:cert:SUBJECT");
  }
  if (!IsName(parts[0])) {
    return absl::InvalidArgumentError(
        "the name is not 1 to 64 letters, digits and any of . _ @ -");
  }
  if (HasName(parts[0])) {
    return absl::InvalidArgumentError(
        absl::StrCat("there are two entries named ", parts[0]));
  }
  Entry entry{std::string(parts[0])};
  if (parts[1] == "write") {
    entry.permission = Permission::kWrite;
  } else if (parts[1] != "read") {
    return absl::InvalidArgumentError("the role is not read or write");
  }
  if (parts[2] == "sha256") {
    SMON_ASSIGN_OR_RETURN(const Digest digest, ParseDigest(parts[3]));
    for (const Token& token : tokens_) {
      if (token.digest == digest) {
        return absl::InvalidArgumentError(
            absl::StrCat("the same token as that of ", token.entry.name));
      }
    }
    tokens_.push_back({std::move(entry), digest});
    return absl::OkStatus();
  }
  if (parts[2] != "cert" || parts[3].empty()) {
    return absl::InvalidArgumentError(
        "after the role, sha256:DIGEST or cert:SUBJECT is wanted");
  }
  certificates_.push_back({std::move(entry), std::string(parts[3])});
  return absl::OkStatus();
}

bool TokenTable::HasName(absl::string_view name) const {
  const auto named = [name](const auto& each) {
    return each.entry.name == name;
  };
  return std::any_of(tokens_.begin(), tokens_.end(), named) ||
         std::any_of(certificates_.begin(), certificates_.end(), named);
}

TokenTable::Digest TokenTable::DigestOf(absl::string_view token) {
  Digest digest;
  SHA256(reinterpret_cast<const uint8_t*>(token.data()), token.size(),
         digest.data());
  return digest;
}

const TokenTable::Entry* TokenTable::FindToken(const Digest& digest) const {
  const Entry* found = nullptr;
  for (const Token& each : tokens_) {
    if (CRYPTO_memcmp(each.digest.data(), digest.data(), digest.size()) == 0) {
      found = &each.entry;
    }
  }
  return found;
}

const TokenTable::Entry* TokenTable::FindCertificate(
    const std::vector<std::string>& names) const {
  for (const Certificate& each : certificates_) {
    if (std::count(names.begin(), names.end(), each.subject) > 0) {
      return &each.entry;
    }
  }
  return nullptr;
}

}  // namespace smon
