#include "server/store/key_table.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace smon {
namespace {

constexpr size_t kKeyBytes = 32;

absl::StatusOr<std::string> RandomKey() {
  std::string key(kKeyBytes, '\0');
  // So few bytes come whole or not at all; see getrandom(2).
  if (getrandom(&key[0], key.size(), 0) != static_cast<ssize_t>(key.size())) {
    return absl::UnavailableError(
        absl::StrCat("no random bytes: ", strerror(errno)));
  }
  return key;
}

}  // namespace

absl::StatusOr<std::string> ReadOrMakeKey(soci::session& session,
                                          const std::string& name) {
  std::string hex;
  session << "SELECT value FROM keys WHERE name = :name", soci::into(hex),
      soci::use(name, "name");
  if (session.got_data()) {
    std::string key = absl::HexStringToBytes(hex);
    if (key.size() == kKeyBytes) return key;
    return absl::DataLossError(absl::StrCat("the key '", name, "' is damaged"));
  }
  absl::StatusOr<std::string> key = RandomKey();
  if (!key.ok()) return key;
  hex = absl::BytesToHexString(*key);
  session << "INSERT INTO keys (name, value) VALUES (:name, :value)",
      soci::use(name, "name"), soci::use(hex, "value");
  return key;
}

}  // namespace smon
