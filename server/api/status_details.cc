#include "server/api/status_details.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "common/error_reason.h"
#include "common/log.h"
#include "common/utf8.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace smon {
namespace {

constexpr char kPrefix[] = "type.googleapis.com/";
// When what failed may have passed.
constexpr int kRetrySeconds = 1;

// An error travels in headers, of which clients take 8 KiB and see nothing of
// the error when there is more. In them, a byte of the message may take three,
// and three of the details, which have the message again, take four.
constexpr size_t kMostMessageBytes = 700;
constexpr size_t kMostValueBytes = 200;  // of a description or of metadata
constexpr int kMostViolations = 12;      // more than a request has fields

// The valid UTF-8 of `bytes`, without its end where it is longer than `most`.
std::string Shorten(absl::string_view bytes, size_t most) {
  constexpr absl::string_view kCut = "...";
  // Not to escape megabytes for the sake of a few.
  std::string text = ToValidUtf8(bytes.substr(0, most + 4));
  if (text.size() <= most && bytes.size() <= most) return text;
  size_t end = std::min(text.size(), most - kCut.size());
  // Not within a character.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
    --end;
  }
  text.resize(end);
  return absl::StrCat(text, kCut);
}

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

// Where the store's own words begin, which name its file; see store/sqlite.h.
// npos when there are none.
size_t FindStoresWords(const absl::Status& status) {
  const absl::string_view message = status.message();
  // These hold what clients asked for instead.
  if (absl::IsInvalidArgument(status) || absl::IsNotFound(status)) {
    return absl::string_view::npos;
  }
  for (const absl::string_view start : {"store /", "store memory:"}) {
    if (absl::StartsWith(message, start)) return 0;
    // After what was being done.
    const size_t at = message.find(absl::StrCat(": ", start));
    if (at != absl::string_view::npos) return at + 2;
  }
  return absl::string_view::npos;
}

// What clients may read of the message.
std::string PublicMessage(const absl::Status& status) {
  const size_t store = FindStoresWords(status);
  if (store != absl::string_view::npos) {
    return absl::StrCat(status.message().substr(0, store),
                        absl::IsDataLoss(status)
                            ? "the store is damaged"
                            : "the store cannot be used now",
                        "; smonsvc's log says more");
  }
  switch (status.code()) {
    case absl::StatusCode::kDataLoss:
      return "the store is damaged; smonsvc's log says more";
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
      return "internal error; smonsvc's log says more";
    default:
      return std::string(status.message());
  }
}

// What Because said, in the words of the API.
void AddReason(absl::Status* status) {
  const auto reason = status->GetPayload(kReasonPayload);
  if (reason.has_value()) {
    *status = WithReason(*std::move(status), std::string(*reason), {});
  }
  const auto field = status->GetPayload(kFieldPayload);
  if (!field.has_value() || !absl::IsInvalidArgument(*status)) return;
  const std::string name(*field);
  google::rpc::BadRequest request;
  auto* const violation = request.add_field_violations();
  violation->set_field(name);
  violation->set_description(
      Shorten(absl::StripPrefix(status->message(), absl::StrCat(name, ": ")),
              kMostValueBytes));
  Set(request, status);
}

void AddDefaults(absl::Status* status) {
  if (!Get<google::rpc::ErrorInfo>(*status).has_value()) {
    const bool no_store = absl::IsUnavailable(*status) &&
                          FindStoresWords(*status) != absl::string_view::npos;
    *status = WithReason(
        *std::move(status),
        no_store ? "STORE_UNAVAILABLE" : ReasonOf(status->code()), {});
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
  violation->set_description(Shorten(problem, kMostValueBytes));
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
  if (!known.has_value() || known->field_violations_size() >= kMostViolations) {
    return;
  }
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
    (*info.mutable_metadata())[key] = Shorten(value, kMostValueBytes);
  }
  Set(info, &status);
  return status;
}

grpc::Status ToApiStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  absl::Status full = status;
  AddReason(&full);
  AddDefaults(&full);
  google::rpc::Status proto;
  proto.set_code(static_cast<int>(status.code()));
  const std::string message = PublicMessage(status);
  if (message != status.message()) {
    LogWarning("a call failed", {{"error", status.message()}});
  }
  proto.set_message(Shorten(message, kMostMessageBytes));
  // In one order: ForEachPayload has a new one each time.
  std::map<std::string, std::string> details;
  full.ForEachPayload([&](absl::string_view url, const absl::Cord& value) {
    if (!absl::StartsWith(url, kPrefix)) return;  // our own
    details.emplace(url, value);
  });
  for (const auto& [url, value] : details) {
    auto* const detail = proto.add_details();
    detail->set_type_url(url);
    detail->set_value(value);
  }
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      proto.message(), proto.SerializeAsString());
}

}  // namespace smon
