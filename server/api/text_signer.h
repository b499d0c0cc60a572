#ifndef SMON_SERVER_API_TEXT_SIGNER_H_
#define SMON_SERVER_API_TEXT_SIGNER_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace smon {

// Signs text that clients keep for us and give back, such as page tokens, so
// that it comes back as we made it or not at all. Whoever has the same key can
// open it: another replica, and smonsvc after a restart. Thread-safe.
class TextSigner {
 public:
  // `key` is random and secret, 32 bytes; see Store::SharedKey.
  explicit TextSigner(std::string key) : key_(std::move(key)) {}

  // Characters that may stand in a URL. `purpose` says what the text is for:
  // what was signed for one is nothing for another.
  std::string Sign(absl::string_view purpose, absl::string_view text) const;
  // The text; none for what Sign has not made for that purpose.
  std::optional<std::string> Open(absl::string_view purpose,
                                  absl::string_view token) const;

 private:
  std::string MacOf(absl::string_view purpose, absl::string_view text) const;

  const std::string key_;
};

}  // namespace smon

#endif  // SMON_SERVER_API_TEXT_SIGNER_H_
