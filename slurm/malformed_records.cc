#include "slurm/malformed_records.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "common/log.h"

namespace smon::slurm {
namespace {

constexpr int64_t kMostLogged = 5;
constexpr size_t kMostKept = 100;
constexpr size_t kMostText = 200;

}  // namespace

MalformedRecords::~MalformedRecords() {
  if (not_logged_ == 0) return;
  LogWarning("more records could not be read",
             {{"command", command_}, {"records", not_logged_}});
}

void MalformedRecords::AddRecord(absl::string_view job_id,
                                 std::optional<int64_t> raw_id,
                                 const absl::Status& why) {
  MalformedRecord record;
  record.raw_id = raw_id;
  record.text = std::string(job_id.substr(0, kMostText));
  record.error = std::string(why.message());
  Add(std::move(record));
}

void MalformedRecords::AddStrayText(absl::string_view text) {
  text = absl::StripTrailingAsciiWhitespace(text);
  if (text.empty()) return;
  MalformedRecord record;
  record.is_record = false;
  record.text = std::string(text.substr(0, kMostText));
  record.error = "it is no record";
  Add(std::move(record));
}

void MalformedRecords::Add(MalformedRecord record) {
  record.command = command_;
  if (++snapshot_->malformed_records > kMostLogged) {
    ++not_logged_;
  } else {
    LogWarning("a record could not be read and is left out",
               {{"command", command_},
                {"text", record.text},
                {"error", record.error}});
  }
  if (snapshot_->malformed.size() < kMostKept) {
    snapshot_->malformed.push_back(std::move(record));
  }
}

}  // namespace smon::slurm
