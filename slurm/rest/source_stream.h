#ifndef SMON_SLURM_REST_SOURCE_STREAM_H_
#define SMON_SLURM_REST_SOURCE_STREAM_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "slurm/rest/byte_source.h"

namespace smon::slurm {

// Lets RapidJSON pull from a ByteSource (its concept Stream). An error of the
// source looks like the end: ask status() after parsing.
class SourceStream {
 public:
  using Ch = char;

  explicit SourceStream(ByteSource* source) : source_(source) { Refill(); }
  SourceStream(const SourceStream&) = delete;
  SourceStream& operator=(const SourceStream&) = delete;

  char Peek() const { return position_ != end_ ? *position_ : '\0'; }
  char Take() {
    if (position_ == end_) return '\0';
    const char c = *position_++;
    if (position_ == end_) Refill();
    return c;
  }
  size_t Tell() const { return taken_ - (end_ - position_); }

  // For parsing in place, which is not done.
  char* PutBegin() { return nullptr; }
  void Put(char) {}
  void Flush() {}
  size_t PutEnd(char*) { return 0; }

  const absl::Status& status() const { return status_; }

 private:
  void Refill() {
    position_ = end_ = nullptr;
    if (!status_.ok() || ended_) return;
    const absl::StatusOr<absl::string_view> piece = source_->Next();
    if (!piece.ok()) {
      status_ = piece.status();
      return;
    }
    ended_ = piece->empty();
    position_ = piece->data();
    end_ = piece->data() + piece->size();
    taken_ += piece->size();
  }

  ByteSource* const source_;
  const char* position_ = nullptr;
  const char* end_ = nullptr;
  size_t taken_ = 0;
  bool ended_ = false;
  absl::Status status_;
};

}  // namespace smon::slurm

#endif  // SMON_SLURM_REST_SOURCE_STREAM_H_
