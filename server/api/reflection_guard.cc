#include "server/api/reflection_guard.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>

#include <string>

#include "absl/strings/match.h"
#include "server/api/status_details.h"

namespace smon {
namespace {

using ::google::protobuf::internal::WireFormatLite;
using ::grpc::experimental::InterceptionHookPoints;

// A ServerReflectionResponse whose error_response is this: its generated code
// is within gRPC's library, without headers.
grpc::ByteBuffer ErrorAnswer(const grpc::Status& status) {
  constexpr int kErrorResponse = 7;  // of ServerReflectionResponse
  constexpr int kErrorCode = 1;      // of ErrorResponse
  constexpr int kErrorMessage = 2;
  std::string error;
  std::string answer;
  {
    google::protobuf::io::StringOutputStream stream(&error);
    google::protobuf::io::CodedOutputStream out(&stream);
    WireFormatLite::WriteInt32(kErrorCode, status.error_code(), &out);
    WireFormatLite::WriteString(kErrorMessage, status.error_message(), &out);
  }
  {
    google::protobuf::io::StringOutputStream stream(&answer);
    google::protobuf::io::CodedOutputStream out(&stream);
    WireFormatLite::WriteBytes(kErrorResponse, error, &out);
  }
  const grpc::Slice slice(answer);
  return grpc::ByteBuffer(&slice, 1);
}

// One call of the reflection service.
class ReflectionCall final : public grpc::experimental::Interceptor {
 public:
  ReflectionCall(const CallGuard* guard,
                 grpc::experimental::ServerRpcInfo* info)
      : guard_(guard), info_(info) {}

  void Intercept(
      grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(
            InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) {
      const grpc::ServerContextBase& context = *info_->server_context();
      const auto caller =
          guard_->Admit(context, guard_->PeerOf(context), Permission::kRead);
      if (!caller.ok()) {
        refusal_ = ToApiStatus(caller.status());
      }
    }
    if (!refusal_.ok()) Replace(methods);
    methods->Proceed();
  }

 private:
  void Replace(grpc::experimental::InterceptorBatchMethods* methods) {
    if (methods->QueryInterceptionHookPoint(
            InterceptionHookPoints::PRE_SEND_MESSAGE)) {
      grpc::ByteBuffer answer = ErrorAnswer(refusal_);
      methods->GetSerializedSendMessage()->Swap(&answer);
    }
    if (methods->QueryInterceptionHookPoint(
            InterceptionHookPoints::PRE_SEND_STATUS)) {
      methods->ModifySendStatus(refusal_);
    }
  }

  const CallGuard* const guard_;
  grpc::experimental::ServerRpcInfo* const info_;
  grpc::Status refusal_;
};

class Factory final
    : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit Factory(const CallGuard* guard) : guard_(guard) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override {
    if (!absl::StartsWith(info->method(), "/grpc.reflection.")) return nullptr;
    return new ReflectionCall(guard_, info);
  }

 private:
  const CallGuard* const guard_;
};

}  // namespace

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>
NewReflectionGuard(const CallGuard* guard) {
  return std::make_unique<Factory>(guard);
}

}  // namespace smon
