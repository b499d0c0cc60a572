#include "client/job_writer.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/columns.h"
#include "client/job_table.h"
#include "client/json.h"
#include "client/yaml.h"
#include "common/status_macros.h"
#include "common/utf8.h"

namespace smon::client {
namespace {

// One document, {"jobs":[…]}, with a job a line.
class JsonWriter final : public JobWriter {
 public:
  absl::Status Append(const JobList& jobs, std::string* text) override {
    for (const v1::Job& job : jobs) {
      text->append(any_ ? ",\n" : "{\"jobs\":[\n");
      any_ = true;
      SMON_RETURN_IF_ERROR(AppendJson(job, text));
    }
    return absl::OkStatus();
  }
  void Finish(std::string* text) override {
    text->append(any_ ? "\n]}\n" : "{\"jobs\":[]}\n");
  }

 private:
  bool any_ = false;
};

class JsonLinesWriter final : public JobWriter {
 public:
  absl::Status Append(const JobList& jobs, std::string* text) override {
    for (const v1::Job& job : jobs) {
      SMON_RETURN_IF_ERROR(AppendJson(job, text));
      text->push_back('\n');
    }
    return absl::OkStatus();
  }
};

// One document, "jobs:" and a list.
class YamlWriter final : public JobWriter {
 public:
  absl::Status Append(const JobList& jobs, std::string* text) override {
    for (const v1::Job& job : jobs) {
      if (!any_) text->append("jobs:\n");
      any_ = true;
      SMON_RETURN_IF_ERROR(AppendYamlItem(job, text));
    }
    return absl::OkStatus();
  }
  void Finish(std::string* text) override {
    if (!any_) text->append("jobs: []\n");
  }

 private:
  bool any_ = false;
};

class NameWriter final : public JobWriter {
 public:
  explicit NameWriter(bool clusters) : clusters_(clusters) {}

  absl::Status Append(const JobList& jobs, std::string* text) override {
    for (const v1::Job& job : jobs) {
      if (clusters_) absl::StrAppend(text, ToPrintable(job.cluster()), "/");
      absl::StrAppend(text, ToPrintable(job.job_id()), "\n");
    }
    return absl::OkStatus();
  }

 private:
  const bool clusters_;
};

class CsvJobWriter final : public JobWriter {
 public:
  CsvJobWriter(std::vector<Column> columns, bool headers)
      : rows_(std::move(columns), headers) {}

  absl::Status Append(const JobList& jobs, std::string* text) override {
    for (const v1::Job& job : jobs) rows_.Append(job, text);
    return absl::OkStatus();
  }
  void Finish(std::string* text) override { rows_.Finish(text); }

 private:
  CsvRows rows_;
};

class CustomWriter final : public JobWriter {
 public:
  CustomWriter(std::vector<Column> columns, const JobListStyle& style)
      : rows_(std::move(columns), style.terminal, style.headers) {}

  absl::Status Append(const JobList& jobs, std::string* text) override {
    for (const v1::Job& job : jobs) rows_.Add(job);
    text->append(rows_.TakeText());
    return absl::OkStatus();
  }

 private:
  CustomRows rows_;
};

// One that stays: programs read it by place as well as by name. New columns go
// to the end.
constexpr char kCsvColumns[] =
    "job_id:job_id,raw_job_id:raw_job_id,restart_count:restart_count,"
    "cluster:cluster,name:name,user:user,partition:partition,state:state,"
    "exit_code:exit_code,exit_signal:exit_signal,submit_time:submit_time,"
    "start_time:start_time,end_time:end_time,work_dir:work_dir,"
    "stdout_path:stdout_path,phase:delivery.phase,problem:delivery.problem,"
    "error:delivery.error,action:verdict.action,reason:verdict.reason";

}  // namespace

absl::StatusOr<std::unique_ptr<JobWriter>> MakeJobWriter(
    const JobListStyle& style) {
  switch (style.output.format) {
    case OutputFormat::kTable:
      return MakeJobTable(style, JobTableKind::kUsual);
    case OutputFormat::kWide:
      return MakeJobTable(style, JobTableKind::kWide);
    case OutputFormat::kJson:
      return std::make_unique<JsonWriter>();
    case OutputFormat::kJsonLines:
      return std::make_unique<JsonLinesWriter>();
    case OutputFormat::kYaml:
      return std::make_unique<YamlWriter>();
    case OutputFormat::kName:
      return std::make_unique<NameWriter>(style.clusters);
    case OutputFormat::kCsv: {
      SMON_ASSIGN_OR_RETURN(std::vector<Column> columns,
                            ParseColumns(*v1::Job::descriptor(), kCsvColumns));
      return std::make_unique<CsvJobWriter>(std::move(columns), style.headers);
    }
    case OutputFormat::kCustomColumns: {
      SMON_ASSIGN_OR_RETURN(
          std::vector<Column> columns,
          ParseColumns(*v1::Job::descriptor(), style.output.columns));
      return std::make_unique<CustomWriter>(std::move(columns), style);
    }
  }
  return absl::InternalError("no such output format");
}

}  // namespace smon::client
