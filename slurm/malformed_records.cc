#include "slurm/malformed_records.h"

#include "common/log.h"

namespace smon::slurm {
namespace {

constexpr int64_t kMostLogged = 5;

}  // namespace

MalformedRecords::~MalformedRecords() {
  if (not_logged_ == 0) return;
  LogWarning("more records could not be read",
             {{"command", command_}, {"records", not_logged_}});
}

void MalformedRecords::Add(absl::string_view job_id, const absl::Status& why) {
  if (++count_ > kMostLogged) {
    ++not_logged_;
    return;
  }
  LogWarning("a record could not be read and is left out",
             {{"command", command_},
              {"job_id", job_id.substr(0, 100)},
              {"error", why.message()}});
}

void MalformedRecords::AddStrayLines(int64_t lines) {
  if (lines == 0) return;
  count_ += lines;
  LogWarning("text between the records is left out",
             {{"command", command_}, {"places", lines}});
}

}  // namespace smon::slurm
