#include "server/gateway/json_memo.h"

#include "server/gateway/large_answer.h"

namespace smon {

std::shared_ptr<const JsonAnswer> JsonMemo::Find(
    const google::protobuf::Descriptor* type, absl::string_view bytes) {
  if (bytes.size() < kLeastBytes || bytes.size() > most_bytes_ / 8) {
    return nullptr;
  }
  const Key key(type, bytes);
  MutexLock lock(&mu_);
  const auto found = answers_.find(key);
  return found == answers_.end() ? nullptr : found->second;
}

void JsonMemo::Put(const google::protobuf::Descriptor* type,
                   absl::string_view bytes, const std::string& body) {
  const size_t size = bytes.size() + body.size();
  if (bytes.size() < kLeastBytes || size > most_bytes_ / 8) return;
  auto answer =
      std::make_shared<const JsonAnswer>(JsonAnswer{body, EtagOf(body)});
  Key key(type, bytes);
  MutexLock lock(&mu_);
  if (bytes_ + size > most_bytes_) {
    answers_.clear();
    bytes_ = 0;
  }
  if (answers_.emplace(std::move(key), std::move(answer)).second) {
    bytes_ += size;
  }
}

}  // namespace smon
