#include "server/gateway/large_answer.h"

#include <openssl/sha.h>
#include <zlib.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace smon {
namespace {

// The fastest: jobs in JSON shrink to a tenth all the same.
constexpr int kLevel = 1;
constexpr int kGzipWindow = 15 + 16;  // of zlib: 32 KiB, in gzip's format
constexpr int kMemory = 8;            // zlib's default
constexpr size_t kEtagBytes = 16;

// All values of a header that may come several times.
std::string JoinHeader(const HttpHeaders& headers, absl::string_view name) {
  std::string all;
  for (const auto& [key, value] : headers) {
    if (!absl::EqualsIgnoreCase(key, name)) continue;
    absl::StrAppend(&all, all.empty() ? "" : ",", value);
  }
  return all;
}

// Nothing where there is no memory for it.
std::optional<std::string> Gzip(const std::string& text) {
  z_stream stream = {};
  if (deflateInit2(&stream, kLevel, Z_DEFLATED, kGzipWindow, kMemory,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return std::nullopt;
  }
  std::string zipped(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(zipped.data());
  stream.avail_out = static_cast<uInt>(zipped.size());
  const bool whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  zipped.resize(stream.total_out);
  deflateEnd(&stream);
  if (!whole) return std::nullopt;
  return zipped;
}

// Results may be of any type, packed already.
bool IsText(absl::string_view content_type) {
  return absl::StartsWithIgnoreCase(content_type, "application/json") ||
         absl::StartsWithIgnoreCase(content_type, "text/");
}

}  // namespace

std::string EtagOf(absl::string_view body) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(body.data()), body.size(),
         digest);
  return absl::StrCat("W/\"",
                      absl::BytesToHexString(absl::string_view(
                          reinterpret_cast<const char*>(digest), kEtagBytes)),
                      "\"");
}

bool PrefersGzip(absl::string_view accept_encoding) {
  std::optional<double> gzip;
  std::optional<double> any;
  std::optional<double> identity;
  for (absl::string_view entry : absl::StrSplit(accept_encoding, ',')) {
    const std::vector<absl::string_view> parts = absl::StrSplit(entry, ';');
    const auto coding = absl::StripAsciiWhitespace(parts[0]);
    double weight = 1;
    for (size_t i = 1; i < parts.size(); ++i) {
      absl::string_view part = absl::StripAsciiWhitespace(parts[i]);
      if (!absl::ConsumePrefix(&part, "q=") &&
          !absl::ConsumePrefix(&part, "Q=")) {
        continue;
      }
      // What cannot be understood is not wanted.
      if (!absl::SimpleAtod(part, &weight) || !(weight >= 0)) weight = 0;
    }
    if (absl::EqualsIgnoreCase(coding, "gzip") ||
        absl::EqualsIgnoreCase(coding, "x-gzip")) {
      gzip = weight;
    } else if (absl::EqualsIgnoreCase(coding, "identity")) {
      identity = weight;
    } else if (coding == "*") {
      any = weight;
    }
  }
  const double wanted = gzip.value_or(any.value_or(0));
  // Not named, identity may be sent, but anything named comes first.
  return wanted > 0 && wanted >= identity.value_or(0);
}

bool NamesEtag(absl::string_view if_none_match, absl::string_view etag) {
  absl::ConsumePrefix(&etag, "W/");
  // Our tags have no comma.
  for (absl::string_view one : absl::StrSplit(if_none_match, ',')) {
    one = absl::StripAsciiWhitespace(one);
    absl::ConsumePrefix(&one, "W/");
    if (one == etag || one == "*") return true;
  }
  return false;
}

std::function<void(HttpResponse)> ShrinkLargeAnswer(
    const HttpRequest& request, std::function<void(HttpResponse)> done) {
  const bool cacheable = request.method == "GET" || request.method == "HEAD";
  return [cacheable, done = std::move(done),
          gzip = PrefersGzip(JoinHeader(request.headers, "Accept-Encoding")),
          known = JoinHeader(request.headers, "If-None-Match")](
             HttpResponse response) {
    if (response.stream != nullptr ||
        response.body.size() < kLargeAnswerBytes) {
      return done(std::move(response));
    }
    if (cacheable && response.status == 200 &&
        FindHeader(response.headers, "ETag").empty()) {
      const std::string etag =
          response.etag.empty() ? EtagOf(response.body) : response.etag;
      response.headers.emplace_back("ETag", etag);
      if (NamesEtag(known, etag)) {
        response.status = 304;
        response.body.clear();
        response.headers.emplace_back("Vary", "Accept-Encoding");
        return done(std::move(response));
      }
    }
    if (!IsText(response.content_type)) return done(std::move(response));
    response.headers.emplace_back("Vary", "Accept-Encoding");
    if (!gzip) return done(std::move(response));
    if (auto zipped = Gzip(response.body)) {
      response.body = *std::move(zipped);
      response.headers.emplace_back("Content-Encoding", "gzip");
    }
    done(std::move(response));
  };
}

}  // namespace smon
