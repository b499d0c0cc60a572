#ifndef SMON_TESTING_ATTRSVC_STANDIN_LOG_FILE_H_
#define SMON_TESTING_ATTRSVC_STANDIN_LOG_FILE_H_

#include <cstdint>
#include <string>

namespace smon::attrsvc_standin {

// A log as attrsvc finds it.
struct LogFile {
  // attrsvc's error_code, one of "invalid_path", "outside_root", "not_found",
  // "not_regular", "not_readable" and "empty_file"; empty when it was read.
  std::string error_code;
  // The last MiB of it.
  std::string tail;
  // Two reads of an unchanged file give the same.
  int64_t size = 0;
  int64_t modified_ns = 0;
};

// Reads the file at `path`, which must be below the folder `allowed_root` (both
// with symbolic links followed) unless that is empty.
LogFile ReadLogFile(const std::string& path, const std::string& allowed_root);

}  // namespace smon::attrsvc_standin

#endif  // SMON_TESTING_ATTRSVC_STANDIN_LOG_FILE_H_
