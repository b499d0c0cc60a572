#include "slurm/rest/rest_url.h"

#include <sys/un.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/utf8.h"
#include "curl/curl.h"

namespace smon::slurm {
namespace {

// sun_path ends with a NUL.
constexpr size_t kMaxSocketPath = sizeof(sockaddr_un::sun_path) - 1;

absl::Status Invalid(absl::string_view text, absl::string_view why) {
  // What stands before an '@' may be a password.
  const std::string shown = absl::StrContains(text, "@")
                                ? "the address"
                                : absl::StrCat("'", ToPrintable(text), "'");
  return absl::InvalidArgumentError(absl::StrCat(
      shown, " ", why,
      "; give unix:///PATH, http://HOST[:PORT] or https://HOST[:PORT]"));
}

struct CurlUrlDeleter {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

bool Has(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  const bool has = curl_url_get(url, part, &text, 0) == CURLUE_OK;
  curl_free(text);
  return has;
}

}  // namespace

absl::StatusOr<RestUrl> ParseRestUrl(absl::string_view text) {
  RestUrl url;
  url.name = std::string(text);
  absl::string_view path = text;
  if (absl::ConsumePrefix(&path, "unix://")) {
    if (!absl::StartsWith(path, "/") || absl::EndsWith(path, "/") ||
        path.size() > kMaxSocketPath) {
      return Invalid(text, absl::StrCat("has no absolute path of a socket of ",
                                        "at most ", kMaxSocketPath, " bytes"));
    }
    url.base = "http://localhost";
    url.unix_socket = std::string(path);
    return url;
  }
  if (!absl::StartsWith(text, "http://") &&
      !absl::StartsWith(text, "https://")) {
    return Invalid(text, "begins with none of unix://, http:// and https://");
  }
  const std::unique_ptr<CURLU, CurlUrlDeleter> parsed(curl_url());
  if (parsed == nullptr || curl_url_set(parsed.get(), CURLUPART_URL,
                                        url.name.c_str(), 0) != CURLUE_OK) {
    return Invalid(text, "is no URL");
  }
  if (Has(parsed.get(), CURLUPART_USER) ||
      Has(parsed.get(), CURLUPART_PASSWORD)) {
    return Invalid(text, "must not hold a user or password");
  }
  if (Has(parsed.get(), CURLUPART_QUERY) ||
      Has(parsed.get(), CURLUPART_FRAGMENT)) {
    return Invalid(text, "must not hold '?' or '#'");
  }
  url.base = std::string(absl::StripSuffix(text, "/"));
  return url;
}

}  // namespace smon::slurm
