#ifndef SMON_SERVER_STORE_KEY_TABLE_H_
#define SMON_SERVER_STORE_KEY_TABLE_H_

#include <string>

#include "absl/status/statusor.h"
#include "soci/soci.h"

namespace smon {

// The key of that name, 32 random bytes; makes it where there is none. Throws
// what SOCI throws. DATA_LOSS when what is stored is no key.
absl::StatusOr<std::string> ReadOrMakeKey(soci::session& session,
                                          const std::string& name);

}  // namespace smon

#endif  // SMON_SERVER_STORE_KEY_TABLE_H_
