#include "testing/conformance/echo_service.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/timestamp.pb.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/message_bytes.h"
#include "google/api/httpbody.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "proto/smon/v1/monitor.pb.h"
#include "testing/conformance/fill_message.h"

namespace smon {
namespace {

namespace pb = ::google::protobuf;
using Text = std::multimap<std::string, std::string>;

// What does not come from the HTTP client, or is this service's own.
bool IsOfTransport(absl::string_view key) {
  return key == "user-agent" || key == "te" || key == "content-type" ||
         absl::StartsWith(key, "grpc-accept") || key == "accept-encoding" ||
         absl::StartsWith(key, "fake-") || absl::StartsWith(key, ":");
}

// gRPC takes 8 KiB of metadata. A long text is told by its end and a hash.
std::string Shorten(const std::string& text) {
  if (text.size() < 3000) return text;
  return absl::StrCat("[", text.size(), " bytes, hash ",
                      std::hash<std::string>()(text), "]",
                      text.substr(text.size() - 200));
}

void AddDetail(absl::string_view name, google::rpc::Status* status) {
  const auto add = [status](const pb::Message& detail) {
    status->add_details()->PackFrom(detail);
  };
  if (name == "error_info") {
    google::rpc::ErrorInfo info;
    info.set_reason("BAD <reason>");
    info.set_domain("smon");
    (*info.mutable_metadata())["z"] = "1";
    (*info.mutable_metadata())["a"] = "\"2\"\n";
    add(info);
  } else if (name == "bad_request") {
    google::rpc::BadRequest request;
    auto* violation = request.add_field_violations();
    violation->set_field("page_size");
    violation->set_description("is negative");
    add(request);
  } else if (name == "retry_info") {
    google::rpc::RetryInfo info;
    info.mutable_retry_delay()->set_seconds(1);
    info.mutable_retry_delay()->set_nanos(500000000);
    add(info);
  } else if (name == "timestamp") {
    pb::Timestamp timestamp;
    timestamp.set_seconds(1764115200);
    add(timestamp);
  } else if (name == "bad_timestamp") {
    pb::Timestamp timestamp;
    timestamp.set_nanos(-1);
    add(timestamp);
  } else if (name == "job") {
    v1::Job job;
    FillMessage(1, &job);
    add(job);
  } else if (name == "empty") {
    status->add_details();
  } else if (name == "unknown") {
    status->add_details()->set_type_url("type.googleapis.com/no.such.Type");
  } else if (name == "cut") {
    auto* any = status->add_details();
    any->set_type_url("type.googleapis.com/google.rpc.ErrorInfo");
    any->set_value("\x0a\x7f");
  } else if (name == "other_url") {
    google::rpc::ErrorInfo info;
    auto* any = status->add_details();
    any->PackFrom(info);
    any->set_type_url("example.com/x/google.rpc.ErrorInfo");
  }
}

class EchoCall : public grpc::ServerGenericBidiReactor {
 public:
  explicit EchoCall(grpc::GenericCallbackServerContext* context)
      : context_(context) {
    for (const auto& [key, value] : context->client_metadata()) {
      metadata_.emplace(std::string(key.data(), key.size()),
                        std::string(value.data(), value.size()));
    }
    std::string name = context->method().substr(1);
    method_ = pb::DescriptorPool::generated_pool()->FindMethodByName(
        absl::StrReplaceAll(name, {{"/", "."}}));
    if (method_ == nullptr) {
      Finish(grpc::Status(grpc::UNIMPLEMENTED, "no such method"));
    } else {
      StartRead(&request_bytes_);
    }
  }

  void OnReadDone(bool ok) override {
    if (!ok) return End(grpc::Status(grpc::INTERNAL, "no request"));
    request_ = New(method_->input_type());
    if (!request_->ParseFromString(BytesOf(request_bytes_))) {
      return End(grpc::Status(grpc::INTERNAL, "not a request"));
    }
    AddHeaders();
    if (Has("fake-wait")) {
      waits_ = true;
      if (cancelled_) End(grpc::Status::CANCELLED);
      return;
    }
    left_ = !Has("fake-count") ? (Code() == 0 ? 1 : 0) : Number("fake-count");
    WriteNext();
  }

  void OnWriteDone(bool ok) override {
    ok ? WriteNext() : End(grpc::Status::CANCELLED);
  }
  void OnCancel() override {
    cancelled_ = true;
    if (waits_) End(grpc::Status::CANCELLED);
  }
  void OnDone() override { delete this; }

 private:
  static std::unique_ptr<pb::Message> New(const pb::Descriptor* type) {
    return std::unique_ptr<pb::Message>(
        pb::MessageFactory::generated_factory()->GetPrototype(type)->New());
  }

  bool Has(const std::string& key) const { return metadata_.count(key) > 0; }
  std::string Get(const std::string& key) const {
    const auto it = metadata_.find(key);
    return it == metadata_.end() ? "" : it->second;
  }
  int Number(const std::string& key) const {
    return std::atoi(Get(key).c_str());
  }
  int Code() const { return Number("fake-code"); }

  void AddHeaders() {
    context_->AddInitialMetadata(
        "x-request",
        Shorten(absl::CEscape(request_->ShortDebugString())) + ".");
    std::vector<std::string> pairs;
    for (const auto& [key, value] : metadata_) {
      if (!IsOfTransport(key)) pairs.push_back(absl::StrCat(key, "=", value));
    }
    context_->AddInitialMetadata(
        "x-metadata", Shorten(absl::CEscape(absl::StrJoin(pairs, "; "))) + ".");
    if (Has("fake-deadline")) {
      const auto left = context_->deadline() - std::chrono::system_clock::now();
      const auto minutes =
          std::chrono::duration_cast<std::chrono::seconds>(left).count() / 60;
      context_->AddInitialMetadata("x-deadline", absl::StrCat(minutes));
    }
    if (Has("fake-headers")) {
      context_->AddInitialMetadata("x-one", "1");
      context_->AddInitialMetadata("x-two", "b");
      context_->AddInitialMetadata("x-two", "a, c");
    }
    if (Has("fake-trailers")) context_->AddTrailingMetadata("x-last", "z");
  }

  std::unique_ptr<pb::Message> Response() const {
    std::unique_ptr<pb::Message> response = New(method_->output_type());
    if (method_->output_type() == method_->input_type()) {
      response->CopyFrom(*request_);
    } else if (auto* body =
                   dynamic_cast<google::api::HttpBody*>(response.get())) {
      body->set_content_type(Get("fake-content-type"));
      body->set_data(Has("fake-fill") ? "<any>\n\xff bytes" : "");
    } else if (Has("fake-fill")) {
      FillMessage(Number("fake-fill"), response.get());
    }
    return response;
  }

  void WriteNext() {
    if (left_-- <= 0) return End(Status());
    response_bytes_ = BufferOf(*Response());
    StartWrite(&response_bytes_);
  }

  grpc::Status Status() const {
    if (Code() == 0) return grpc::Status::OK;
    const std::string message =
        Has("fake-message-bin") ? Get("fake-message-bin") : Get("fake-message");
    google::rpc::Status details;
    details.set_code(Code());
    details.set_message(message);
    for (const auto name :
         absl::StrSplit(Get("fake-details"), ',', absl::SkipEmpty())) {
      AddDetail(name, &details);
    }
    return grpc::Status(
        static_cast<grpc::StatusCode>(Code()), message,
        details.details().empty() ? "" : details.SerializeAsString());
  }

  void End(const grpc::Status& status) {
    if (!ended_.exchange(true)) Finish(status);
  }

  grpc::GenericCallbackServerContext* const context_;
  Text metadata_;
  const pb::MethodDescriptor* method_ = nullptr;
  grpc::ByteBuffer request_bytes_;
  grpc::ByteBuffer response_bytes_;
  std::unique_ptr<pb::Message> request_;
  int left_ = 0;
  std::atomic<bool> waits_ = false;
  std::atomic<bool> cancelled_ = false;
  std::atomic<bool> ended_ = false;
};

}  // namespace

grpc::ServerGenericBidiReactor* EchoService::CreateReactor(
    grpc::GenericCallbackServerContext* context) {
  return new EchoCall(context);
}

}  // namespace smon
