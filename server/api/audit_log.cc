#include "server/api/audit_log.h"

#include <algorithm>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "common/log_flood.h"
#include "common/utf8.h"

namespace smon {
namespace {

constexpr size_t kLongestText = 500;  // bytes of a message in the log

std::string Shorten(const google::protobuf::Message& message) {
  std::string text = message.ShortDebugString();
  if (text.size() > kLongestText) {
    text.resize(kLongestText);
    text += "...";
  }
  return ToPrintable(text);
}

// Of what was let in: it may be too much at once, or not allowed after all.
const char* OutcomeOf(const grpc::Status& status) {
  if (status.ok()) return "done";
  return status.error_code() == grpc::RESOURCE_EXHAUSTED ? "refused" : "failed";
}

}  // namespace

void AuditLog::Add(const std::string& caller, absl::string_view method,
                   const google::protobuf::Message& request,
                   const grpc::Status& status,
                   const google::protobuf::Message& response) {
  LogInfoAlways(
      "audit", {{"who", caller},
                {"what", method},
                {"request", Shorten(request)},
                {"outcome", OutcomeOf(status)},
                {"result", status.ok() ? Shorten(response)
                                       : std::string(status.error_message())}});
}

void AuditLog::AddRefused(const std::string& address, absl::string_view method,
                          const google::protobuf::Message& request,
                          const grpc::Status& status) {
  int64_t left_out = 0;
  const absl::Duration now =
      absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
  const bool is_known = status.error_code() == grpc::PERMISSION_DENIED;
  if (!is_known && !MayAdd(now, &left_out)) return;
  LogInfoAlways("audit", {{"who", absl::StrCat("peer:", address)},
                          {"what", method},
                          {"request", Shorten(request)},
                          {"outcome", "refused"},
                          {"result", status.error_message()},
                          {"left_out", left_out}});
}

bool AuditLog::MayAdd(absl::Duration now, int64_t* left_out) {
  MutexLock lock(&mu_);
  lines_ = std::max(0.0, lines_ - absl::FDivDuration(now - since_, kEach));
  since_ = now;
  if (lines_ > kBurst - 1) {
    ++left_out_;
    return false;
  }
  ++lines_;
  *left_out = left_out_;
  left_out_ = 0;
  return true;
}

}  // namespace smon
