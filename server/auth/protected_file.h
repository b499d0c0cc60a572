#ifndef SMON_SERVER_AUTH_PROTECTED_FILE_H_
#define SMON_SERVER_AUTH_PROTECTED_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace smon {

// Which state of a file it is: another one after any change.
struct FileStamp {
  uint64_t device = 0;
  uint64_t inode = 0;
  int64_t size = 0;
  int64_t modified_nanos = 0;
  int64_t changed_nanos = 0;

  bool operator==(const FileStamp& other) const {
    return device == other.device && inode == other.inode &&
           size == other.size && modified_nanos == other.modified_nanos &&
           changed_nanos == other.changed_nanos;
  }
  bool operator!=(const FileStamp& other) const { return !(*this == other); }
};

// Of a file that is not there: all zeroes.
FileStamp StampOf(const std::string& path);

enum class Secrecy {
  kPublic,   // all may read it
  kHashes,   // none but its owner and group should
  kPrivate,  // none but its owner and group may
};

// The content of a file, at most 1 MiB. What all may write is refused, and so
// is a kPrivate one that all may read; such a one of kHashes is read, with a
// warning in the log. Errors name the path and the mend.
absl::StatusOr<std::string> ReadProtectedFile(const std::string& path,
                                              Secrecy secrecy);

}  // namespace smon

#endif  // SMON_SERVER_AUTH_PROTECTED_FILE_H_
