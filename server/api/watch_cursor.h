#ifndef SMON_SERVER_API_WATCH_CURSOR_H_
#define SMON_SERVER_API_WATCH_CURSOR_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/monitor/store.h"

namespace smon {

// Cursors of WatchJobs: opaque text that holds a position in the changes of the
// Store. It belongs to no filter: one may go on with another.
std::string EncodeCursor(const ChangePosition& position);

// INVALID_ARGUMENT when `cursor` was not made by EncodeCursor.
absl::StatusOr<ChangePosition> DecodeCursor(absl::string_view cursor);

}  // namespace smon

#endif  // SMON_SERVER_API_WATCH_CURSOR_H_
