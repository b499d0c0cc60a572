#include "slurm/record_fields.h"

#include <errno.h>
#include <sys/random.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/allocator.h"
#include "slurm/job_id.h"

namespace smon::slurm {
namespace {

// Small enough to stay in the processor's cache.
constexpr size_t kStreamBuffer = 256 << 10;

}  // namespace

std::string RandomSeparator() {
  uint64_t random = 0;
  size_t filled = 0;
  while (filled < sizeof(random)) {
    const ssize_t n = getrandom(reinterpret_cast<char*>(&random) + filled,
                                sizeof(random) - filled, 0);
    if (n < 0 && errno != EINTR) abort();  // not before Linux 3.17
    if (n > 0) filled += static_cast<size_t>(n);
  }
  return absl::StrCat("\x1e", absl::Hex(random, absl::kZeroPad16), "\x1f");
}

RecordReader::RecordReader(absl::string_view output,
                           absl::string_view separator, RecordLayout layout,
                           bool more_follows)
    : rest_(output),
      separator_(separator),
      layout_(layout),
      more_follows_(more_follows) {}

bool RecordReader::Next(absl::string_view* fields) {
  stray_text_ = absl::string_view();
  if (rest_.empty() || !status_.ok()) return false;
  const size_t count = layout_.fields();
  size_t position = 0;
  for (size_t i = 0; i < count; ++i) {
    const bool plain = i < layout_.plain_fields;
    const size_t end = plain ? rest_.find(kPlainSeparator, position)
                             : rest_.find(separator_, position);
    if (end == absl::string_view::npos) {
      if (more_follows_) return false;
      if (i == 0 && rest_.back() == '\n') {
        stray_text_ = rest_;
      } else {
        status_ = absl::InternalError(
            absl::StrCat("the output ends inside a record, after ", i,
                         " of its ", count, " fields"));
      }
      rest_ = absl::string_view();
      return false;
    }
    fields[i] = rest_.substr(position, end - position);
    position = end + (plain ? 1 : separator_.size());
  }
  if (more_follows_ && position == rest_.size()) return false;
  rest_.remove_prefix(position);
  if (rest_.empty()) {
    status_ = absl::InternalError("the output ends without a newline");
    return false;
  }
  // Something other than the newline is the start of stray text, which the next
  // record's first field then begins with.
  if (rest_.front() == '\n') rest_.remove_prefix(1);
  const size_t newline = fields[0].rfind('\n');
  if (newline != absl::string_view::npos) {
    stray_text_ = fields[0].substr(0, newline);
    fields[0].remove_prefix(newline + 1);
  }
  return true;
}

RecordStream::RecordStream(absl::string_view separator, RecordLayout layout,
                           OnRecord on_record)
    : separator_(separator),
      layout_(layout),
      on_record_(std::move(on_record)),
      fields_(layout.fields()),
      enough_(kStreamBuffer) {
  buffer_.reserve(2 * kStreamBuffer);
}

void RecordStream::Feed(absl::string_view piece) {
  buffer_.append(piece.data(), piece.size());
  if (buffer_.size() < enough_) return;
  Read(/*more_follows=*/true).IgnoreError();  // the end tells
  // What is left is looked at again only when it has doubled: a record of any
  // length costs in proportion to it.
  enough_ = std::max(kStreamBuffer, 2 * buffer_.size());
}

absl::Status RecordStream::Finish() { return Read(/*more_follows=*/false); }

absl::Status RecordStream::Read(bool more_follows) {
  RecordReader reader(buffer_, separator_, layout_, more_follows);
  while (reader.Next(fields_.data())) {
    on_record_(fields_.data(), reader.stray_text());
  }
  if (!reader.stray_text().empty()) on_record_(nullptr, reader.stray_text());
  buffer_.erase(0, buffer_.size() - reader.rest().size());
  return reader.status();
}

std::optional<int64_t> ParseNumber(absl::string_view text) {
  int64_t number;
  if (text.empty() || !absl::ascii_isdigit(text.front()) ||
      !absl::ascii_isdigit(text.back()) || !absl::SimpleAtoi(text, &number)) {
    return std::nullopt;
  }
  return number;
}

std::optional<absl::Time> ParseTime(absl::string_view text) {
  const std::optional<int64_t> seconds = ParseNumber(text);
  // The year 9999 is the last that RFC 3339 and protobuf can write.
  if (!seconds.has_value() || *seconds == 0 || *seconds > 253402300799) {
    return std::nullopt;
  }
  return absl::FromUnixSeconds(*seconds);
}

std::optional<ExitStatus> ParseExitCode(absl::string_view text) {
  const size_t colon = text.find(':');
  if (colon == absl::string_view::npos) return std::nullopt;
  const std::optional<int64_t> code = ParseNumber(text.substr(0, colon));
  const std::optional<int64_t> signal = ParseNumber(text.substr(colon + 1));
  if (!code.has_value() || !signal.has_value() || *code > INT32_MAX ||
      *signal > INT32_MAX) {
    return std::nullopt;
  }
  ExitStatus status;
  status.code = static_cast<int32_t>(*code);
  status.signal = static_cast<int32_t>(*signal);
  return status;
}

std::optional<ExitStatus> ParseWaitStatus(absl::string_view text) {
  const std::optional<int64_t> number = ParseNumber(text);
  if (!number.has_value() || *number > UINT32_MAX) return std::nullopt;
  ExitStatus status;
  // The layout of wait(2)'s status. Slurm shows the code of an exit only, and
  // the signal otherwise; 4021 (0x0fb5) is "0:53".
  status.signal = static_cast<int32_t>(*number & 0x7f);
  if (status.signal == 0) {
    status.code = static_cast<int32_t>((*number >> 8) & 0xff);
  }
  return status;
}

absl::string_view NullToEmpty(absl::string_view text) {
  return text == "(null)" ? absl::string_view() : text;
}

std::optional<bool> IsBatchSubmission(absl::string_view submit_line) {
  absl::string_view program = submit_line.substr(0, submit_line.find(' '));
  program.remove_prefix(program.rfind('/') + 1);  // npos + 1 is 0
  if (program == "sbatch") return true;
  if (program == "srun" || program == "salloc") return false;
  return std::nullopt;
}

absl::Status SetJobId(absl::string_view text, JobRecord* record) {
  const absl::StatusOr<JobId> id = ParseJobId(text);
  if (!id.ok()) return id.status();
  if (id->is_summary) return absl::InvalidArgumentError("it is a summary");
  record->job_id.assign(text.data(), text.size());
  if (id->array_task.has_value()) {
    record->array_job_id = id->base;
    record->array_task_id = id->array_task;
  }
  if (id->het_offset.has_value()) {
    record->het_job_id = id->base;
    record->het_offset = id->het_offset;
  }
  return absl::OkStatus();
}

absl::StatusOr<RecordHead> ReadHead(absl::string_view raw_id,
                                    absl::string_view submit_time) {
  RecordHead head;
  const std::optional<int64_t> number = ParseNumber(raw_id);
  if (!number.has_value()) {
    return absl::InvalidArgumentError("its raw id is no number");
  }
  head.raw_id = *number;
  const std::optional<absl::Time> time = ParseTime(submit_time);
  if (!time.has_value()) {
    return absl::InvalidArgumentError("it has no submit time");
  }
  head.submit_time = *time;
  return head;
}

void Append(JobRecord&& record, std::vector<JobRecord>* records) {
  // Records are large: to move them costs more than address space that is not
  // used.
  constexpr size_t kFew = 4096;
  constexpr size_t kMany = 1 << 17;
  if (records->size() == records->capacity() && records->size() >= kFew) {
    records->reserve(std::max(kMany, records->size() * 2));
    PreferHugePages(records->data(), records->capacity() * sizeof(JobRecord));
  }
  records->push_back(std::move(record));
}

void SetState(absl::string_view text, JobRecord* record) {
  record->state = ParseJobState(text);
  const absl::string_view word = text.substr(0, text.find_first_of(" +\t\n"));
  record->state_text.assign(word.data(), word.size());
}

}  // namespace smon::slurm
