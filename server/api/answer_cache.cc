#include "server/api/answer_cache.h"

namespace smon {

std::optional<grpc::ByteBuffer> AnswerCache::Find(
    std::optional<uint64_t> version, absl::string_view request) {
  if (!version.has_value()) return std::nullopt;
  MutexLock lock(&mu_);
  if (version_ != *version) return std::nullopt;
  const auto found = answers_.find(request);
  if (found == answers_.end()) return std::nullopt;
  return found->second;
}

void AnswerCache::Put(std::optional<uint64_t> version,
                      absl::string_view request,
                      const grpc::ByteBuffer& answer) {
  const size_t bytes = request.size() + answer.Length();
  if (!version.has_value() || bytes > most_bytes_ / 8) return;
  MutexLock lock(&mu_);
  // The version only grows; an older answer came late.
  if (*version < version_) return;
  if (*version > version_ || bytes_ + bytes > most_bytes_) Empty(*version);
  if (answers_.emplace(request, answer).second) bytes_ += bytes;
}

void AnswerCache::Empty(uint64_t version) {
  answers_.clear();
  bytes_ = 0;
  version_ = version;
}

}  // namespace smon
