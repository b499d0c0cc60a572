#ifndef SMON_COMMON_STATUS_MACROS_H_
#define SMON_COMMON_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

// Returns from the function when `expr`, an absl::Status, is not OK.
#define SMON_RETURN_IF_ERROR(expr)                            \
  do {                                                        \
    if (absl::Status smon_status = (expr); !smon_status.ok()) \
      return smon_status;                                     \
  } while (false)

// SMON_ASSIGN_OR_RETURN(auto value, ComputeIt()); unwraps an absl::StatusOr.
#define SMON_ASSIGN_OR_RETURN(lhs, expr) \
  SMON_ASSIGN_OR_RETURN_(SMON_CONCAT_(smon_status_or_, __LINE__), lhs, expr)
#define SMON_ASSIGN_OR_RETURN_(tmp, lhs, expr) \
  auto tmp = (expr);                           \
  if (!tmp.ok()) return tmp.status();          \
  lhs = *std::move(tmp)
#define SMON_CONCAT_(a, b) SMON_CONCAT_INNER_(a, b)
#define SMON_CONCAT_INNER_(a, b) a##b

namespace smon {

// The same error, payloads too, with "context: " before its message.
inline absl::Status Annotate(const absl::Status& status,
                             absl::string_view context) {
  if (status.ok()) return status;
  absl::Status annotated(status.code(),
                         absl::StrCat(context, ": ", status.message()));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    annotated.SetPayload(url, payload);
  });
  return annotated;
}

}  // namespace smon

#endif  // SMON_COMMON_STATUS_MACROS_H_
