#include "server/gateway/stream_call.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/message_bytes.h"
#include "google/api/httpbody.pb.h"
#include "server/gateway/call_metadata.h"
#include "server/gateway/error_response.h"
#include "server/gateway/json_text.h"
#include "server/gateway/json_writer.h"

namespace smon {
namespace {

std::string ErrorLine(const grpc::Status& status) {
  return absl::StrCat(
      EscapeJsonForHtml(absl::StrCat("{\"error\":", StatusToJson(status), "}")),
      "\n");
}

}  // namespace

grpc::Status ParseMessage(const std::string& bytes,
                          google::protobuf::Message* message) {
  if (message->ParseFromString(bytes)) return grpc::Status::OK;
  return grpc::Status(grpc::StatusCode::INTERNAL,
                      absl::StrCat("the server's answer is not a ",
                                   message->GetDescriptor()->full_name()));
}

StreamCall::StreamCall(std::shared_ptr<grpc::ClientContext> context,
                       const google::protobuf::Message* prototype,
                       std::function<void()> on_end)
    : prototype_(prototype),
      on_end_(std::move(on_end)),
      context_(std::move(context)) {}

void StreamCall::Start(grpc::GenericStub* stub, const std::string& method,
                       grpc::ByteBuffer request,
                       std::function<void(HttpResponse)> done) {
  request_ = std::move(request);
  grpc::ClientContext* context = nullptr;
  {
    MutexLock lock(&mu_);
    self_ = shared_from_this();
    first_ = std::move(done);
    context = context_.get();
  }
  stub->PrepareBidiStreamingCall(context, method, {}, this);
  // Until the last message has been read, OnDone must not come.
  AddHold();
  StartWriteLast(&request_, grpc::WriteOptions());
  StartCall();
}

void StreamCall::OnReadInitialMetadataDone(bool) {
  {
    MutexLock lock(&mu_);
    reading_ = true;
  }
  StartRead(&message_);
}

void StreamCall::Read() { StartRead(&message_); }

void StreamCall::OnReadDone(bool ok) {
  std::function<void(HttpResponse)> first;
  std::function<void(std::optional<std::string>)> ready;
  HttpResponse response;
  {
    MutexLock lock(&mu_);
    reading_ = false;
    if (!ok) {
      drained_ = true;
    } else if (cancelled_) {
      // Whoever wanted it is gone; read on until the end shows.
      reading_ = true;
    } else {
      first = std::move(first_);
      first_ = nullptr;
      ready = std::move(ready_);
      ready_ = nullptr;
      if (first) response.headers = ResponseHeaders(*context_);
    }
  }
  if (!ok) {
    RemoveHold();
  } else if (first) {
    google::api::HttpBody body;
    if (prototype_->GetDescriptor() == body.GetDescriptor() &&
        ParseMessage(BytesOf(message_), &body).ok() &&
        !body.content_type().empty()) {
      response.content_type = body.content_type();
    }
    response.body = ToLine(message_);
    response.stream = shared_from_this();
    first(std::move(response));
  } else if (ready) {
    ready(ToLine(message_));
  } else {
    Read();
  }
}

void StreamCall::OnDone(const grpc::Status& status) {
  // The call may be deleted at the end of the scope.
  std::shared_ptr<StreamCall> self;
  std::optional<std::string> last;
  if (!status.ok()) last = ErrorLine(status);
  HttpResponse response;
  std::function<void(HttpResponse)> first;
  std::function<void(std::optional<std::string>)> ready;
  {
    MutexLock lock(&mu_);
    self = std::move(self_);
    ended_ = true;
    response.headers = ResponseHeaders(*context_);
    context_ = nullptr;
    first = std::move(first_);
    ready = std::move(ready_);
    ready_ = nullptr;
    if (!first && !ready) last_ = last;
  }
  on_end_();
  if (first) {
    if (!status.ok()) response.status = HttpStatusFromCode(status.error_code());
    response.body = last.value_or("");
    first(std::move(response));
  } else if (ready) {
    ready(std::move(last));
  }
}

void StreamCall::Next(std::function<void(std::optional<std::string>)> ready) {
  std::optional<std::string> last;
  {
    MutexLock lock(&mu_);
    if (!ended_) {
      ready_ = std::move(ready);
      // When nothing is left, OnDone is about to come.
      if (reading_ || drained_) return;
      reading_ = true;
    } else {
      last = std::move(last_);
      last_.reset();
    }
  }
  if (ready) {
    ready(std::move(last));
  } else {
    Read();
  }
}

void StreamCall::Cancel() {
  bool read = false;
  std::shared_ptr<grpc::ClientContext> context;
  {
    MutexLock lock(&mu_);
    if (cancelled_ || ended_) return;
    context = context_;
    cancelled_ = true;
    read = !reading_ && !drained_;
    if (read) reading_ = true;
  }
  context->TryCancel();
  if (read) Read();
}

std::string StreamCall::ToLine(const grpc::ByteBuffer& buffer) {
  const std::unique_ptr<google::protobuf::Message> message(prototype_->New());
  if (const grpc::Status status = ParseMessage(BytesOf(buffer), message.get());
      !status.ok()) {
    return ErrorLine(status);
  }
  google::api::HttpBody body;
  if (message->GetDescriptor() == body.GetDescriptor()) {
    body.CopyFrom(*message);
    return absl::StrCat(body.data(), "\n");
  }
  const auto json = MessageToJson(*message);
  if (!json.ok()) return ErrorLine(ToGrpcStatus(json.status()));
  return absl::StrCat(
      EscapeJsonForHtml(absl::StrCat("{\"result\":", *json, "}")), "\n");
}

}  // namespace smon
