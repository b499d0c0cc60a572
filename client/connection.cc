#include "client/connection.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/address.h"
#include "client/obstacle.h"
#include "client/silence_alarm.h"

namespace smon::client {
namespace {

// A page of 500 jobs with long names, and attrsvc's longest answers.
constexpr int kMaxReceiveBytes = 64 << 20;

// How long to wait before smonsvc is tried again.
constexpr int kRetryMilliseconds = 200;

}  // namespace

absl::Status Connection::Open() {
  if (stub_ != nullptr) return absl::OkStatus();
  if (read_options_) {
    SMON_ASSIGN_OR_RETURN(options_, read_options_());
  }
  SMON_ASSIGN_OR_RETURN(target_, ParseAddress(options_.address));
  SMON_ASSIGN_OR_RETURN(authorization_,
                        ReadAuthorization(options_.credentials));
  SMON_ASSIGN_OR_RETURN(channel_credentials_,
                        MakeChannelCredentials(options_.credentials));
  wait_end_ = absl::Now() + options_.wait;
  Connect();
  return absl::OkStatus();
}

void Connection::Connect() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxReceiveBytes);
  // smonsvc is inside the cluster; the way out to the web does not lead there.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kRetryMilliseconds);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kRetryMilliseconds);
  // Else a new channel would wait for what an old one has failed at.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  channel_ =
      grpc::CreateCustomChannel(target_, channel_credentials_, arguments);
  stub_ = v1::MonitorService::NewStub(channel_);
}

Connection::CallInProgress::CallInProgress(Connection* connection,
                                           grpc::ClientContext* context)
    : connection_(*connection) {
  MutexLock lock(&connection_.mu_);
  connection_.in_progress_ = context;
  if (connection_.cancelled_) context->TryCancel();
}

Connection::CallInProgress::~CallInProgress() {
  MutexLock lock(&connection_.mu_);
  connection_.in_progress_ = nullptr;
}

void Connection::Cancel() {
  MutexLock lock(&mu_);
  cancelled_ = true;
  if (in_progress_ != nullptr) in_progress_->TryCancel();
}

absl::Status Connection::WatchJobs(
    const v1::WatchJobsRequest& asked, absl::Duration longest_silence,
    const std::function<bool(const v1::WatchJobsResponse&)>& take) {
  SMON_RETURN_IF_ERROR(Open());
  const v1::WatchJobsRequest request = InCluster(asked, 0);
  while (true) {
    grpc::ClientContext context;
    if (!authorization_.empty()) {
      context.AddMetadata("authorization", authorization_);
    }
    const CallInProgress in_progress(this, &context);
    // It greets whoever watches; after that it may have little to say.
    SilenceAlarm alarm(options_.timeout, [&context] { context.TryCancel(); });
    bool greeted = false;
    const auto reader = stub_->WatchJobs(&context, request);
    v1::WatchJobsResponse response;
    bool wanted = true;
    while (wanted && reader->Read(&response)) {
      greeted = true;
      answered_ = true;
      alarm.Heard(longest_silence);
      wanted = take(response);
      alarm.Heard(longest_silence);  // what was slow is our own reader
    }
    if (!wanted) context.TryCancel();
    const grpc::Status status = reader->Finish();
    if (!wanted) return absl::OkStatus();
    if (alarm.has_rung() && greeted) {
      return absl::UnavailableError(
          absl::StrCat("nothing heard of smonsvc at ", options_.address,
                       " for ", absl::FormatDuration(longest_silence)));
    }
    const absl::Status error = Explain(
        alarm.has_rung() ? grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "")
                         : status);
    if (!WaitToTryAgain(error)) return error;
  }
}

absl::Status Connection::Explain(const grpc::Status& status) const {
  const std::string message = status.error_message();
  const bool connected =
      channel_->GetState(/*try_to_connect=*/false) == GRPC_CHANNEL_READY;
  const bool timed_out =
      status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED;
  if (!connected &&
      (timed_out || status.error_code() == grpc::StatusCode::UNAVAILABLE)) {
    const Obstacle obstacle =
        timed_out
            ? Obstacle{absl::StrCat("no connection within ",
                                    absl::FormatDuration(options_.timeout)),
                       ""}
            : ExplainObstacle(message, options_.credentials);
    return absl::UnavailableError(absl::StrCat(
        "cannot reach smonsvc at ", options_.address, " (", obstacle.what,
        "): ",
        obstacle.mend.empty() || answered_ ? "is smonsvc running there?"
                                           : obstacle.mend + ";",
        " ", Mend()));
  }
  if (timed_out) {
    return absl::DeadlineExceededError(absl::StrCat(
        "no answer from smonsvc at ", options_.address, " within ",
        absl::FormatDuration(options_.timeout), ": give a longer --timeout"));
  }
  return absl::Status(
      static_cast<absl::StatusCode>(status.error_code()),
      absl::StrCat("smonsvc at ", options_.address, ": ", message));
}

std::string Connection::Mend() const {
  return options_.address_context.empty()
             ? "give --address or set SMONCTL_ADDRESS"
             : absl::StrCat("the context '", options_.address_context,
                            "' names this address: mend it with 'smonctl "
                            "config set-context', or give --address");
}

bool Connection::WaitToTryAgain(const absl::Status& error) {
  if (!absl::IsUnavailable(error)) return false;
  const absl::Duration left = wait_end_ - absl::Now();
  if (left <= absl::ZeroDuration()) return false;
  absl::SleepFor(std::min(left, absl::Milliseconds(kRetryMilliseconds)));
  Connect();
  return true;
}

}  // namespace smon::client
