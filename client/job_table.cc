#include "client/job_table.h"

#include <string>
#include <utility>
#include <vector>

#include "client/job_text.h"
#include "client/table.h"
#include "client/time_format.h"

namespace smon::client {
namespace {

enum class Field {
  kJobId,
  kName,
  kUser,
  kPartition,
  kCluster,
  kState,
  kExit,
  kSubmitted,
  kStarted,
  kEnded,
  kElapsed,
  kPhase,
  kProblem,
  kAction,
  kReason,
  kLog,
};

// Where the terminal is narrow: first texts are cut, then whole columns go, the
// one that says least first.
Table::Column ColumnOf(Field field) {
  switch (field) {
    case Field::kJobId:
      return {"JOBID"};
    case Field::kName:
      return {"NAME", 12, 2};
    case Field::kUser:
      return {"USER", 8, 6};
    case Field::kPartition:
      return {"PARTITION", 9, 10};
    case Field::kCluster:
      return {"CLUSTER", 7, 1};
    case Field::kState:
      return {"STATE"};
    case Field::kExit:
      return {"EXIT", 0, 9};
    case Field::kSubmitted:
      return {"SUBMITTED", 0, 13};
    case Field::kStarted:
      return {"STARTED", 0, 12};
    case Field::kEnded:
      return {"ENDED", 0, 4};
    case Field::kElapsed:
      return {"ELAPSED", 0, 11};
    case Field::kPhase:
      return {"PHASE", 0, 8};
    case Field::kProblem:
      return {"PROBLEM", 0, 7};
    case Field::kAction:
      return {"ACTION", 8, 3};
    case Field::kReason:
      return {"REASON", 16, 5};
    case Field::kLog:
      return {"LOG", 16, 14};
  }
  return {""};
}

std::vector<Field> FieldsOf(JobTableKind kind) {
  switch (kind) {
    case JobTableKind::kUsual:
      return {Field::kJobId,  Field::kName,  Field::kUser,  Field::kPartition,
              Field::kState,  Field::kExit,  Field::kEnded, Field::kPhase,
              Field::kAction, Field::kReason};
    case JobTableKind::kWide:
      return {Field::kJobId,     Field::kName,    Field::kUser,
              Field::kPartition, Field::kState,   Field::kExit,
              Field::kSubmitted, Field::kStarted, Field::kEnded,
              Field::kElapsed,   Field::kPhase,   Field::kProblem,
              Field::kAction,    Field::kReason,  Field::kLog};
    case JobTableKind::kDeadLetters:
      return {Field::kJobId, Field::kName,    Field::kUser, Field::kEnded,
              Field::kPhase, Field::kProblem, Field::kLog,  Field::kReason};
  }
  return {};
}

// For people as they say it; for programs as sacct prints it.
std::string TimeText(bool present, const google::protobuf::Timestamp& proto,
                     const JobListStyle& style) {
  if (!present) return "";
  const absl::Time time = FromProto(proto);
  return style.terminal.is_terminal
             ? FormatRelative(time, style.now, style.zone)
             : FormatLocal(time, style.zone);
}

Table::Cell CellOf(Field field, const v1::Job& job, const JobListStyle& style) {
  switch (field) {
    case Field::kJobId:
      return {job.job_id()};
    case Field::kName:
      return {job.name()};
    case Field::kUser:
      return {job.user()};
    case Field::kPartition:
      return {job.partition()};
    case Field::kCluster:
      return {job.cluster()};
    case Field::kState:
      return {StateText(job), StateColor(job)};
    case Field::kExit:
      return {ExitText(job)};
    case Field::kSubmitted:
      return {TimeText(job.has_submit_time(), job.submit_time(), style)};
    case Field::kStarted:
      return {TimeText(job.has_start_time(), job.start_time(), style)};
    case Field::kEnded:
      return {TimeText(job.has_end_time(), job.end_time(), style)};
    case Field::kElapsed:
      return {ElapsedText(job, style.now)};
    case Field::kPhase:
      return {PhaseText(job)};
    case Field::kProblem:
      return {ProblemText(job.delivery())};
    case Field::kAction:
      return {ActionText(job.verdict()), ActionColor(job.verdict())};
    case Field::kReason:
      return {ReasonText(job)};
    case Field::kLog:
      return {job.stdout_path()};
  }
  return {};
}

class JobTable final : public JobWriter {
 public:
  JobTable(const JobListStyle& style, std::vector<Field> fields)
      : style_(style),
        fields_(std::move(fields)),
        table_(Columns(fields_), style.terminal, style.headers) {}

  absl::Status Append(const JobList& jobs, std::string* text) override {
    for (const v1::Job& job : jobs) {
      std::vector<Table::Cell> cells;
      for (Field field : fields_) cells.push_back(CellOf(field, job, style_));
      table_.AddRow(std::move(cells));
    }
    text->append(table_.TakeText());
    return absl::OkStatus();
  }
  void SetNow(absl::Time now) override { style_.now = now; }

 private:
  static std::vector<Table::Column> Columns(const std::vector<Field>& fields) {
    std::vector<Table::Column> columns;
    for (Field field : fields) columns.push_back(ColumnOf(field));
    return columns;
  }

  JobListStyle style_;
  const std::vector<Field> fields_;
  Table table_;
};

}  // namespace

std::unique_ptr<JobWriter> MakeJobTable(const JobListStyle& style,
                                        JobTableKind kind) {
  std::vector<Field> fields = FieldsOf(kind);
  // Next to the id, which alone does not say which job it is.
  if (style.clusters || kind == JobTableKind::kWide) {
    fields.insert(fields.begin() + 1, Field::kCluster);
  }
  return std::make_unique<JobTable>(style, std::move(fields));
}

}  // namespace smon::client
