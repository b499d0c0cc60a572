#include "slurm/rest/rest_error.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/utf8.h"

namespace smon::slurm {
namespace {

// Slurm's errnos (slurm_errno.h).
constexpr int64_t kNothingFound = 9003;  // ESLURM_REST_EMPTY_RESULT
constexpr int64_t kAuthentication =
    1007;  // SLURM_PROTOCOL_AUTHENTICATION_ERROR
constexpr size_t kMaxShown = 400;

constexpr char kCheckToken[] =
    "; are --slurm_user and the token in --slurm_jwt_file right and not "
    "expired?";

class TextSource final : public ByteSource {
 public:
  explicit TextSource(absl::string_view text) : text_(text) {}
  absl::StatusOr<absl::string_view> Next() override {
    const absl::string_view text = text_;
    text_ = {};
    return text;
  }

 private:
  absl::string_view text_;
};

}  // namespace

absl::Status RestAnswerError(absl::string_view what, const RestAnswer& answer) {
  const RestAnswer::Error* worst = nullptr;
  for (const RestAnswer::Error& error : answer.errors) {
    if (error.number == kNothingFound) continue;
    worst = &error;
    break;
  }
  if (worst == nullptr) return absl::OkStatus();
  const std::string message = absl::StrCat(
      "slurmrestd, ", what, ": ",
      worst->text.empty() ? "an error without a text"
                          : ToPrintable(worst->text),
      " (error ", worst->number,
      worst->source.empty() ? ""
                            : absl::StrCat(" of ", ToPrintable(worst->source)),
      ")");
  if (absl::StrContains(absl::AsciiStrToLower(worst->text),
                        "accounting storage is disabled")) {
    return absl::FailedPreconditionError(message);
  }
  if (worst->number == kAuthentication) {
    return absl::UnavailableError(absl::StrCat(message, kCheckToken));
  }
  // What 22.05 says when slurmctld is away, and when it refuses the token.
  if (worst->number == -1) {
    return absl::UnavailableError(absl::StrCat(
        message, "; is slurmctld up, and the token (if any) valid?"));
  }
  return absl::UnavailableError(message);
}

absl::Status RestStatusError(absl::string_view what, int http_status,
                             absl::string_view body) {
  if (absl::StartsWith(absl::StripLeadingAsciiWhitespace(body), "{")) {
    static const auto* const no_fields = new RestFields({});
    TextSource source(body);
    const auto answer =
        ReadRestAnswer(&source, "", *no_fields, [](const RestRecord&) {});
    if (answer.ok()) {
      absl::Status status = RestAnswerError(what, *answer);
      if (!status.ok() && http_status >= 500) return status;
    }
  }
  const std::string message = absl::StrCat(
      "slurmrestd, ", what, ": HTTP status ", http_status, " ",
      ToPrintable(absl::StripAsciiWhitespace(body.substr(0, kMaxShown))));
  switch (http_status) {
    case 400:
      return absl::InternalError(message);
    case 401:
    case 403:
      return absl::UnavailableError(absl::StrCat(message, kCheckToken));
    case 404:
      return absl::NotFoundError(message);
    default:
      return absl::UnavailableError(message);
  }
}

}  // namespace smon::slurm
