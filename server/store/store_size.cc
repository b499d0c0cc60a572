#include "server/store/store_size.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace smon {
namespace {

absl::Status CannotAsk(const std::string& path) {
  return absl::UnavailableError(
      absl::StrCat("cannot tell the size of ", path, ": ", strerror(errno)));
}

}  // namespace

absl::StatusOr<StoreSize> SizeOfFiles(const std::string& path) {
  StoreSize size;
  struct stat file;
  if (stat(path.c_str(), &file) != 0) return CannotAsk(path);
  size.database_bytes = file.st_size;
  // There is none where nothing was written yet.
  if (stat(absl::StrCat(path, "-wal").c_str(), &file) == 0) {
    size.wal_bytes = file.st_size;
  }
  struct statvfs disk;
  if (statvfs(path.c_str(), &disk) != 0) return CannotAsk(path);
  size.free_bytes =
      static_cast<int64_t>(disk.f_bavail) * static_cast<int64_t>(disk.f_frsize);
  return size;
}

}  // namespace smon
