#include "server/api/answer_cache.h"

#include "absl/time/time.h"

namespace smon {
namespace {

// Whether anybody still waits for an answer is asked so often.
constexpr absl::Duration kLook = absl::Milliseconds(10);

}  // namespace

std::optional<grpc::ByteBuffer> AnswerCache::Find(
    std::optional<uint64_t> version, absl::string_view request) {
  if (!version.has_value()) return std::nullopt;
  MutexLock lock(&mu_);
  const grpc::ByteBuffer* const known = Known(*version, request);
  if (known == nullptr) return std::nullopt;
  return *known;
}

grpc::Status AnswerCache::FindOrRead(
    std::optional<uint64_t> version, const std::string& request,
    const std::function<bool()>& stop,
    const std::function<grpc::Status(grpc::ByteBuffer*)>& read,
    grpc::ByteBuffer* answer) {
  if (!version.has_value()) return read(answer);
  const std::pair<uint64_t, std::string> key(*version, request);
  bool is_first = false;
  {
    MutexLock lock(&mu_);
    // Once only: what the other thread has read may be too large to be kept,
    // and all who want it must not read it one after the other.
    is_first = reading_.insert(key).second;
    while (!is_first && reading_.count(key) > 0) {
      if (stop()) return grpc::Status(grpc::StatusCode::CANCELLED, "");
      read_.WaitFor(&mu_, kLook);
    }
    if (const auto* const known = Known(*version, request)) {
      if (is_first) reading_.erase(key);
      *answer = *known;
      return grpc::Status::OK;
    }
  }
  grpc::Status status = read(answer);
  MutexLock lock(&mu_);
  if (status.ok()) Keep(*version, request, *answer);
  if (is_first) {
    reading_.erase(key);
    read_.NotifyAll();
  }
  return status;
}

const grpc::ByteBuffer* AnswerCache::Known(uint64_t version,
                                           absl::string_view request) const {
  if (version_ != version) return nullptr;
  const auto found = answers_.find(request);
  return found == answers_.end() ? nullptr : &found->second;
}

void AnswerCache::Keep(uint64_t version, const std::string& request,
                       const grpc::ByteBuffer& answer) {
  const size_t bytes = request.size() + answer.Length();
  // The version only grows; an older answer came late.
  if (bytes > most_bytes_ / 8 || version < version_) return;
  if (version > version_ || bytes_ + bytes > most_bytes_) {
    answers_.clear();
    bytes_ = 0;
    version_ = version;
  }
  if (answers_.emplace(request, answer).second) bytes_ += bytes;
}

}  // namespace smon
