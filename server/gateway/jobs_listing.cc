#include "server/gateway/jobs_listing.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "common/log.h"
#include "server/gateway/call_metadata.h"
#include "server/gateway/compat_json.h"

namespace smon {
namespace {

constexpr absl::Duration kCallTimeout = absl::Seconds(30);

}  // namespace

grpc::ClientContext* NewCompatCall(const HttpRequest& request,
                                   CallTracker* calls) {
  auto context = std::make_shared<grpc::ClientContext>();
  // Passes on who asks. Its only errors are of headers that belong to /v1.
  (void)AnnotateContext(request, kCallTimeout, context.get());
  grpc::ClientContext* const call = context.get();
  calls->Add(std::move(context));
  return call;
}

JobsListing::JobsListing(v1::MonitorService::Stub* stub, CallTracker* calls,
                         Options options)
    : stub_(stub),
      calls_(calls),
      http_(std::move(options.http)),
      pretty_(options.pretty),
      one_page_(options.one_page),
      request_(std::move(options.request)) {}

void JobsListing::Start(std::function<void(HttpResponse)> done) {
  ReadPage([self = shared_from_this(),
            done = std::move(done)](const grpc::Status& status) {
    if (!status.ok()) return done(FailedResponse(status, self->pretty_));
    HttpResponse response;
    absl::StrAppend(&response.body, "{", self->pretty_ ? "\n  " : "",
                    "\"jobs\":", self->pretty_ ? " " : "", "[");
    self->AppendPage(&response.body);
    if (self->HasMore()) {
      response.stream = self;
    } else {
      self->AppendEnd(&response.body);
    }
    done(std::move(response));
  });
}

void JobsListing::Next(std::function<void(std::optional<std::string>)> ready) {
  if (ended_) return ready(std::nullopt);
  request_.set_page_token(page_.next_page_token());
  ReadPage([self = shared_from_this(),
            ready = std::move(ready)](const grpc::Status& status) {
    if (!status.ok()) {
      LogWarning("/jobs ends early: a page could not be read",
                 {{"error", status.error_message()}});
      self->broken_ = true;
      return ready(std::nullopt);
    }
    std::string piece;
    self->AppendPage(&piece);
    if (!self->HasMore()) {
      self->AppendEnd(&piece);
      self->ended_ = true;
    }
    ready(std::move(piece));
  });
}

void JobsListing::ReadPage(std::function<void(const grpc::Status&)> done) {
  page_.Clear();
  grpc::ClientContext* const context = NewCompatCall(http_, calls_);
  stub_->async()->ListJobs(context, &request_, &page_,
                           [calls = calls_, context, done = std::move(done)](
                               const grpc::Status& status) {
                             calls->Remove(context);
                             done(status);
                           });
}

bool JobsListing::HasMore() const {
  return !one_page_ && !page_.next_page_token().empty();
}

void JobsListing::AppendPage(std::string* text) {
  for (const v1::Job& job : page_.jobs()) {
    std::string one = DumpJson(JobToJson(job), pretty_);
    // No newline in JSON is part of a string.
    if (pretty_) one = absl::StrReplaceAll(one, {{"\n", "\n    "}});
    absl::StrAppend(text, count_++ > 0 ? "," : "", pretty_ ? "\n    " : "",
                    one);
  }
}

void JobsListing::AppendEnd(std::string* text) const {
  const absl::string_view line = pretty_ ? "\n  " : "";
  const absl::string_view space = pretty_ ? " " : "";
  absl::StrAppend(text, pretty_ && count_ > 0 ? "\n  " : "", "],", line,
                  "\"count\":", space, count_);
  if (one_page_ && !page_.next_page_token().empty()) {
    absl::StrAppend(text, ",", line, "\"next_page_token\":", space,
                    DumpJson(page_.next_page_token(), false));
  }
  absl::StrAppend(text, pretty_ ? "\n" : "", "}");
}

}  // namespace smon
