#include "slurm/rest/rest_api.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "rapidjson/error/en.h"
#include "rapidjson/reader.h"
#include "slurm/record_fields.h"
#include "slurm/rest/source_stream.h"

namespace smon::slurm {
namespace {

// N of "/slurm/v0.0.N/jobs" or "/slurm/v0.0.N/jobs/".
std::optional<int64_t> VersionOf(absl::string_view path,
                                 absl::string_view prefix) {
  if (!absl::ConsumePrefix(&path, prefix)) return std::nullopt;
  absl::ConsumeSuffix(&path, "/");
  if (!absl::ConsumeSuffix(&path, "/jobs")) return std::nullopt;
  return ParseNumber(path);
}

// Collects the keys of "paths".
class PathsReader
    : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, PathsReader> {
 public:
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    const absl::string_view key(text, size);
    if (depth_ == 1) in_paths_ = key == "paths";
    if (depth_ == 2 && in_paths_) Add(key);
    return true;
  }
  bool StartObject() { return Open(); }
  bool StartArray() { return Open(); }
  bool EndObject(rapidjson::SizeType) { return Close(); }
  bool EndArray(rapidjson::SizeType) { return Close(); }

  const std::set<int64_t>& slurm() const { return slurm_; }
  const std::set<int64_t>& slurmdb() const { return slurmdb_; }

 private:
  bool Open() { return ++depth_ <= 64; }
  bool Close() {
    --depth_;
    return true;
  }
  void Add(absl::string_view path) {
    if (const auto n = VersionOf(path, "/slurm/v0.0.")) slurm_.insert(*n);
    if (const auto n = VersionOf(path, "/slurmdb/v0.0.")) slurmdb_.insert(*n);
  }

  int depth_ = 0;
  bool in_paths_ = false;
  std::set<int64_t> slurm_;
  std::set<int64_t> slurmdb_;
};

int NewestKnown(const std::set<int64_t>& versions) {
  int newest = 0;
  for (const int64_t version : versions) {
    if (version >= kOldestRestApi && version <= kNewestRestApi) {
      newest = static_cast<int>(version);
    }
  }
  return newest;
}

std::string Names(const std::set<int64_t>& versions) {
  std::string names;
  for (const int64_t version : versions) {
    absl::StrAppend(&names, names.empty() ? "" : ", ", "v0.0.", version);
  }
  return names.empty() ? "none" : names;
}

}  // namespace

absl::StatusOr<RestApi> ChooseRestApi(ByteSource* openapi) {
  SourceStream stream(openapi);
  PathsReader paths;
  rapidjson::Reader parser;
  const rapidjson::ParseResult result =
      parser.Parse<rapidjson::kParseIterativeFlag |
                   rapidjson::kParseNumbersAsStringsFlag>(stream, paths);
  if (!stream.status().ok()) return stream.status();
  if (result.IsError()) {
    return absl::InternalError(
        absl::StrCat("slurmrestd's list of paths cannot be read: ",
                     rapidjson::GetParseError_En(result.Code())));
  }
  RestApi api;
  api.slurm = NewestKnown(paths.slurm());
  api.slurmdb = NewestKnown(paths.slurmdb());
  if (api.slurm == 0) {
    return absl::NotFoundError(absl::StrCat(
        "slurmrestd serves no version of its API that smonsvc knows (v0.0.",
        kOldestRestApi, " to v0.0.", kNewestRestApi,
        "); it has: ", Names(paths.slurm())));
  }
  return api;
}

}  // namespace smon::slurm
