#ifndef SMON_SERVER_GATEWAY_TRANSCODER_FIXTURE_H_
#define SMON_SERVER_GATEWAY_TRANSCODER_FIXTURE_H_

// What the tests of Transcoder have in common.

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "server/gateway/fake_monitor_service.h"
#include "server/gateway/transcoder.h"

namespace smon {

class TranscoderTest : public ::testing::Test {
 protected:
  TranscoderTest() {
    auto transcoder = Transcoder::Create(
        service_.channel(),
        v1::Job::descriptor()->file()->FindServiceByName("MonitorService"), {});
    EXPECT_TRUE(transcoder.ok()) << transcoder.status();
    transcoder_ = *std::move(transcoder);
  }

  HttpResponse Send(const std::string& method, const std::string& target,
                    const std::string& body = "", HttpHeaders headers = {}) {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.body = body;
    request.headers = std::move(headers);
    service_.Publish();
    return HandleAndWait(transcoder_.get(), std::move(request));
  }

  // "400 {...}" of what a request is answered with.
  std::string Answer(const std::string& method, const std::string& target,
                     const std::string& body = "", HttpHeaders headers = {}) {
    const HttpResponse response = Send(method, target, body, headers);
    return std::to_string(response.status) + " " + response.body;
  }

  // The request that the service gets, or the error.
  std::string Request(const std::string& method, const std::string& target,
                      const std::string& body = "", HttpHeaders headers = {}) {
    const HttpResponse response = Send(method, target, body, headers);
    return response.status == 200 ? service_.LastRequest() : response.body;
  }

  // All lines of a stream, one string each.
  std::vector<std::string> ReadAll(HttpResponse response) {
    std::vector<std::string> lines = {response.body};
    while (response.stream != nullptr) {
      std::promise<std::optional<std::string>> next;
      response.stream->Next([&next](std::optional<std::string> piece) {
        next.set_value(std::move(piece));
      });
      const auto piece = next.get_future().get();
      if (!piece.has_value()) break;
      lines.push_back(*piece);
    }
    return lines;
  }

  FakeMonitorService service_;
  std::unique_ptr<Transcoder> transcoder_;
};

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_TRANSCODER_FIXTURE_H_
