#include "server/api/status_details.h"

#include <optional>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "common/log.h"
#include "common/utf8.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace smon {
namespace {

constexpr char kPrefix[] = "type.googleapis.com/";
// When what failed may have passed.
constexpr int kRetrySeconds = 1;

template <typename Message>
std::string UrlOf() {
  return absl::StrCat(kPrefix, Message::descriptor()->full_name());
}

template <typename Message>
std::optional<Message> Get(const absl::Status& status) {
  const absl::optional<absl::Cord> payload =
      status.GetPayload(UrlOf<Message>());
  Message message;
  if (!payload.has_value() || !message.ParseFromString(std::string(*payload))) {
    return std::nullopt;
  }
  return message;
}

template <typename Message>
void Set(const Message& message, absl::Status* status) {
  status->SetPayload(UrlOf<Message>(), absl::Cord(message.SerializeAsString()));
}

// For errors that say no other.
const char* ReasonOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
      return "INVALID_REQUEST";
    case absl::StatusCode::kNotFound:
      return "NOT_FOUND";
    case absl::StatusCode::kFailedPrecondition:
      return "FAILED_PRECONDITION";
    case absl::StatusCode::kUnauthenticated:
      return "UNAUTHENTICATED";
    case absl::StatusCode::kPermissionDenied:
      return "PERMISSION_DENIED";
    case absl::StatusCode::kResourceExhausted:
      return "BUSY";
    case absl::StatusCode::kUnavailable:
      return "UNAVAILABLE";
    case absl::StatusCode::kUnimplemented:
      return "UNIMPLEMENTED";
    case absl::StatusCode::kCancelled:
      return "CANCELLED";
    case absl::StatusCode::kDeadlineExceeded:
      return "DEADLINE_EXCEEDED";
    case absl::StatusCode::kAborted:
      return "ABORTED";
    case absl::StatusCode::kDataLoss:
      return "STORE_DAMAGED";
    default:
      return "INTERNAL";
  }
}

// The store's own words start so; see store/sqlite.h.
bool IsOfTheStore(const absl::Status& status) {
  return absl::StartsWith(status.message(), "store ");
}

// What clients may read of the message.
std::string PublicMessage(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kDataLoss:
      return "the store is damaged; smonsvc's log says more";
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kFailedPrecondition:
      if (!IsOfTheStore(status)) break;
      return "the store cannot be used now; smonsvc's log says more";
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
      return "internal error; smonsvc's log says more";
    default:
      break;
  }
  return ToValidUtf8(status.message());
}

void AddDefaults(absl::Status* status) {
  if (!Get<google::rpc::ErrorInfo>(*status).has_value()) {
    *status = WithReason(*std::move(status), ReasonOf(status->code()), {});
  }
  const bool may_pass =
      absl::IsUnavailable(*status) || absl::IsResourceExhausted(*status);
  if (may_pass && !Get<google::rpc::RetryInfo>(*status).has_value()) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(kRetrySeconds);
    Set(retry, status);
  }
}

}  // namespace

absl::Status InvalidField(absl::string_view field, absl::string_view problem) {
  absl::Status status =
      absl::InvalidArgumentError(absl::StrCat(field, ": ", problem));
  google::rpc::BadRequest request;
  auto* const violation = request.add_field_violations();
  violation->set_field(std::string(field));
  violation->set_description(ToValidUtf8(problem));
  Set(request, &status);
  return status;
}

void AddInvalid(const absl::Status& status, absl::Status* all) {
  if (status.ok()) return;
  const auto fields = Get<google::rpc::BadRequest>(status);
  if (all->ok() || !fields.has_value()) {
    *all = status;
    return;
  }
  auto known = Get<google::rpc::BadRequest>(*all);
  if (!known.has_value()) return;
  known->MergeFrom(*fields);
  *all = absl::InvalidArgumentError(
      absl::StrCat(all->message(), "; ", status.message()));
  Set(*known, all);
}

absl::Status WithReason(absl::Status status, absl::string_view reason,
                        const std::map<std::string, std::string>& metadata) {
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(reason));
  info.set_domain(std::string(kErrorDomain));
  for (const auto& [key, value] : metadata) {
    (*info.mutable_metadata())[key] = ToValidUtf8(value);
  }
  Set(info, &status);
  return status;
}

grpc::Status ToApiStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  absl::Status full = status;
  AddDefaults(&full);
  google::rpc::Status proto;
  proto.set_code(static_cast<int>(status.code()));
  proto.set_message(PublicMessage(status));
  if (proto.message() != status.message()) {
    LogWarning("a call failed", {{"error", status.message()}});
  }
  full.ForEachPayload([&proto](absl::string_view url, const absl::Cord& value) {
    auto* const detail = proto.add_details();
    detail->set_type_url(std::string(url));
    detail->set_value(std::string(value));
  });
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      proto.message(), proto.SerializeAsString());
}

}  // namespace smon
