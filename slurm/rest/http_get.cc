#include "slurm/rest/http_get.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/utf8.h"
#include "curl/curl.h"

namespace smon::slurm {
namespace {

constexpr long kBufferSize = 256 * 1024;

void InitCurlOnce() {
  static const CURLcode done = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)done;
}

// A proxy has no way to the machine's own loopback interface.
bool IsLoopback(absl::string_view url) {
  return absl::StrContains(url, "://localhost") ||
         absl::StrContains(url, "://127.") ||
         absl::StrContains(url, "://[::1]");
}

bool IsReadable(int fd) {
  pollfd poll_fd = {fd, POLLIN, 0};
  return poll(&poll_fd, 1, 0) > 0;
}

class CurlResponse final : public HttpResponse {
 public:
  CurlResponse(const HttpGetOptions& options, int cancel_fd)
      : options_(options),
        cancel_fd_(cancel_fd),
        deadline_(std::chrono::steady_clock::now() +
                  absl::ToChronoNanoseconds(options.timeout)),
        multi_(curl_multi_init()),
        easy_(curl_easy_init()) {}

  ~CurlResponse() override {
    if (added_) curl_multi_remove_handle(multi_, easy_);
    curl_easy_cleanup(easy_);
    curl_multi_cleanup(multi_);
    curl_slist_free_all(headers_);
  }

  // Sends the request and waits for the first of the answer.
  absl::Status Start(absl::string_view target,
                     const std::vector<std::string>& headers) {
    if (multi_ == nullptr || easy_ == nullptr) return NoMemory();
    Set(CURLOPT_URL, absl::StrCat(options_.server.base, target).c_str());
    Set(CURLOPT_PROTOCOLS_STR, "http,https");
    Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    Set(CURLOPT_USERAGENT, options_.user_agent.c_str());
    Set(CURLOPT_NOSIGNAL, 1L);
    Set(CURLOPT_FOLLOWLOCATION, 0L);
    Set(CURLOPT_BUFFERSIZE, kBufferSize);
    Set(CURLOPT_ERRORBUFFER, error_);
    Set(CURLOPT_WRITEFUNCTION, &CurlResponse::OnBody);
    Set(CURLOPT_WRITEDATA, this);
    AddHeader("Accept: application/json");
    for (const std::string& header : headers) AddHeader(header.c_str());
    Set(CURLOPT_HTTPHEADER, headers_);
    if (!options_.server.unix_socket.empty()) {
      Set(CURLOPT_UNIX_SOCKET_PATH, options_.server.unix_socket.c_str());
    }
    if (!options_.server.unix_socket.empty() ||
        IsLoopback(options_.server.base)) {
      Set(CURLOPT_PROXY, "");
    }
    if (!ok_) return NoMemory();
    added_ = curl_multi_add_handle(multi_, easy_) == CURLM_OK;
    if (!added_) return NoMemory();
    return Pump();
  }

  int status() const override {
    long status = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    return static_cast<int>(status);
  }

  absl::StatusOr<absl::string_view> Next() override {
    if (given_) body_.clear();
    given_ = true;
    if (body_.empty()) {
      if (absl::Status status = Pump(); !status.ok()) return status;
    }
    return absl::string_view(body_);
  }

 private:
  template <typename T>
  void Set(CURLoption option, T value) {
    ok_ = curl_easy_setopt(easy_, option, value) == CURLE_OK && ok_;
  }

  void AddHeader(const char* line) {
    curl_slist* const longer = curl_slist_append(headers_, line);
    ok_ = longer != nullptr && ok_;
    if (longer != nullptr) headers_ = longer;
  }

  static absl::Status NoMemory() {
    return absl::UnavailableError("libcurl did not take the request");
  }

  absl::Status Unavailable(absl::string_view why) const {
    return absl::UnavailableError(
        absl::StrCat("slurmrestd at ", options_.server.name, ": ", why));
  }

  static size_t OnBody(char* data, size_t size, size_t count, void* self) {
    auto* const response = static_cast<CurlResponse*>(self);
    response->received_ += static_cast<int64_t>(size * count);
    if (response->received_ > response->options_.max_body) return 0;
    response->body_.append(data, size * count);
    return size * count;
  }

  // Works until there is something of the body, or its end.
  absl::Status Pump() {
    while (body_.empty() && !done_) {
      if (IsReadable(cancel_fd_)) {
        return absl::CancelledError("smonsvc is stopping");
      }
      const absl::Duration left =
          absl::FromChrono(deadline_ - std::chrono::steady_clock::now());
      if (left <= absl::ZeroDuration()) {
        return Unavailable(absl::StrCat(
            "no whole answer within ", absl::FormatDuration(options_.timeout)));
      }
      int running = 0;
      if (curl_multi_perform(multi_, &running) != CURLM_OK) return NoMemory();
      int queued = 0;
      while (const CURLMsg* const message =
                 curl_multi_info_read(multi_, &queued)) {
        if (message->msg != CURLMSG_DONE) continue;
        done_ = true;
        if (absl::Status status = StatusOf(message->data.result);
            !status.ok()) {
          return status;
        }
      }
      if (!body_.empty() || done_) break;
      curl_waitfd cancelled = {cancel_fd_, CURL_WAIT_POLLIN, 0};
      const int64_t ms = absl::ToInt64Milliseconds(left) + 1;
      curl_multi_poll(multi_, &cancelled, 1,
                      static_cast<int>(std::min<int64_t>(ms, 60'000)), nullptr);
    }
    return absl::OkStatus();
  }

  absl::Status StatusOf(CURLcode code) const {
    if (code == CURLE_OK) return absl::OkStatus();
    if (received_ > options_.max_body) {
      return absl::ResourceExhaustedError(
          absl::StrCat("slurmrestd at ", options_.server.name,
                       " sent more than ", options_.max_body, " bytes"));
    }
    // curl's own text names localhost's port 80 where a unix socket was meant.
    long os_error = 0;
    if (code == CURLE_COULDNT_CONNECT &&
        curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &os_error) == CURLE_OK &&
        os_error != 0) {
      return Unavailable(strerror(static_cast<int>(os_error)));
    }
    return Unavailable(
        ToPrintable(error_[0] != '\0' ? error_ : curl_easy_strerror(code)));
  }

  const HttpGetOptions& options_;
  const int cancel_fd_;
  // Whatever is done to the wall clock.
  const std::chrono::steady_clock::time_point deadline_;
  CURLM* const multi_;
  CURL* const easy_;
  curl_slist* headers_ = nullptr;
  bool ok_ = true;
  bool added_ = false;
  bool done_ = false;
  bool given_ = false;  // body_ was returned by Next()
  int64_t received_ = 0;
  std::string body_;  // what came and was not read yet
  char error_[CURL_ERROR_SIZE] = "";
};

}  // namespace

HttpGetter::HttpGetter(HttpGetOptions options)
    : options_(std::move(options)), cancel_fd_(eventfd(0, EFD_CLOEXEC)) {
  if (cancel_fd_ < 0) abort();
  InitCurlOnce();
}

HttpGetter::~HttpGetter() { close(cancel_fd_); }

absl::StatusOr<std::unique_ptr<HttpResponse>> HttpGetter::Get(
    absl::string_view target, const std::vector<std::string>& headers) {
  auto response = std::make_unique<CurlResponse>(options_, cancel_fd_);
  if (absl::Status status = response->Start(target, headers); !status.ok()) {
    return status;
  }
  return std::unique_ptr<HttpResponse>(std::move(response));
}

void HttpGetter::Cancel() {
  const uint64_t one = 1;
  // It cannot block or fail: the counter is nowhere near its end.
  const ssize_t written = write(cancel_fd_, &one, sizeof(one));
  (void)written;
}

}  // namespace smon::slurm
