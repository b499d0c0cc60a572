#ifndef SMON_SERVER_ATTRSVC_CLIENT_TEST_SUPPORT_H_
#define SMON_SERVER_ATTRSVC_CLIENT_TEST_SUPPORT_H_

#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "server/attrsvc/curl_attrsvc_client.h"
#include "server/attrsvc/endpoint.h"
#include "server/attrsvc/mailbox.h"
#include "testing/attrsvc_standin/standin.h"

// What the tests of CurlAttrsvcClient share: a client, its calls made to wait
// for their answer, and the stand-in to answer them.

namespace smon {

// Much longer than anything here takes.
inline constexpr absl::Duration kLong = absl::Seconds(120);

inline std::unique_ptr<CurlAttrsvcClient> MakeClient(
    const std::string& url, absl::Duration timeout = kLong,
    const std::string& result_path = "") {
  CurlAttrsvcClientOptions options;
  options.endpoint = *ParseEndpoint(url);
  options.timeout = timeout;
  options.result_path = result_path;
  auto client = CurlAttrsvcClient::Create(options);
  EXPECT_TRUE(client.ok()) << client.status();
  return *std::move(client);
}

inline Answer Await(const std::function<void(AttrsvcClient::Callback)>& ask) {
  Mailbox<Answer> mailbox;
  ask(mailbox.Callback());
  return mailbox.Await(1).at(0);
}
inline Answer Submit(AttrsvcClient* client, const std::string& path) {
  return Await([&](AttrsvcClient::Callback done) {
    client->Submit({path, "alice", "12_3"}, std::move(done));
  });
}
inline Answer GetResult(AttrsvcClient* client, const std::string& path) {
  return Await([&](AttrsvcClient::Callback done) {
    client->GetResult(path, std::move(done));
  });
}
inline Answer GetStats(AttrsvcClient* client) {
  return Await(
      [&](AttrsvcClient::Callback done) { client->GetStats(std::move(done)); });
}
inline Answer Probe(AttrsvcClient* client) {
  return Await(
      [&](AttrsvcClient::Callback done) { client->Probe(std::move(done)); });
}

inline std::unique_ptr<attrsvc_standin::AttrsvcStandIn> StartStandIn(
    attrsvc_standin::StandInOptions options) {
  auto standin = attrsvc_standin::AttrsvcStandIn::Start(options);
  EXPECT_TRUE(standin.ok()) << standin.status();
  return *std::move(standin);
}
inline std::unique_ptr<attrsvc_standin::AttrsvcStandIn> StartStandIn(
    attrsvc_standin::Form form, int port = 0) {
  attrsvc_standin::StandInOptions options;
  options.service.form = form;
  options.port = port;
  return StartStandIn(options);
}

// "GET /logs" and so on, in order.
inline std::vector<std::string> Asked(
    attrsvc_standin::AttrsvcStandIn* standin) {
  std::vector<std::string> asked;
  for (const attrsvc_standin::Received& request :
       standin->service().Requests()) {
    asked.push_back(absl::StrCat(request.method, " ", request.path));
  }
  return asked;
}

inline std::string WriteLog(const std::string& name,
                            const std::string& content) {
  const std::string path = ::testing::TempDir() + name;
  std::ofstream(path) << content;
  return path;
}

}  // namespace smon

#endif  // SMON_SERVER_ATTRSVC_CLIENT_TEST_SUPPORT_H_
