#include "server/store/fault_vfs.h"

#include <sqlite3.h>

#include <cstring>

namespace smon {
namespace {

// What fails, if `code` is not SQLITE_OK.
FaultVfs::Operation failing = FaultVfs::Operation::kRead;
int operations_left = 0;
int code = SQLITE_OK;
bool has_failed = false;

int Fault(FaultVfs::Operation operation) {
  if (code == SQLITE_OK || operation != failing) return SQLITE_OK;
  if (--operations_left > 0) return SQLITE_OK;
  has_failed = true;
  return code;
}

// A file of ours; the one below follows it in memory.
struct FaultFile {
  sqlite3_file base;
};

sqlite3_file* Below(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<FaultFile*>(file) +
                                         1);
}

// Passes a call on to the file below.
template <auto Method, typename... Args>
auto Forward(sqlite3_file* file, Args... args) {
  sqlite3_file* const below = Below(file);
  return (below->pMethods->*Method)(below, args...);
}

int Read(sqlite3_file* file, void* to, int bytes, sqlite3_int64 offset) {
  const int fault = Fault(FaultVfs::Operation::kRead);
  if (fault != SQLITE_OK) return fault;
  return Forward<&sqlite3_io_methods::xRead>(file, to, bytes, offset);
}

int Write(sqlite3_file* file, const void* from, int bytes,
          sqlite3_int64 offset) {
  const int fault = Fault(FaultVfs::Operation::kWrite);
  if (fault != SQLITE_OK) return fault;
  return Forward<&sqlite3_io_methods::xWrite>(file, from, bytes, offset);
}

int Sync(sqlite3_file* file, int flags) {
  const int fault = Fault(FaultVfs::Operation::kSync);
  if (fault != SQLITE_OK) return fault;
  return Forward<&sqlite3_io_methods::xSync>(file, flags);
}

const sqlite3_io_methods* Methods() {
  static const sqlite3_io_methods methods = [] {
    sqlite3_io_methods m{};
    m.iVersion = 2;  // with shared memory, without memory-mapped reads
    m.xClose = [](sqlite3_file* file) {
      return Forward<&sqlite3_io_methods::xClose>(file);
    };
    m.xRead = &Read;
    m.xWrite = &Write;
    m.xTruncate = [](sqlite3_file* file, sqlite3_int64 size) {
      return Forward<&sqlite3_io_methods::xTruncate>(file, size);
    };
    m.xSync = &Sync;
    m.xFileSize = [](sqlite3_file* file, sqlite3_int64* size) {
      return Forward<&sqlite3_io_methods::xFileSize>(file, size);
    };
    m.xLock = [](sqlite3_file* file, int lock) {
      return Forward<&sqlite3_io_methods::xLock>(file, lock);
    };
    m.xUnlock = [](sqlite3_file* file, int lock) {
      return Forward<&sqlite3_io_methods::xUnlock>(file, lock);
    };
    m.xCheckReservedLock = [](sqlite3_file* file, int* result) {
      return Forward<&sqlite3_io_methods::xCheckReservedLock>(file, result);
    };
    m.xFileControl = [](sqlite3_file* file, int operation, void* argument) {
      return Forward<&sqlite3_io_methods::xFileControl>(file, operation,
                                                        argument);
    };
    m.xSectorSize = [](sqlite3_file* file) {
      return Forward<&sqlite3_io_methods::xSectorSize>(file);
    };
    m.xDeviceCharacteristics = [](sqlite3_file* file) {
      return Forward<&sqlite3_io_methods::xDeviceCharacteristics>(file);
    };
    m.xShmMap = [](sqlite3_file* file, int page, int size, int extend,
                   void volatile** memory) {
      return Forward<&sqlite3_io_methods::xShmMap>(file, page, size, extend,
                                                   memory);
    };
    m.xShmLock = [](sqlite3_file* file, int offset, int n, int flags) {
      return Forward<&sqlite3_io_methods::xShmLock>(file, offset, n, flags);
    };
    m.xShmBarrier = [](sqlite3_file* file) {
      Forward<&sqlite3_io_methods::xShmBarrier>(file);
    };
    m.xShmUnmap = [](sqlite3_file* file, int remove) {
      return Forward<&sqlite3_io_methods::xShmUnmap>(file, remove);
    };
    return m;
  }();
  return &methods;
}

int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags,
         int* out_flags) {
  auto* const below = static_cast<sqlite3_vfs*>(vfs->pAppData);
  const int status = below->xOpen(below, name, Below(file), flags, out_flags);
  file->pMethods = Below(file)->pMethods == nullptr ? nullptr : Methods();
  return status;
}

}  // namespace

void FaultVfs::Install() {
  sqlite3_vfs* const below = sqlite3_vfs_find(nullptr);
  // Its functions do not look at the object that they are called with.
  static sqlite3_vfs vfs = *below;
  vfs.zName = "fault";
  vfs.szOsFile = static_cast<int>(sizeof(FaultFile)) + below->szOsFile;
  vfs.pAppData = below;
  vfs.xOpen = &Open;
  sqlite3_vfs_register(&vfs, /*makeDflt=*/1);
}

void FaultVfs::FailFrom(Operation operation, int after, int with) {
  failing = operation;
  operations_left = after;
  has_failed = false;
  code = with;
}

bool FaultVfs::Mend() {
  code = SQLITE_OK;
  return has_failed;
}

}  // namespace smon
