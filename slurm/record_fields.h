#ifndef SMON_SLURM_RECORD_FIELDS_H_
#define SMON_SLURM_RECORD_FIELDS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "slurm/job_record.h"
#include "slurm/slurm_client.h"

namespace smon::slurm {

// A field separator that nobody can know before, and so nobody can put into a
// job's name to forge a field: 16 random hexadecimal digits between two control
// bytes. It holds nothing that squeue's -O or sacct's --delimiter would take
// for something else (comma, colon; a digit or sign in front).
std::string RandomSeparator();

// Ends a field that Slurm made itself, such as a number: it never holds this.
inline constexpr char kPlainSeparator = '\x1f';

// How a command prints a record: as some fields, and then a newline. The first
// `plain_fields` of them are ended by kPlainSeparator, which is quicker to find
// and shorter; the others by a separator of RandomSeparator(), and may hold any
// bytes, newlines too.
struct RecordLayout {
  size_t plain_fields = 0;
  size_t text_fields = 0;

  size_t fields() const { return plain_fields + text_fields; }
};

// Walks over records.
//
//   RecordReader reader(output, separator, {1, 3});
//   absl::string_view fields[4];
//   while (reader.Next(fields)) ...
//   if (!reader.status().ok()) ...
class RecordReader {
 public:
  // The text must outlive the reader. With `more_follows`, it is the beginning
  // of an output: a record that it ends in is left in rest().
  RecordReader(absl::string_view output, absl::string_view separator,
               RecordLayout layout, bool more_follows = false);

  // Sets the next record's fields. False at the end, also at a premature one.
  // The first field of each record must be one that never holds a newline: text
  // between two records, such as a warning, is skipped up to its last one.
  bool Next(absl::string_view* fields);

  // INTERNAL when the output ends inside a record.
  const absl::Status& status() const { return status_; }

  // What has not been read.
  absl::string_view rest() const { return rest_; }

  // The text before the record that Next() gave, or at the end, that is no
  // record; mostly empty.
  absl::string_view stray_text() const { return stray_text_; }

 private:
  absl::string_view rest_;
  const absl::string_view separator_;
  const RecordLayout layout_;
  const bool more_follows_;
  absl::Status status_;
  absl::string_view stray_text_;
};

// Reads records out of an output that comes in pieces, and forgets what it has
// read: an output of any size takes about a megabyte.
class RecordStream {
 public:
  // Is given each record's fields, and the text before it that is no record,
  // mostly empty; with null for the fields, such text at the end.
  using OnRecord = std::function<void(const absl::string_view* fields,
                                      absl::string_view stray_text)>;

  RecordStream(absl::string_view separator, RecordLayout layout,
               OnRecord on_record);

  void Feed(absl::string_view piece);
  // Reads the rest. INTERNAL when the output ends inside a record.
  absl::Status Finish();

 private:
  absl::Status Read(bool more_follows);

  const std::string separator_;
  const RecordLayout layout_;
  const OnRecord on_record_;
  std::vector<absl::string_view> fields_;
  std::string buffer_;
  size_t enough_;  // bytes in the buffer to have a look at it
};

// Epoch seconds, as SLURM_TIME_FORMAT=%s gives. Absent for "Unknown", "None",
// "N/A", 0 and anything else.
std::optional<absl::Time> ParseTime(absl::string_view text);

// Digits only; absent for anything else and for what does not fit.
std::optional<int64_t> ParseNumber(absl::string_view text);

// sacct's "code:signal".
std::optional<ExitStatus> ParseExitCode(absl::string_view text);

// squeue's exit_code, a raw wait status: 256 is exit code 1, 9 is signal 9.
std::optional<ExitStatus> ParseWaitStatus(absl::string_view text);

// The raw wait status of a job whose output file could not be opened; "0:53"
// elsewhere, which the end by a signal can be, too (seen on 22.05.8).
inline constexpr absl::string_view kOutputFailed = "4021";

// `text`, or empty for "(null)", which Slurm prints for nothing.
absl::string_view NullToEmpty(absl::string_view text);

// By the name of the program that submitted the job; absent for others than
// Slurm's own, such as slurmrestd.
std::optional<bool> IsBatchSubmission(absl::string_view submit_line);

// Sets job_id and the array and heterogeneous fields from a displayed id.
// INVALID_ARGUMENT when it is no job id, and for a summary.
absl::Status SetJobId(absl::string_view text, JobRecord* record);

// Which run a record is about; the print is left to the caller.
// INVALID_ARGUMENT when either is no number.
absl::StatusOr<RecordHead> ReadHead(absl::string_view raw_id,
                                    absl::string_view submit_time);

// Adds a record to the many that a first poll may bring.
void Append(JobRecord&& record, std::vector<JobRecord>* records);

// Sets state and state_text: "CANCELLED by 0" to kCancelled, "CANCELLED".
void SetState(absl::string_view text, JobRecord* record);

}  // namespace smon::slurm

#endif  // SMON_SLURM_RECORD_FIELDS_H_
