#ifndef SMON_SERVER_API_AUDIT_LOG_H_
#define SMON_SERVER_API_AUDIT_LOG_H_

#include <google/protobuf/message.h>
#include <grpcpp/support/status.h>

#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/mutex.h"

namespace smon {

// The log's lines for calls that change something, or were to: who, what, and
// with which result. Those whom nobody knows could fill a disk with lines: of
// their attempts a hundred at once have one, and then one a second; the next
// line says how many were left out. Thread-safe.
class AuditLog {
 public:
  static constexpr int kBurst = 100;
  static constexpr absl::Duration kEach = absl::Seconds(1);

  // A call of somebody who was let in; `response` is shown if it is OK.
  void Add(const std::string& caller, absl::string_view method,
           const google::protobuf::Message& request, const grpc::Status& status,
           const google::protobuf::Message& response);

  // A call from `address` that was refused: PERMISSION_DENIED when it is known
  // who that is.
  void AddRefused(const std::string& address, absl::string_view method,
                  const google::protobuf::Message& request,
                  const grpc::Status& status);

  // Whether a line is for now; if so, how many were not before it. `now` never
  // goes back.
  bool MayAdd(absl::Duration now, int64_t* left_out);

 private:
  Mutex mu_;
  // Lines that are not forgotten yet, at `since_`.
  double lines_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Duration since_ ABSL_GUARDED_BY(mu_);
  int64_t left_out_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace smon

#endif  // SMON_SERVER_API_AUDIT_LOG_H_
