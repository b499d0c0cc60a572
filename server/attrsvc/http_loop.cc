#include "server/attrsvc/http_loop.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "common/utf8.h"
#include "curl/curl.h"

namespace smon {
namespace {

constexpr size_t kMaxHeaderBytes = 256 * 1024;
// How long the loop sleeps when nothing happens; a start wakes it up.
constexpr int kIdleMs = 60'000;

// libcurl takes 0 for "no limit".
long Milliseconds(absl::Duration duration) {
  const int64_t ms = absl::ToInt64Milliseconds(duration);
  return static_cast<long>(std::clamp<int64_t>(ms, 1, 1'000'000'000));
}

// A proxy has no way to the machine's own loopback interface.
bool IsLoopback(const std::string& url) {
  CURLU* const parsed = curl_url();
  char* host = nullptr;
  bool loopback = false;
  if (parsed != nullptr &&
      curl_url_set(parsed, CURLUPART_URL, url.c_str(), 0) == CURLUE_OK &&
      curl_url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
    loopback = absl::EqualsIgnoreCase(host, "localhost") ||
               absl::StartsWith(host, "127.") ||
               absl::string_view(host) == "[::1]";
  }
  curl_free(host);
  curl_url_cleanup(parsed);
  return loopback;
}

std::string Header(CURL* easy, const char* name) {
  curl_header* header = nullptr;
  if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK) {
    return "";
  }
  return header->value;
}

template <typename T>
T Info(CURL* easy, CURLINFO what) {
  T value{};
  curl_easy_getinfo(easy, what, &value);
  return value;
}

}  // namespace

// One request on its way.
class HttpLoop::Transfer {
 public:
  Transfer(OutgoingRequest request, Callback done,
           const HttpLoopOptions& options)
      : request_(std::move(request)),
        done_(std::move(done)),
        options_(options),
        easy_(curl_easy_init()) {}
  ~Transfer() {
    curl_easy_cleanup(easy_);
    curl_slist_free_all(headers_);
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  CURL* easy() const { return easy_; }

  // False when libcurl did not take an option, for want of memory.
  bool SetUp() {
    if (easy_ == nullptr) return false;
    SetUpRequest();
    SetUpLimits();
    return ok_;
  }

  void Finish(CURLcode code) {
    HttpOutcome outcome;
    outcome.response.status =
        static_cast<int>(Info<long>(easy_, CURLINFO_RESPONSE_CODE));
    if (code == CURLE_OK) {
      outcome.response.retry_after = Header(easy_, "retry-after");
      outcome.response.location = Header(easy_, "location");
      outcome.response.content_encoding = Header(easy_, "content-encoding");
      outcome.response.body = std::move(body_);
      outcome.response.received = absl::Now();
    } else {
      outcome.failure = FailureOf(code);
      outcome.error = ToPrintable(ErrorOf(code, outcome.failure));
    }
    done_(std::move(outcome));
  }

  void Stop() {
    HttpOutcome outcome;
    outcome.failure = HttpOutcome::kStopped;
    outcome.error = "smonsvc is stopping";
    done_(std::move(outcome));
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

  void SetUpRequest() {
    Set(CURLOPT_URL, request_.url.c_str());
    Set(CURLOPT_PROTOCOLS_STR, "http,https");
    Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    Set(CURLOPT_USERAGENT, options_.user_agent.c_str());
    AddHeader("Accept: application/json");
    if (request_.is_post) {
      AddHeader("Content-Type: application/json");
      // Not worth a round trip.
      AddHeader("Expect:");
      Set(CURLOPT_POST, 1L);
      Set(CURLOPT_POSTFIELDSIZE_LARGE,
          static_cast<curl_off_t>(request_.body.size()));
      Set(CURLOPT_POSTFIELDS, request_.body.c_str());
    }
    Set(CURLOPT_HTTPHEADER, headers_);
    if (!options_.unix_socket.empty()) {
      Set(CURLOPT_UNIX_SOCKET_PATH, options_.unix_socket.c_str());
    }
    if (!options_.unix_socket.empty() || IsLoopback(request_.url)) {
      Set(CURLOPT_PROXY, "");
    }
  }

  void SetUpLimits() {
    Set(CURLOPT_NOSIGNAL, 1L);
    Set(CURLOPT_FOLLOWLOCATION, 0L);
    Set(CURLOPT_TIMEOUT_MS, Milliseconds(options_.timeout));
    Set(CURLOPT_CONNECTTIMEOUT_MS, Milliseconds(options_.connect_timeout));
    // A name server that does not answer must not hold up the loop when a
    // request is given up.
    Set(CURLOPT_QUICK_EXIT, 1L);
    Set(CURLOPT_ERRORBUFFER, error_);
    Set(CURLOPT_WRITEFUNCTION, &Transfer::OnBody);
    Set(CURLOPT_WRITEDATA, this);
    Set(CURLOPT_HEADERFUNCTION, &Transfer::OnHeader);
    Set(CURLOPT_HEADERDATA, this);
  }

  static size_t OnBody(char* data, size_t, size_t size, void* self) {
    auto* const transfer = static_cast<Transfer*>(self);
    if (size > transfer->options_.max_body_bytes - transfer->body_.size()) {
      transfer->too_large_ = true;
      return 0;
    }
    transfer->body_.append(data, size);
    return size;
  }

  static size_t OnHeader(char*, size_t, size_t size, void* self) {
    auto* const transfer = static_cast<Transfer*>(self);
    transfer->header_bytes_ += size;
    return transfer->header_bytes_ <= kMaxHeaderBytes ? size : 0;
  }

  HttpOutcome::Failure FailureOf(CURLcode code) const {
    if (too_large_ || header_bytes_ > kMaxHeaderBytes) {
      return HttpOutcome::kTooLarge;
    }
    if (code != CURLE_OPERATION_TIMEDOUT) return HttpOutcome::kConnection;
    if (header_bytes_ > 0) return HttpOutcome::kTooSlow;
    const bool sent = Info<long>(easy_, CURLINFO_REQUEST_SIZE) > 0;
    return sent ? HttpOutcome::kSilence : HttpOutcome::kConnection;
  }

  std::string ErrorOf(CURLcode code, HttpOutcome::Failure failure) const {
    switch (failure) {
      case HttpOutcome::kSilence:
        return absl::StrCat("nothing came within ",
                            absl::FormatDuration(options_.timeout));
      case HttpOutcome::kTooSlow:
        return absl::StrCat("its answer was not complete within ",
                            absl::FormatDuration(options_.timeout));
      case HttpOutcome::kTooLarge:
        if (!too_large_) {
          return absl::StrCat("the headers of its answer are larger than ",
                              kMaxHeaderBytes, " bytes");
        }
        return absl::StrCat("its answer is larger than ",
                            options_.max_body_bytes, " bytes");
      default:
        break;
    }
    const long os_error = Info<long>(easy_, CURLINFO_OS_ERRNO);
    if (code == CURLE_COULDNT_CONNECT && os_error != 0) {
      return strerror(static_cast<int>(os_error));
    }
    return error_[0] != '\0' ? error_ : curl_easy_strerror(code);
  }

  const OutgoingRequest request_;
  const Callback done_;
  const HttpLoopOptions& options_;
  CURL* const easy_;
  curl_slist* headers_ = nullptr;
  bool ok_ = true;
  char error_[CURL_ERROR_SIZE] = "";
  size_t header_bytes_ = 0;
  bool too_large_ = false;
  std::string body_;
};

absl::StatusOr<std::unique_ptr<HttpLoop>> HttpLoop::Create(
    const HttpLoopOptions& options) {
  static const CURLcode initialized = curl_global_init(CURL_GLOBAL_DEFAULT);
  CURLM* const multi = initialized == CURLE_OK ? curl_multi_init() : nullptr;
  if (multi == nullptr) {
    return absl::InternalError("libcurl could not be initialized");
  }
  return std::unique_ptr<HttpLoop>(new HttpLoop(options, multi));
}

HttpLoop::HttpLoop(const HttpLoopOptions& options, void* multi)
    : options_(options), multi_(multi), thread_([this] { Run(); }) {}

HttpLoop::~HttpLoop() {
  {
    const MutexLock lock(&mutex_);
    stopping_ = true;
  }
  curl_multi_wakeup(multi_);
  thread_.join();
  curl_multi_cleanup(multi_);
}

void HttpLoop::Start(OutgoingRequest request, Callback done) {
  {
    const MutexLock lock(&mutex_);
    queue_.push_back({std::move(request), std::move(done)});
  }
  curl_multi_wakeup(multi_);
}

bool HttpLoop::TakeQueue(std::vector<Waiting>* queue) {
  const MutexLock lock(&mutex_);
  if (stopping_) return false;
  queue->swap(queue_);
  return true;
}

void HttpLoop::Run() {
  std::vector<Waiting> queue;
  while (TakeQueue(&queue)) {
    for (Waiting& waiting : queue) Begin(std::move(waiting));
    queue.clear();
    int running = 0;
    curl_multi_perform(multi_, &running);
    FinishDone();
    curl_multi_poll(multi_, nullptr, 0, kIdleMs, nullptr);
  }
  FinishAll();
}

void HttpLoop::Begin(Waiting waiting) {
  auto transfer = std::make_unique<Transfer>(std::move(waiting.request),
                                             std::move(waiting.done), options_);
  if (!transfer->SetUp() ||
      curl_multi_add_handle(multi_, transfer->easy()) != CURLM_OK) {
    transfer->Finish(CURLE_OUT_OF_MEMORY);
    return;
  }
  CURL* const easy = transfer->easy();
  active_[easy] = std::move(transfer);
}

void HttpLoop::FinishDone() {
  int left = 0;
  while (CURLMsg* const message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    // Removing the handle ends the message's life.
    CURL* const easy = message->easy_handle;
    const CURLcode code = message->data.result;
    auto node = active_.extract(easy);
    node.mapped()->Finish(code);
    curl_multi_remove_handle(multi_, easy);
  }
}

void HttpLoop::FinishAll() {
  for (auto& [easy, transfer] : active_) {
    curl_multi_remove_handle(multi_, easy);
    transfer->Stop();
  }
  active_.clear();
  // A callback may have asked for more.
  for (;;) {
    std::vector<Waiting> queue;
    {
      const MutexLock lock(&mutex_);
      queue.swap(queue_);
    }
    if (queue.empty()) return;
    for (Waiting& waiting : queue) {
      Transfer(std::move(waiting.request), std::move(waiting.done), options_)
          .Stop();
    }
  }
}

}  // namespace smon
