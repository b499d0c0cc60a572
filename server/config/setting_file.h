#ifndef SMON_SERVER_CONFIG_SETTING_FILE_H_
#define SMON_SERVER_CONFIG_SETTING_FILE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace smon {

// A value of the file; `flag` exists, `line` counts from 1.
struct FileSetting {
  std::string flag;
  std::string value;
  int line = 0;
};

// The file of --config: a YAML map from names of flags to values.
//
//   attrsvc_url: http://attrsvc:8000
//   partitions: [batch, gpu]   # or: batch gpu
//   interval: 60
//
// Values that hold several take a list. Whether a value is a number, or true
// or false, is for others to say.
struct SettingFile {
  std::vector<FileSetting> settings;
  // "FILE:LINE: ", what is wrong, and the mend; each is one line. What is not
  // wrong is in `settings` all the same.
  std::vector<std::string> problems;
};

// Takes 1 MiB at most, and no file that everybody may write.
SettingFile ReadSettingFile(const std::string& path);

// The same of a text; `path` is for the messages.
SettingFile ParseSettings(const std::string& path, absl::string_view text);

}  // namespace smon

#endif  // SMON_SERVER_CONFIG_SETTING_FILE_H_
