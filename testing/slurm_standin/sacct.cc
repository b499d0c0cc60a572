#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "testing/slurm_standin/command.h"
#include "testing/slurm_standin/fault_presets.h"
#include "testing/slurm_standin/job_text.h"
#include "testing/slurm_standin/options.h"
#include "testing/slurm_standin/sacct_fields.h"
#include "testing/slurm_standin/sacct_selection.h"

namespace smon::slurm_standin {
namespace {

constexpr char kDefaultFormat[] =
    "JobID,JobName,Partition,Account,AllocCPUS,State,ExitCode";

std::vector<OptionSpec> Specs(const State& state) {
  std::vector<OptionSpec> specs = {
      {'a', "allusers", false}, {'D', "duplicates", false},
      {'E', "endtime", true},   {'e', "helpformat", false},
      {'j', "jobs", true},      {'M', "clusters", true},
      {'n', "noheader", false}, {'o', "format", true},
      {'p', "parsable", false}, {'P', "parsable2", false},
      {'r', "partition", true}, {'S', "starttime", true},
      {'s', "state", true},     {'u', "user", true},
      {'V', "version", false},  {'X', "allocations", false},
      {0, "delimiter", true},   {0, "local", false}};
  if (state.MajorMinor() >= std::make_pair(21, 8)) {
    specs.push_back({'B', "batch-script", false});
  }
  if (state.MajorMinor() >= std::make_pair(24, 5)) {
    specs.push_back({0, "expand-patterns", false});
  }
  return specs;
}

class Printer {
 public:
  Printer(const State& state, const Call& call, const Options& options,
          std::vector<SacctColumn> columns, std::string* out)
      : state_(state),
        call_(call),
        columns_(std::move(columns)),
        parsable_(options.Has("parsable") || options.Has("parsable2")),
        ends_with_delimiter_(!options.Has("parsable2")),
        delimiter_(options.Has("delimiter") ? options.Get("delimiter") : "|"),
        out_(out) {}

  void PrintHeader() {
    std::vector<std::string> names;
    std::vector<std::string> dashes;
    for (const SacctColumn& column : columns_) {
      names.emplace_back(column.field->name);
      dashes.emplace_back(std::abs(column.width), '-');
    }
    PrintLine(names);
    if (!parsable_) PrintLine(dashes);
  }

  void Print(const SacctRow& row) {
    std::vector<std::string> texts;
    texts.reserve(columns_.size());
    for (const SacctColumn& column : columns_) {
      texts.push_back(column.field->text(state_, call_, row));
    }
    PrintLine(texts);
  }

 private:
  void PrintLine(const std::vector<std::string>& texts) {
    for (size_t i = 0; i < texts.size(); ++i) {
      if (!parsable_) {
        PrintPadded(texts[i], columns_[i]);
        continue;
      }
      out_->append(texts[i]);
      if (ends_with_delimiter_ || i + 1 < texts.size()) {
        out_->append(delimiter_);
      }
    }
    out_->push_back('\n');
  }

  // A value that does not fit ends with '+', a heading is just cut.
  void PrintPadded(std::string text, const SacctColumn& column) {
    const size_t width = std::abs(column.width);
    if (text.size() > width) {
      const bool is_heading = text == column.field->name;
      text.resize(width);
      if (!is_heading && width > 0) text.back() = '+';
    }
    const std::string padding(width - text.size(), ' ');
    absl::StrAppend(out_, column.width < 0 ? "" : padding, text,
                    column.width < 0 ? padding : "", " ");
  }

  const State& state_;
  const Call& call_;
  const std::vector<SacctColumn> columns_;
  const bool parsable_;
  const bool ends_with_delimiter_;
  const std::string delimiter_;
  std::string* const out_;
};

std::string BatchScripts(const Call& call,
                         const std::vector<const Job*>& jobs) {
  std::string out;
  for (const Job* job : jobs) {
    absl::StrAppend(&out, "Batch Script for ", DisplayId(call, *job), "\n",
                    std::string(80, '-'), "\n",
                    job->batch_script.value_or("NONE\n"), "\n");
  }
  return out;
}

// srun's and salloc's jobs, jobs that never started and later components have
// none.
bool HasBatchStep(const Job& job) {
  return job.batch && job.start != 0 && job.het_offset == 0;
}

}  // namespace

Output RunSacct(const State& state, const Call& call) {
  const Options options = ParseOptions(Specs(state), call.args);
  if (!options.error.empty()) {
    return Failure(absl::StrCat("sacct: ", options.error, "\n"));
  }
  if (options.Has("version")) return VersionOutput(state);
  if (!options.operands.empty()) {
    return Failure(absl::StrCat("sacct: error: Unknown arguments:\n",
                                "sacct: error:  ", options.operands[0], "\n"));
  }
  if (options.Has("batch-script") && !options.Has("jobs")) {
    return Failure(
        "sacct: fatal: When requesting job scripts you must also request "
        "specific jobs with the '-j' option.\n");
  }
  Output output;
  SacctSelection selection;
  if (!selection.Read(state, call, options, &output)) return output;
  if (const auto fault = ContactDatabase(state, call)) return *fault;
  if (options.Has("helpformat")) {
    output.out = SacctHelpFormat(state);
    return output;
  }
  std::vector<SacctColumn> columns;
  std::string format = kDefaultFormat;
  if (call.env.count("SACCT_FORMAT") > 0) format = call.Env("SACCT_FORMAT");
  if (options.Has("format")) format = options.Get("format");
  if (!ParseSacctFormat(state, format, &columns, &output.err)) {
    output.exit_status = 1;
    return output;
  }
  const std::vector<const Job*> jobs =
      selection.Select(state, options.Has("duplicates"));
  if (options.Has("batch-script")) {
    output.out = BatchScripts(call, jobs);
    return output;
  }
  Printer printer(state, call, options, std::move(columns), &output.out);
  if (!options.Has("noheader")) printer.PrintHeader();
  for (const Job* job : jobs) {
    printer.Print({job, /*is_batch_step=*/false});
    if (!options.Has("allocations") && HasBatchStep(*job)) {
      printer.Print({job, /*is_batch_step=*/true});
    }
  }
  return output;
}

}  // namespace smon::slurm_standin
