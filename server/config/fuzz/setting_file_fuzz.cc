// Input: the file of --config.

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/utf8.h"
#include "server/config/flag_table.h"
#include "server/config/setting_file.h"
#include "slurm/fuzz/fuzz.h"

namespace {

constexpr char kPath[] = "f.yaml";

// "f.yaml:LINE: what is wrong", one line that can be shown as it is.
void CheckProblem(const std::string& problem, int lines) {
  const std::string start = absl::StrCat(kPath, ":");
  SMON_FUZZ_CHECK(absl::StartsWith(problem, start));
  const size_t end = problem.find(':', start.size());
  SMON_FUZZ_CHECK(end != std::string::npos);
  int line = 0;
  SMON_FUZZ_CHECK(absl::SimpleAtoi(
      problem.substr(start.size(), end - start.size()), &line));
  SMON_FUZZ_CHECK(line >= 1 && line <= lines);
  SMON_FUZZ_CHECK(problem.size() > end + 2);
  SMON_FUZZ_CHECK(smon::ToPrintable(problem) == problem);
}

void CheckSetting(const smon::FileSetting& setting, int lines) {
  SMON_FUZZ_CHECK(smon::FindFlag(setting.flag) == setting.flag);
  SMON_FUZZ_CHECK(setting.flag != "config");
  SMON_FUZZ_CHECK(setting.line >= 1 && setting.line <= lines);
  SMON_FUZZ_CHECK(std::none_of(setting.value.begin(), setting.value.end(),
                               absl::ascii_iscntrl));
}

// Written as YAML has it between double quotes.
std::string Written(const smon::SettingFile& file) {
  std::string text;
  for (const smon::FileSetting& setting : file.settings) {
    const std::string value =
        absl::StrReplaceAll(setting.value, {{"\\", "\\\\"}, {"\"", "\\\""}});
    absl::StrAppend(&text, setting.flag, ": \"", value, "\"\n");
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  smon::FuzzInput input(data, size);
  const absl::string_view text = input.Rest();
  // YAML ends lines with \r, too; the last one may be without an end.
  const int lines =
      1 + static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
        return c == '\n' || c == '\r';
      }));
  const smon::SettingFile file = smon::ParseSettings(kPath, text);
  std::set<std::string> flags;
  for (const smon::FileSetting& setting : file.settings) {
    CheckSetting(setting, lines);
    SMON_FUZZ_CHECK(flags.insert(setting.flag).second);
  }
  for (const std::string& problem : file.problems) CheckProblem(problem, lines);

  const smon::SettingFile again = smon::ParseSettings(kPath, Written(file));
  SMON_FUZZ_CHECK(again.problems.empty());
  SMON_FUZZ_CHECK(again.settings.size() == file.settings.size());
  for (size_t i = 0; i < file.settings.size(); ++i) {
    SMON_FUZZ_CHECK(again.settings[i].flag == file.settings[i].flag);
    SMON_FUZZ_CHECK(again.settings[i].value == file.settings[i].value);
  }
  return 0;
}
