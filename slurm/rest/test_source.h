#ifndef SMON_SLURM_REST_TEST_SOURCE_H_
#define SMON_SLURM_REST_TEST_SOURCE_H_

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "slurm/rest/byte_source.h"

namespace smon::slurm {

// A text that comes in pieces of that many bytes, and may end in an error.
class TestSource final : public ByteSource {
 public:
  explicit TestSource(std::string text, size_t piece = 1 << 20,
                      absl::Status end = absl::OkStatus())
      : text_(std::move(text)), piece_(piece), end_(std::move(end)) {}

  absl::StatusOr<absl::string_view> Next() override {
    const size_t size = std::min(piece_, text_.size() - position_);
    if (size == 0 && !end_.ok()) return end_;
    position_ += size;
    return absl::string_view(text_).substr(position_ - size, size);
  }

 private:
  const std::string text_;
  const size_t piece_;
  const absl::Status end_;
  size_t position_ = 0;
};

// The bytes of slurm/rest/testdata/NAME.
inline std::string ReadRestTestData(absl::string_view name) {
  std::ostringstream bytes;
  bytes << std::ifstream(absl::StrCat(getenv("TEST_SRCDIR"), "/",
                                      getenv("TEST_WORKSPACE"),
                                      "/slurm/rest/testdata/", name),
                         std::ios::binary)
               .rdbuf();
  return bytes.str();
}

}  // namespace smon::slurm

#endif  // SMON_SLURM_REST_TEST_SOURCE_H_
