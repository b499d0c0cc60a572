#ifndef SMON_SERVER_GATEWAY_TRANSCODER_H_
#define SMON_SERVER_GATEWAY_TRANSCODER_H_

#include <google/protobuf/descriptor.h>
#include <grpcpp/channel.h>
#include <grpcpp/generic/generic_stub.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/gateway/call_tracker.h"
#include "server/gateway/http_message.h"
#include "server/gateway/json_memo.h"
#include "server/gateway/path_template.h"
#include "server/gateway/url.h"

namespace smon {

// Serves gRPC methods as HTTP/JSON by the google.api.http options of their
// .proto files, as grpc-gateway v2 with its default marshaler would: no route
// is written by hand. The calls go through `channel` and block no thread.
//
// Two things differ from grpc-gateway, which answers both with 501: HEAD is
// GET without the body, and OPTIONS lists a path's methods in Allow.
//
// Thread-safe. Must outlive its calls: stop the HTTP server first.
class Transcoder : public HttpHandler {
 public:
  struct Options {
    // For calls without a Grpc-Timeout header; streams have no deadline then.
    absl::Duration default_timeout = absl::Seconds(30);
    // Fields that a path of additional_bindings must not have empty, for then
    // it would mean what the shorter path does: INVALID_ARGUMENT.
    std::vector<std::string> named_in_longer_paths = {};
  };

  // The routes of `service`, which is linked in. FAILED_PRECONDITION for an
  // annotation that cannot be served.
  static absl::StatusOr<std::unique_ptr<Transcoder>> Create(
      std::shared_ptr<grpc::Channel> channel,
      const google::protobuf::ServiceDescriptor* service, Options options);

  void Handle(HttpRequest request,
              std::function<void(HttpResponse)> done) override;
  void Abort() override { calls_.Abort(); }

 private:
  struct Route {
    const google::protobuf::MethodDescriptor* method = nullptr;
    std::string rpc_path;  // "/smon.v1.MonitorService/GetJob"
    std::string name;      // "/v1/jobs/{job_id}"
    PathTemplate path;
    std::string body;  // "", "*" or a field
    bool takes_query = false;
    bool is_additional = false;  // one of the method's additional_bindings
    const google::protobuf::Message* request = nullptr;  // prototypes
    const google::protobuf::Message* response = nullptr;
  };
  struct Found {
    const Route* route = nullptr;
    PathTemplate::Bindings bindings;
    // Of an application/x-www-form-urlencoded POST that meets a GET route.
    bool is_form = false;
    // X-HTTP-Method-Override of such a POST: its body is used up.
    bool overridden = false;
  };

  Transcoder(std::shared_ptr<grpc::Channel> channel, Options options);

  absl::Status AddRoutes(const google::protobuf::MethodDescriptor* method);
  // The route for a request, or the error to answer with.
  absl::StatusOr<Found> FindRoute(const HttpRequest& request,
                                  const std::string& path) const;
  absl::Status FillRequest(const HttpRequest& http, absl::string_view query,
                           const Found& found,
                           google::protobuf::Message* message) const;
  HttpResponse AnswerOptions(const std::string& path) const;
  // The message of a unary call as an HTTP response.
  HttpResponse ToResponse(const Route& route, const grpc::ByteBuffer& answer);
  void CallUnary(const Route& route, const google::protobuf::Message& request,
                 std::shared_ptr<grpc::ClientContext> context,
                 std::function<void(HttpResponse)> done);
  void CallStreaming(const Route& route,
                     const google::protobuf::Message& request,
                     std::shared_ptr<grpc::ClientContext> context,
                     std::function<void(HttpResponse)> done);

  const Options options_;
  grpc::GenericStub stub_;
  // By HTTP method, in the order of their declaration; the last one that
  // matches serves.
  std::map<std::string, std::vector<Route>> routes_;
  JsonMemo memo_;
  CallTracker calls_;
};

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_TRANSCODER_H_
