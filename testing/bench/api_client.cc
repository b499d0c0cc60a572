#include "testing/bench/api_client.h"

#include <arpa/inet.h>
#include <grpcpp/grpcpp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "proto/smon/v1/monitor.grpc.pb.h"

namespace smon {
namespace {

constexpr int kPageSize = 100;
// Before the token of a page, in its JSON.
constexpr char kToken[] = "\"nextPageToken\":\"";
constexpr char kLength[] = "Content-Length: ";

class GrpcClient : public ApiClient {
 public:
  explicit GrpcClient(int port) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub_ = v1::MonitorService::NewStub(grpc::CreateCustomChannel(
        absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials(),
        arguments));
  }

  bool GetJob(int64_t id) override {
    grpc::ClientContext context;
    v1::GetJobRequest request;
    request.set_job_id(absl::StrCat(id));
    v1::Job job;
    return stub_->GetJob(&context, request, &job).ok() &&
           job.job_id() == request.job_id();
  }

  bool ListJobs() override {
    grpc::ClientContext context;
    v1::ListJobsRequest request;
    request.set_page_size(kPageSize);
    request.set_page_token(token_);
    v1::ListJobsResponse page;
    const bool good = stub_->ListJobs(&context, request, &page).ok();
    token_ = page.next_page_token();
    return good && page.jobs_size() > 0;
  }

 private:
  std::unique_ptr<v1::MonitorService::Stub> stub_;
  std::string token_;
};

class JsonClient : public ApiClient {
 public:
  explicit JsonClient(int port) : connection_(port) {}

  bool GetJob(int64_t id) override {
    return Get(absl::StrCat("/v1/jobs/", id)) &&
           absl::StrContains(body_, absl::StrCat("\"jobId\":\"", id, "\""));
  }

  bool ListJobs() override {
    const bool good = Get(absl::StrCat(
        "/v1/jobs?pageSize=", kPageSize, token_.empty() ? "" : "&pageToken=",
        absl::StrReplaceAll(token_,
                            {{"+", "%2B"}, {"/", "%2F"}, {"=", "%3D"}})));
    const size_t at = body_.rfind(kToken);
    if (at == std::string::npos) return false;
    const size_t begin = at + sizeof(kToken) - 1;
    token_ = body_.substr(begin, body_.find('"', begin) - begin);
    return good && absl::StrContains(body_, "\"jobId\":\"");
  }

 private:
  // Fills body_.
  bool Get(const std::string& target) {
    std::string all;
    size_t end = std::string::npos;
    if (!connection_.Send(absl::StrCat(
            "GET ", target, " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"))) {
      return false;
    }
    size_t whole = 0;
    while (whole == 0 || all.size() < whole) {
      const std::string more = connection_.Receive();
      if (more.empty()) return false;
      all += more;
      if (whole == 0 && (end = all.find("\r\n\r\n")) != std::string::npos) {
        const size_t at = all.find(kLength);
        if (at > end) return false;
        whole = end + 4 +
                static_cast<size_t>(
                    std::atoll(all.c_str() + at + sizeof(kLength) - 1));
      }
    }
    body_ = all.substr(end + 4);
    return absl::StartsWith(all, "HTTP/1.1 200 ");
  }

  RawConnection connection_;
  std::string token_;
  std::string body_;
};

}  // namespace

std::unique_ptr<ApiClient> NewGrpcClient(int port) {
  return std::make_unique<GrpcClient>(port);
}

std::unique_ptr<ApiClient> NewJsonClient(int port) {
  return std::make_unique<JsonClient>(port);
}

RawConnection::RawConnection(int port)
    : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  const timeval limit = {60, 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) ==
      0) {
    return;
  }
  std::perror("connect");
  std::abort();
}

RawConnection::~RawConnection() { close(fd_); }

bool RawConnection::Send(absl::string_view text) {
  while (!text.empty()) {
    const ssize_t n = send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    text.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

std::string RawConnection::Receive() {
  std::string piece(64 * 1024, '\0');
  const ssize_t n = recv(fd_, piece.data(), piece.size(), 0);
  piece.resize(n > 0 ? static_cast<size_t>(n) : 0);
  return piece;
}

}  // namespace smon
