#ifndef SMON_SERVER_STORE_FAULT_VFS_H_
#define SMON_SERVER_STORE_FAULT_VFS_H_

namespace smon {

// A disk that fails when it is told to, beneath the databases that are opened
// after Install(). Not thread-safe.
class FaultVfs {
 public:
  enum class Operation { kRead, kWrite, kSync };

  // Once in a process.
  static void Install();
  // The `after`th such operation from now on, and all after it, fail with this
  // code of SQLite, e.g. SQLITE_FULL.
  static void FailFrom(Operation operation, int after, int code);
  // No operation fails any more. Returns whether any has since FailFrom().
  static bool Mend();
};

}  // namespace smon

#endif  // SMON_SERVER_STORE_FAULT_VFS_H_
