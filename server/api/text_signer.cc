#include "server/api/text_signer.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdlib>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace smon {
namespace {

// Of the 32 of HMAC-SHA256: too many to guess.
constexpr size_t kMacBytes = 16;
// Longer than anything that we sign.
constexpr size_t kMostTokenBytes = 512;

}  // namespace

std::string TextSigner::MacOf(absl::string_view purpose,
                              absl::string_view text) const {
  // Of the purpose's length first, so that it cannot run into the text.
  const std::string input =
      absl::StrCat(purpose.size(), ":", purpose, ":", text);
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
           reinterpret_cast<const unsigned char*>(input.data()), input.size(),
           mac, &size) == nullptr ||
      size < kMacBytes) {
    std::abort();  // nothing could be told from a forgery
  }
  return std::string(reinterpret_cast<const char*>(mac), kMacBytes);
}

std::string TextSigner::Sign(absl::string_view purpose,
                             absl::string_view text) const {
  return absl::WebSafeBase64Escape(absl::StrCat(MacOf(purpose, text), text));
}

std::optional<std::string> TextSigner::Open(absl::string_view purpose,
                                            absl::string_view token) const {
  std::string bytes;
  if (token.size() > kMostTokenBytes ||
      !absl::WebSafeBase64Unescape(token, &bytes) || bytes.size() < kMacBytes ||
      // Base64 has several spellings of some bytes; we made one.
      absl::WebSafeBase64Escape(bytes) != token) {
    return std::nullopt;
  }
  std::string text = bytes.substr(kMacBytes);
  if (CRYPTO_memcmp(bytes.data(), MacOf(purpose, text).data(), kMacBytes) !=
      0) {
    return std::nullopt;
  }
  return text;
}

}  // namespace smon
