#include "server/auth/sealed_peer.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace smon {
namespace {

constexpr size_t kKeyBytes = 32;

std::string RandomKey() {
  std::string key(kKeyBytes, '\0');
  if (RAND_bytes(reinterpret_cast<uint8_t*>(&key[0]), kKeyBytes) != 1) {
    std::abort();  // a key that can be guessed would let anybody in
  }
  return key;
}

// "5:hello": any bytes may follow each other.
void AppendPart(absl::string_view part, std::string* out) {
  absl::StrAppend(out, part.size(), ":", part);
}

std::optional<std::vector<std::string>> SplitParts(absl::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t colon = text.find(':');
    size_t size = 0;
    if (colon == absl::string_view::npos ||
        !absl::SimpleAtoi(text.substr(0, colon), &size) ||
        size > text.size() - colon - 1) {
      return std::nullopt;
    }
    parts.emplace_back(text.substr(colon + 1, size));
    text.remove_prefix(colon + 1 + size);
  }
  return parts;
}

}  // namespace

PeerSeal::PeerSeal() : key_(RandomKey()) {}

std::string PeerSeal::Seal(const Peer& peer) const {
  std::string sealed = key_;
  AppendPart(peer.address, &sealed);
  AppendPart(peer.unix_socket ? "unix" : "", &sealed);
  AppendPart(peer.uid.has_value() ? absl::StrCat(*peer.uid) : "", &sealed);
  AppendPart(peer.is_probe ? "probe" : "", &sealed);
  for (const std::string& name : peer.certificate_names) {
    AppendPart(name, &sealed);
  }
  return sealed;
}

std::optional<Peer> PeerSeal::Open(absl::string_view sealed) const {
  if (sealed.size() < key_.size() ||
      CRYPTO_memcmp(sealed.data(), key_.data(), key_.size()) != 0) {
    return std::nullopt;
  }
  auto parts = SplitParts(sealed.substr(key_.size()));
  if (!parts.has_value() || parts->size() < 4) return std::nullopt;
  Peer peer;
  peer.address = (*parts)[0];
  peer.unix_socket = !(*parts)[1].empty();
  uint32_t uid = 0;
  if (absl::SimpleAtoi((*parts)[2], &uid)) peer.uid = uid;
  peer.is_probe = !(*parts)[3].empty();
  peer.certificate_names.assign(parts->begin() + 4, parts->end());
  return peer;
}

}  // namespace smon
