// Input: a line with a path template, then the path of a request,
// percent-encoded.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "server/gateway/path_template.h"
#include "server/gateway/url.h"
#include "slurm/fuzz/fuzz.h"

namespace {

using smon::PathTemplate;

// What a template has bound, put back into it, is the path.
void CheckOwnRoute(const std::string& text, const std::string& path,
                   const std::vector<std::string>& segments) {
  const auto parsed = PathTemplate::Parse(text);
  SMON_FUZZ_CHECK(parsed.ok());
  PathTemplate::Bindings bindings;
  if (parsed->Match(segments, &bindings) != PathTemplate::Result::kMatch) {
    SMON_FUZZ_CHECK(bindings.empty());
    return;
  }
  SMON_FUZZ_CHECK(bindings.size() == parsed->field_paths().size());
  // At once: a value may look like another variable.
  std::vector<std::pair<std::string, std::string>> values;
  for (const auto& [field, value] : bindings) {
    values.emplace_back(absl::StrCat("{", field, "}"), value);
  }
  SMON_FUZZ_CHECK(absl::StrReplaceAll(text, values) == path);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  smon::FuzzInput input(data, size);
  const auto any = PathTemplate::Parse(input.Line());
  const auto path = smon::DecodePath(input.Rest());
  if (!path.ok()) {
    SMON_FUZZ_CHECK(path.status().message().size() < 100);
    return 0;
  }
  if (!absl::StartsWith(*path, "/")) return 0;
  const std::vector<std::string> segments =
      absl::StrSplit(absl::string_view(*path).substr(1), '/');
  for (const char* route :
       {"/v1/jobs", "/v1/jobs:watch", "/v1/jobs/{job_id}",
        "/v1/jobs/{job_id}/result", "/v1/jobs/{job_id}:resubmit",
        "/v1/clusters/{cluster}", "/v1/clusters/{cluster}/jobs:watch",
        "/v1/clusters/{cluster}/jobs/{job_id}",
        "/v1/clusters/{cluster}/jobs/{job_id}:notify"}) {
    CheckOwnRoute(route, *path, segments);
  }
  if (!any.ok()) return 0;
  PathTemplate::Bindings bindings;
  if (any->Match(segments, &bindings) != PathTemplate::Result::kMatch) return 0;
  SMON_FUZZ_CHECK(bindings.size() == any->field_paths().size());
  for (const auto& [field, value] : bindings) {
    // "files/**" has bound "files/" of "/files".
    SMON_FUZZ_CHECK(absl::StrContains(absl::StrCat(*path, "/"), value));
  }
  return 0;
}
