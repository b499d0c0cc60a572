#include "server/auth/failure_limit.h"

#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace smon {
namespace {

constexpr size_t kSlots = 4096;

uint64_t RandomSeed() {
  uint64_t seed = 0;
  RAND_bytes(reinterpret_cast<uint8_t*>(&seed), sizeof(seed));
  return seed;
}

// Never 0, which stands for nothing.
uint64_t Key(uint64_t seed, absl::string_view text) {
  const std::string seeded = absl::StrCat(seed, "/", text);
  uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const uint8_t*>(seeded.data()), seeded.size(),
         digest);
  uint64_t key = 0;
  std::memcpy(&key, digest, sizeof(key));
  return key | 1;
}

// Of an IPv6 address the first four groups: whoever has one has the whole /64.
std::string Network(absl::string_view address) {
  if (!absl::StrContains(address, ':') || absl::StartsWith(address, "::")) {
    return std::string(address);
  }
  std::vector<absl::string_view> groups =
      absl::StrSplit(address.substr(0, address.find("::")), ':');
  groups.resize(std::min<size_t>(groups.size(), 4));
  return absl::StrJoin(groups, ":");
}

size_t SlotOf(uint64_t key) { return (key >> 1) % kSlots; }

}  // namespace

FailureLimit::FailureLimit()
    : seed_(RandomSeed()), slots_(kSlots), proven_(kSlots) {}

double FailureLimit::FailuresOf(uint64_t key, absl::Duration now) const {
  const Slot& slot = slots_[SlotOf(key)];
  if (slot.key != key) return 0;
  return std::max(0.0,
                  slot.failures - absl::FDivDuration(now - slot.since, kEach));
}

bool FailureLimit::IsExhausted(absl::string_view address,
                               absl::Duration now) const {
  return FailuresOf(Key(seed_, Network(address)), now) > kBurst - 1;
}

void FailureLimit::Fail(absl::string_view address, absl::Duration now) {
  const uint64_t key = Key(seed_, Network(address));
  slots_[SlotOf(key)] = {key, FailuresOf(key, now) + 1, now};
}

void FailureLimit::Prove(absl::string_view address, absl::string_view name) {
  const uint64_t key = Key(seed_, absl::StrCat(Network(address), "/", name));
  proven_[SlotOf(key)] = key;
}

bool FailureLimit::IsProven(absl::string_view address,
                            absl::string_view name) const {
  const uint64_t key = Key(seed_, absl::StrCat(Network(address), "/", name));
  return proven_[SlotOf(key)] == key;
}

}  // namespace smon
