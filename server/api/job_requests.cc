#include "server/api/job_requests.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "google/protobuf/util/field_mask_util.h"
#include "re2/re2.h"
#include "server/api/page_token.h"
#include "server/api/request_id.h"
#include "server/api/watch_cursor.h"
#include "server/monitor/proto_convert.h"

namespace smon {
namespace {

constexpr int kDefaultPageSize = 100;
constexpr int kMostPageSize = 1000;
// How many jobs a ResubmitJobsRequest may match.
constexpr int kDefaultMaxJobs = 1000;
constexpr int kMostMaxJobs = 100000;
// A regular expression that needs more memory than this is refused.
constexpr int kMostRegexBytes = 1 << 20;
constexpr size_t kMostRegexLength = 1000;

absl::Status Invalid(absl::string_view field, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", problem));
}

template <typename Enum>
absl::Status CheckEnum(absl::string_view field, int value,
                       bool (*is_valid)(int)) {
  if (value != 0 && is_valid(value)) return absl::OkStatus();
  return Invalid(field, absl::StrCat("'", value, "' is not a value of it"));
}

absl::Status CheckRegex(const std::string& pattern) {
  if (pattern.size() > kMostRegexLength) {
    return Invalid("name",
                   absl::StrCat("is longer than ", kMostRegexLength, " bytes"));
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMostRegexBytes);
  const re2::RE2 regex(pattern, options);
  if (regex.ok()) return absl::OkStatus();
  return Invalid(
      "name", absl::StrCat("'", pattern,
                           "' is no RE2 regular expression: ", regex.error()));
}

// For every request that has the filter fields of ListJobsRequest.
template <typename Request>
absl::StatusOr<JobFilter> ReadFilter(const Request& request) {
  JobFilter filter;
  for (const int state : request.states()) {
    SMON_RETURN_IF_ERROR(
        CheckEnum<v1::Job::State>("states", state, &v1::Job::State_IsValid));
    filter.states.push_back(FromProto(static_cast<v1::Job::State>(state)));
  }
  for (const int phase : request.phases()) {
    SMON_RETURN_IF_ERROR(CheckEnum<v1::Delivery::Phase>(
        "phases", phase, &v1::Delivery::Phase_IsValid));
    filter.phases.push_back(static_cast<Phase>(phase));
  }
  for (const int action : request.actions()) {
    SMON_RETURN_IF_ERROR(CheckEnum<v1::Verdict::Action>(
        "actions", action, &v1::Verdict::Action_IsValid));
    filter.actions.push_back(static_cast<Action>(action));
  }
  for (const int problem : request.problems()) {
    SMON_RETURN_IF_ERROR(CheckEnum<v1::Delivery::Problem>(
        "problems", problem, &v1::Delivery::Problem_IsValid));
    filter.problems.push_back(static_cast<PathProblem>(problem));
  }
  if (!request.name().empty()) {
    SMON_RETURN_IF_ERROR(CheckRegex(request.name()));
  }
  filter.name_regex = request.name();
  filter.user = request.user();
  filter.partition = request.partition();
  filter.cluster = request.cluster();
  if (request.has_ended_after()) {
    filter.ended_after = FromProto(request.ended_after());
  }
  if (request.has_ended_before()) {
    filter.ended_before = FromProto(request.ended_before());
  }
  return filter;
}

absl::StatusOr<JobOrder> ReadOrder(const std::string& order_by) {
  if (order_by.empty() || order_by == "submit_time desc") {
    return JobOrder::kSubmitTimeDesc;
  }
  if (order_by == "submit_time") return JobOrder::kSubmitTimeAsc;
  if (order_by == "end_time desc") return JobOrder::kEndTimeDesc;
  if (order_by == "end_time") return JobOrder::kEndTimeAsc;
  return Invalid("order_by",
                 absl::StrCat("'", order_by,
                              "' is not one of 'submit_time', 'submit_time "
                              "desc', 'end_time', 'end_time desc'"));
}

// A cluster alone is not counted: mostly there is only one.
bool IsEmpty(const JobFilter& filter) {
  return filter.states.empty() && filter.user.empty() &&
         filter.partition.empty() && filter.name_regex.empty() &&
         filter.phases.empty() && filter.actions.empty() &&
         filter.problems.empty() && !filter.ended_after.has_value() &&
         !filter.ended_before.has_value();
}

absl::StatusOr<int64_t> ReadMaxJobs(int32_t max_jobs) {
  if (max_jobs == 0) return kDefaultMaxJobs;
  if (max_jobs > 0 && max_jobs <= kMostMaxJobs) return max_jobs;
  return Invalid("max_jobs", absl::StrCat("'", max_jobs, "' is not from 1 to ",
                                          kMostMaxJobs));
}

// `rpc` is the name of the call that the request belongs to.
template <typename Request>
absl::StatusOr<ResubmitOrder> ReadResubmitOrder(absl::string_view rpc,
                                                Request request) {
  ResubmitOrder order;
  SMON_ASSIGN_OR_RETURN(order.request_id, ReadRequestId(request.request_id()));
  request.clear_request_id();
  order.arguments =
      absl::StrCat(rpc, " ", absl::Hex(Digest(request.SerializeAsString())));
  order.history = "resubmitted on request";
  return order;
}

// What must not change between the pages of one list.
uint64_t RequestDigest(v1::ListJobsRequest request) {
  request.clear_page_size();
  request.clear_page_token();
  request.clear_read_mask();
  return Digest(request.SerializeAsString());
}

}  // namespace

absl::StatusOr<JobQuery> ReadListJobsRequest(
    const v1::ListJobsRequest& request) {
  JobQuery query;
  SMON_ASSIGN_OR_RETURN(query.filter, ReadFilter(request));
  SMON_ASSIGN_OR_RETURN(query.order, ReadOrder(request.order_by()));
  if (request.page_size() < 0) {
    return Invalid("page_size", absl::StrCat("'", request.page_size(),
                                             "' must not be negative"));
  }
  query.limit = request.page_size() == 0
                    ? kDefaultPageSize
                    : std::min(request.page_size(), kMostPageSize);
  if (!request.page_token().empty()) {
    SMON_ASSIGN_OR_RETURN(query.after, DecodePageToken(request.page_token(),
                                                       RequestDigest(request)));
  }
  if (!google::protobuf::util::FieldMaskUtil::IsValidFieldMask<v1::Job>(
          request.read_mask())) {
    return Invalid("read_mask", "names a field that Job does not have");
  }
  return query;
}

absl::StatusOr<ResubmitOrder> ReadResubmitJobRequest(
    const v1::ResubmitJobRequest& request) {
  return ReadResubmitOrder("ResubmitJob", request);
}

absl::StatusOr<ResubmitJobsQuery> ReadResubmitJobsRequest(
    const v1::ResubmitJobsRequest& request) {
  ResubmitJobsQuery query;
  SMON_ASSIGN_OR_RETURN(query.filter, ReadFilter(request));
  if (IsEmpty(query.filter)) {
    return absl::InvalidArgumentError(
        "the filter is empty, so that every job matches; name what to "
        "resubmit, e.g. phases or problems");
  }
  SMON_ASSIGN_OR_RETURN(query.max_jobs, ReadMaxJobs(request.max_jobs()));
  SMON_ASSIGN_OR_RETURN(query.order,
                        ReadResubmitOrder("ResubmitJobs", request));
  if (query.order.request_id.empty()) query.order.request_id = NewRequestId();
  return query;
}

absl::StatusOr<WatchQuery> ReadWatchJobsRequest(
    const v1::WatchJobsRequest& request) {
  WatchQuery query;
  SMON_ASSIGN_OR_RETURN(query.filter, ReadFilter(request));
  if (!request.cursor().empty()) {
    SMON_ASSIGN_OR_RETURN(query.after, DecodeCursor(request.cursor()));
  }
  return query;
}

std::string NextPageToken(const v1::ListJobsRequest& request,
                          const JobQuery::Position& position) {
  return EncodePageToken(position, RequestDigest(request));
}

}  // namespace smon
