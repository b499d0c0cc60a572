#include "server/gateway/call_metadata.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/status_macros.h"
#include "server/gateway/go_base64.h"
#include "server/gateway/go_text.h"
#include "server/gateway/url.h"

namespace smon {
namespace {

constexpr absl::string_view kMetadataPrefix = "grpc-metadata-";

// A century, which the clock can still add.
constexpr absl::Duration kLongestTimeout = absl::Hours(24 * 36525);

// isPermanentHTTPHeader of grpc-gateway, in lower case.
bool IsStandingHeader(absl::string_view name) {
  for (const char* standing : {"accept",
                               "accept-charset",
                               "accept-language",
                               "accept-ranges",
                               "authorization",
                               "cache-control",
                               "content-type",
                               "cookie",
                               "date",
                               "expect",
                               "from",
                               "if-match",
                               "if-modified-since",
                               "if-none-match",
                               "if-schedule-tag-match",
                               "if-unmodified-since",
                               "max-forwards",
                               "origin",
                               "pragma",
                               "referer",
                               "user-agent",
                               "via",
                               "warning"}) {
    if (name == standing) return true;
  }
  return false;
}

// gRPC ends the process when an application hands it metadata that is not
// allowed, so nothing doubtful may pass: neither its own names nor HTTP/2's.
bool IsAllowedKey(absl::string_view key) {
  for (const char c : key) {
    if (!absl::ascii_islower(c) && !absl::ascii_isdigit(c) && c != '_' &&
        c != '-' && c != '.') {
      return false;
    }
  }
  for (const char* reserved :
       {"", "te", "host", "connection", "content-type", "content-length",
        "transfer-encoding", "upgrade", "user-agent", "lb-token", "lb-cost-bin",
        "endpoint-load-metrics-bin"}) {
    if (key == reserved) return false;
  }
  return !absl::StartsWith(key, "grpc-") && key != "-bin";
}

bool IsPrintable(absl::string_view value) {
  for (const char c : value) {
    if (c < 0x20 || c > 0x7e) return false;
  }
  return true;
}

absl::StatusOr<absl::Duration> ParseTimeout(absl::string_view text) {
  const absl::Status bad =
      absl::InvalidArgumentError(absl::StrCat("invalid grpc-timeout: ", text));
  if (text.size() < 2) return bad;
  absl::Duration unit;
  switch (text.back()) {
    case 'H':
      unit = absl::Hours(1);
      break;
    case 'M':
      unit = absl::Minutes(1);
      break;
    case 'S':
      unit = absl::Seconds(1);
      break;
    case 'm':
      unit = absl::Milliseconds(1);
      break;
    case 'u':
      unit = absl::Microseconds(1);
      break;
    case 'n':
      unit = absl::Nanoseconds(1);
      break;
    default:
      return bad;
  }
  text.remove_suffix(1);
  const auto count = GoParseInt(text, 64);
  if (!count.ok()) return bad;
  // The double is off by a little only where kLongestTimeout is the answer.
  const absl::Duration timeout = unit * static_cast<double>(*count);
  return std::min(timeout, kLongestTimeout);
}

void AddIfPrintable(absl::string_view key, absl::string_view value,
                    grpc::ClientContext* context) {
  if (IsPrintable(value)) {
    context->AddMetadata(std::string(key), std::string(value));
  }
}

// textproto.CanonicalMIMEHeaderKey.
std::string CanonicalName(absl::string_view name) {
  std::string canonical(name);
  bool upper = true;
  for (char& c : canonical) {
    c = upper ? absl::ascii_toupper(c) : absl::ascii_tolower(c);
    upper = c == '-';
  }
  return canonical;
}

absl::StatusOr<std::string> DecodeBinary(absl::string_view name,
                                         absl::string_view value) {
  auto bytes = GoBase64Decode(value, GoBase64::kStandard,
                              /*padded=*/value.size() % 4 == 0);
  if (bytes.ok()) return bytes;
  return Annotate(bytes.status(),
                  absl::StrCat("invalid binary header ", CanonicalName(name)));
}

}  // namespace

absl::Status AnnotateContext(const HttpRequest& request,
                             absl::Duration default_timeout,
                             grpc::ClientContext* context) {
  absl::Duration timeout = absl::ZeroDuration();
  if (const auto text = FindHeader(request.headers, "grpc-timeout");
      !text.empty()) {
    SMON_ASSIGN_OR_RETURN(timeout, ParseTimeout(text));
  }
  if (timeout < absl::ZeroDuration()) {
    return absl::DeadlineExceededError("context deadline exceeded");
  }
  if (timeout == absl::ZeroDuration()) timeout = default_timeout;
  if (timeout != absl::InfiniteDuration()) {
    // gRPC's own clock. absl::Now() may be two seconds behind one that was set,
    // and the deadline be past then.
    context->set_deadline(std::chrono::system_clock::now() +
                          absl::ToChronoNanoseconds(timeout));
  }

  for (const auto& [key, value] : request.own_metadata) {
    context->AddMetadata(key, value);
  }
  for (const auto& [name, value] : request.headers) {
    const std::string lower = absl::AsciiStrToLower(name);
    absl::string_view key = lower;
    if (key == "authorization") AddIfPrintable(key, value, context);
    if (IsStandingHeader(key)) {
      AddIfPrintable(absl::StrCat("grpcgateway-", key), value, context);
    } else if (absl::ConsumePrefix(&key, kMetadataPrefix) &&
               IsAllowedKey(key)) {
      if (absl::EndsWith(key, "-bin")) {
        SMON_ASSIGN_OR_RETURN(const std::string bytes,
                              DecodeBinary(name, value));
        context->AddMetadata(std::string(key), bytes);
      } else {
        AddIfPrintable(key, value, context);
      }
    }
  }
  absl::string_view host = FindHeader(request.headers, "x-forwarded-host");
  if (host.empty()) host = SplitHttpTarget(request.target).host;
  if (host.empty()) host = FindHeader(request.headers, "host");
  if (!host.empty()) AddIfPrintable("x-forwarded-host", host, context);
  std::string hops(FindHeader(request.headers, "x-forwarded-for"));
  if (!request.remote_address.empty()) {
    absl::StrAppend(&hops, hops.empty() ? "" : ", ", request.remote_address);
  }
  if (!hops.empty()) AddIfPrintable("x-forwarded-for", hops, context);
  return absl::OkStatus();
}

HttpHeaders ResponseHeaders(const grpc::ClientContext& context) {
  HttpHeaders headers;
  for (const auto& [key, value] : context.GetServerInitialMetadata()) {
    const absl::string_view name(key.data(), key.size());
    const absl::string_view text(value.data(), value.size());
    headers.emplace_back(absl::StrCat("Grpc-Metadata-", name),
                         absl::EndsWith(name, "-bin") ? absl::Base64Escape(text)
                                                      : std::string(text));
  }
  return headers;
}

}  // namespace smon
