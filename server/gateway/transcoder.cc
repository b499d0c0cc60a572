#include "server/gateway/transcoder.h"

#include <google/protobuf/message.h>

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/message_bytes.h"
#include "common/status_macros.h"
#include "google/api/annotations.pb.h"
#include "google/api/httpbody.pb.h"
#include "server/gateway/call_metadata.h"
#include "server/gateway/error_response.h"
#include "server/gateway/field_text.h"
#include "server/gateway/json_reader.h"
#include "server/gateway/json_writer.h"
#include "server/gateway/stream_call.h"

namespace smon {
namespace {

namespace pb = ::google::protobuf;

constexpr char kFormType[] = "application/x-www-form-urlencoded";

struct HttpPattern {
  std::string method;
  std::string path;
};

HttpPattern GetPattern(const google::api::HttpRule& rule) {
  switch (rule.pattern_case()) {
    case google::api::HttpRule::kGet:
      return {"GET", rule.get()};
    case google::api::HttpRule::kPut:
      return {"PUT", rule.put()};
    case google::api::HttpRule::kPost:
      return {"POST", rule.post()};
    case google::api::HttpRule::kDelete:
      return {"DELETE", rule.delete_()};
    case google::api::HttpRule::kPatch:
      return {"PATCH", rule.patch()};
    case google::api::HttpRule::kCustom:
      return {rule.custom().kind(), rule.custom().path()};
    case google::api::HttpRule::PATTERN_NOT_SET:
      break;
  }
  return {};
}

bool IsForm(const HttpRequest& request) {
  return request.method == "POST" &&
         FindHeader(request.headers, "content-type") == kFormType;
}

std::string Parameters(const HttpRequest& http, absl::string_view query,
                       bool is_form) {
  return is_form ? absl::StrCat(http.body, "&", query) : std::string(query);
}

// Whether anything of a request can come from the query.
bool TakesQuery(const pb::Descriptor* type, const std::string& body,
                const PathTemplate& path) {
  if (body == "*") return false;
  std::set<std::string> bound = {body};
  for (const std::string& field : path.field_paths()) bound.insert(field);
  for (int i = 0; i < type->field_count(); ++i) {
    if (bound.count(type->field(i)->name()) == 0) return true;
  }
  return false;
}

}  // namespace

// The request message: body first, then path, then query, as grpc-gateway.
absl::Status Transcoder::FillRequest(const HttpRequest& http,
                                     absl::string_view query,
                                     const Found& found,
                                     pb::Message* message) const {
  const std::string& body = found.route->body;
  std::vector<std::string> bound;
  if (!body.empty()) {
    pb::Message* target = message;
    if (body != "*") {
      bound.push_back(body);
      target = message->GetReflection()->MutableMessage(
          message, message->GetDescriptor()->FindFieldByName(body));
    }
    // As a form it has been read.
    if (!found.overridden) {
      SMON_RETURN_IF_ERROR(JsonToMessage(http.body, target));
    }
  }
  for (const auto& [field, value] : found.bindings) {
    bound.push_back(field);
    const auto& named = options_.named_in_longer_paths;
    if (value.empty() && found.route->is_additional &&
        std::find(named.begin(), named.end(), field) != named.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat("parameter: ", field,
                       ", error: it is empty in the path ", found.route->name));
    }
    SMON_RETURN_IF_ERROR(
        Annotate(SetFieldFromPath(message, field, value),
                 absl::StrCat("type mismatch, parameter: ", field, ", error")));
  }
  if (!found.route->takes_query) return absl::OkStatus();
  SMON_ASSIGN_OR_RETURN(const QueryParameters parsed,
                        ParseQuery(Parameters(http, query, found.is_form)));
  return SetFieldsFromQuery(message, parsed, bound);
}

Transcoder::Transcoder(std::shared_ptr<grpc::Channel> channel, Options options)
    : options_(options), stub_(std::move(channel)) {}

absl::StatusOr<std::unique_ptr<Transcoder>> Transcoder::Create(
    std::shared_ptr<grpc::Channel> channel,
    const pb::ServiceDescriptor* service, Options options) {
  auto transcoder =
      std::unique_ptr<Transcoder>(new Transcoder(std::move(channel), options));
  for (int i = 0; i < service->method_count(); ++i) {
    if (const absl::Status status = transcoder->AddRoutes(service->method(i));
        !status.ok()) {
      return absl::FailedPreconditionError(
          absl::StrCat("google.api.http of ", service->method(i)->full_name(),
                       ": ", status.message()));
    }
  }
  return transcoder;
}

absl::Status Transcoder::AddRoutes(const pb::MethodDescriptor* method) {
  if (!method->options().HasExtension(google::api::http)) {
    return absl::OkStatus();
  }
  if (method->client_streaming()) {
    return absl::UnimplementedError("client streams are not served");
  }
  const google::api::HttpRule& top =
      method->options().GetExtension(google::api::http);
  std::vector<const google::api::HttpRule*> rules = {&top};
  for (const auto& rule : top.additional_bindings()) rules.push_back(&rule);

  auto* factory = pb::MessageFactory::generated_factory();
  for (const google::api::HttpRule* rule : rules) {
    const HttpPattern pattern = GetPattern(*rule);
    SMON_ASSIGN_OR_RETURN(PathTemplate path, PathTemplate::Parse(pattern.path));
    if (!rule->body().empty() && rule->body() != "*") {
      const pb::FieldDescriptor* field =
          method->input_type()->FindFieldByName(rule->body());
      if (field == nullptr || field->is_repeated() ||
          field->message_type() == nullptr) {
        return absl::UnimplementedError(
            absl::StrCat("body \"", rule->body(), "\" is not a message"));
      }
    }
    const bool takes_query =
        TakesQuery(method->input_type(), rule->body(), path);
    routes_[pattern.method].push_back(
        {method,
         absl::StrCat("/", method->service()->full_name(), "/", method->name()),
         pattern.path, std::move(path), rule->body(), takes_query, rule != &top,
         factory->GetPrototype(method->input_type()),
         factory->GetPrototype(method->output_type())});
  }
  return absl::OkStatus();
}

absl::StatusOr<Transcoder::Found> Transcoder::FindRoute(
    const HttpRequest& request, const std::string& path) const {
  const std::vector<std::string> segments =
      absl::StrSplit(absl::string_view(path).substr(1), '/');
  const bool is_form = IsForm(request);
  std::string http_method = request.method == "HEAD" ? "GET" : request.method;
  const auto override_method =
      FindHeader(request.headers, "x-http-method-override");
  const bool overrides = is_form && !override_method.empty();
  if (overrides) {
    const auto form = ParseQuery(Parameters(
        request, SplitHttpTarget(request.target).query, /*is_form=*/true));
    if (!form.ok()) return form.status();
    http_method = absl::AsciiStrToUpper(override_method);
  }

  Found found;
  bool other_method = false;
  for (const auto& [method, routes] : routes_) {
    for (auto route = routes.rbegin(); route != routes.rend(); ++route) {
      const auto result = route->path.Match(segments, &found.bindings);
      if (method == http_method) {
        if (result == PathTemplate::Result::kNothingBeforeVerb) {
          return absl::NotFoundError("Not Found");
        }
        if (result == PathTemplate::Result::kMatch) {
          found.route = &*route;
          found.is_form = is_form;
          found.overridden = overrides;
          return found;
        }
      } else if (result == PathTemplate::Result::kMatch) {
        other_method = true;
        if (is_form && http_method == "POST" && method == "GET" &&
            found.route == nullptr) {
          found.route = &*route;
        }
      }
    }
  }
  if (found.route != nullptr) {
    // A query that is too long for a URL comes as a form.
    found.is_form = true;
    found.route->path.Match(segments, &found.bindings);
    return found;
  }
  if (other_method) return absl::UnimplementedError("Method Not Allowed");
  return absl::NotFoundError("Not Found");
}

HttpResponse Transcoder::AnswerOptions(const std::string& path) const {
  const std::vector<std::string> segments =
      absl::StrSplit(absl::string_view(path).substr(1), '/');
  std::vector<std::string> methods;
  for (const auto& [method, routes] : routes_) {
    for (const Route& route : routes) {
      PathTemplate::Bindings bindings;
      if (route.path.Match(segments, &bindings) ==
          PathTemplate::Result::kMatch) {
        methods.push_back(method);
        if (method == "GET") methods.push_back("HEAD");
        break;
      }
    }
  }
  if (methods.empty()) {
    return ErrorResponse(grpc::Status(grpc::NOT_FOUND, "Not Found"));
  }
  methods.push_back("OPTIONS");
  HttpResponse response;
  response.status = 204;
  response.headers.emplace_back("Allow", absl::StrJoin(methods, ", "));
  return response;
}

void Transcoder::Handle(HttpRequest http,
                        std::function<void(HttpResponse)> done) {
  const auto fail = [&done](const absl::Status& status) {
    done(ErrorResponse(ToGrpcStatus(status)));
  };
  const SplitTarget target = SplitHttpTarget(http.target);
  const auto path = DecodePath(target.path);
  if (!path.ok()) return fail(path.status());
  if (!absl::StartsWith(*path, "/")) {
    return fail(absl::InvalidArgumentError("Bad Request"));
  }
  if (http.method == "OPTIONS") return done(AnswerOptions(*path));
  const auto found = FindRoute(http, *path);
  if (!found.ok()) return fail(found.status());
  const Route& route = *found->route;
  done = [&route, done = std::move(done)](HttpResponse response) {
    response.route = route.name;
    done(std::move(response));
  };

  const bool streaming = route.method->server_streaming();
  auto context = std::make_shared<grpc::ClientContext>();
  if (const absl::Status status = AnnotateContext(
          http, streaming ? absl::InfiniteDuration() : options_.default_timeout,
          context.get());
      !status.ok()) {
    return fail(status);
  }
  const std::unique_ptr<pb::Message> request(route.request->New());
  if (const absl::Status status =
          FillRequest(http, target.query, *found, request.get());
      !status.ok()) {
    return fail(status);
  }
  if (streaming) {
    // Nothing else would end it before its first message.
    if (http.client_gone != nullptr) {
      http.client_gone->OnSignal(
          [call = std::weak_ptr<grpc::ClientContext>(context)] {
            if (const auto context = call.lock()) context->TryCancel();
          });
    }
    CallStreaming(route, *request, std::move(context), std::move(done));
  } else {
    CallUnary(route, *request, std::move(context), std::move(done));
  }
}

HttpResponse Transcoder::ToResponse(const Route& route,
                                    const grpc::ByteBuffer& answer) {
  const std::string bytes = BytesOf(answer);
  const pb::Descriptor* const type = route.response->GetDescriptor();
  HttpResponse response;
  if (const auto known = memo_.Find(type, bytes)) {
    response.body = known->body;
    response.etag = known->etag;
    return response;
  }
  const std::unique_ptr<pb::Message> message(route.response->New());
  if (const grpc::Status status = ParseMessage(bytes, message.get());
      !status.ok()) {
    return ErrorResponse(status);
  }
  google::api::HttpBody body;
  if (type == body.GetDescriptor()) {
    body.CopyFrom(*message);
    if (!body.content_type().empty()) {
      response.content_type = body.content_type();
    }
    response.body = body.data();
    return response;
  }
  auto json = MessageToJson(*message);
  if (!json.ok()) {
    return ErrorResponse(grpc::Status(grpc::StatusCode::UNKNOWN,
                                      std::string(json.status().message())));
  }
  response.body = *std::move(json);
  memo_.Put(type, bytes, response.body);
  return response;
}

void Transcoder::CallUnary(const Route& route, const pb::Message& request,
                           std::shared_ptr<grpc::ClientContext> context,
                           std::function<void(HttpResponse)> done) {
  struct Buffers {
    grpc::ByteBuffer request;
    grpc::ByteBuffer response;
  };
  auto buffers = std::make_shared<Buffers>();
  buffers->request = BufferOf(request);
  grpc::ClientContext* const call = context.get();
  calls_.Add(std::move(context));
  stub_.UnaryCall(call, route.rpc_path, {}, &buffers->request,
                  &buffers->response,
                  [this, &route, call, buffers,
                   done = std::move(done)](grpc::Status status) {
                    HttpResponse response =
                        status.ok() ? ToResponse(route, buffers->response)
                                    : ErrorResponse(status);
                    for (auto& header : ResponseHeaders(*call)) {
                      response.headers.push_back(std::move(header));
                    }
                    // From here on this object may be gone.
                    calls_.Remove(call);
                    done(std::move(response));
                  });
}

void Transcoder::CallStreaming(const Route& route, const pb::Message& request,
                               std::shared_ptr<grpc::ClientContext> context,
                               std::function<void(HttpResponse)> done) {
  const auto call = std::make_shared<StreamCall>(
      context, route.response,
      [this, key = context.get()] { calls_.Remove(key); });
  calls_.Add(std::move(context));
  call->Start(&stub_, route.rpc_path, BufferOf(request), std::move(done));
}

}  // namespace smon
