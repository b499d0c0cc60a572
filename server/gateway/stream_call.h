#ifndef SMON_SERVER_GATEWAY_STREAM_CALL_H_
#define SMON_SERVER_GATEWAY_STREAM_CALL_H_

#include <google/protobuf/message.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/client_callback.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "common/mutex.h"
#include "server/gateway/http_message.h"

namespace smon {

// INTERNAL when the bytes are no message of its type.
grpc::Status ParseMessage(const std::string& bytes,
                          google::protobuf::Message* message);

// A server-streaming gRPC call as the body of an HTTP response, one line a
// message as grpc-gateway v2 writes them:
//
//   {"result":{"job":{...},"cursor":"17"}}
//   {"error":{"code":14,"message":"...","details":[]}}
//
// The next message is read only when the one before it has been written, so a
// slow client slows the call instead of filling memory.
//
// It keeps itself alive until the call has ended.
class StreamCall
    : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
      public HttpBodyStream,
      public std::enable_shared_from_this<StreamCall> {
 public:
  // `prototype` is of the response type. `on_end` is called once,
  // when gRPC is done with the call.
  StreamCall(std::shared_ptr<grpc::ClientContext> context,
             const google::protobuf::Message* prototype,
             std::function<void()> on_end);

  // Calls `done` when the first message or the end is there. `method` outlives
  // the call.
  void Start(grpc::GenericStub* stub, const std::string& method,
             grpc::ByteBuffer request, std::function<void(HttpResponse)> done);

  void Next(std::function<void(std::optional<std::string>)> ready) override;
  void Cancel() override;

 private:
  void OnReadInitialMetadataDone(bool ok) override;
  void OnReadDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

  void Read();
  std::string ToLine(const grpc::ByteBuffer& message);

  const google::protobuf::Message* const prototype_;
  const std::function<void()> on_end_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer message_;

  Mutex mu_;
  // Until the call has ended: see CallTracker.
  std::shared_ptr<grpc::ClientContext> context_ ABSL_GUARDED_BY(mu_);
  std::shared_ptr<StreamCall> self_ ABSL_GUARDED_BY(mu_);
  std::function<void(HttpResponse)> first_ ABSL_GUARDED_BY(mu_);
  std::function<void(std::optional<std::string>)> ready_ ABSL_GUARDED_BY(mu_);
  bool reading_ ABSL_GUARDED_BY(mu_) = false;
  // Nothing is left to be read; the status is on its way or here.
  bool drained_ ABSL_GUARDED_BY(mu_) = false;
  bool ended_ ABSL_GUARDED_BY(mu_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mu_) = false;
  // The last line, when Next was not waiting for it.
  std::optional<std::string> last_ ABSL_GUARDED_BY(mu_);
};

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_STREAM_CALL_H_
