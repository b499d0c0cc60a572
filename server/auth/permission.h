#ifndef SMON_SERVER_AUTH_PERMISSION_H_
#define SMON_SERVER_AUTH_PERMISSION_H_

namespace smon {

// What a call needs, and what a caller has. Who may write may read.
enum class Permission { kRead, kWrite };

inline bool Covers(Permission has, Permission needs) {
  return has == Permission::kWrite || needs == Permission::kRead;
}

}  // namespace smon

#endif  // SMON_SERVER_AUTH_PERMISSION_H_
