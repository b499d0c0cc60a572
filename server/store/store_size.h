#ifndef SMON_SERVER_STORE_STORE_SIZE_H_
#define SMON_SERVER_STORE_STORE_SIZE_H_

#include <string>

#include "absl/status/statusor.h"
#include "server/monitor/store.h"

namespace smon {

// What an SQLite file in WAL mode takes of its disk. UNAVAILABLE names the path
// when the disk cannot be asked.
absl::StatusOr<StoreSize> SizeOfFiles(const std::string& path);

}  // namespace smon

#endif  // SMON_SERVER_STORE_STORE_SIZE_H_
