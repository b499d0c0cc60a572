#include "server/api/job_requests.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/status_macros.h"
#include "common/utf8.h"
#include "google/protobuf/util/field_mask_util.h"
#include "google/protobuf/util/time_util.h"
#include "re2/re2.h"
#include "server/api/page_token.h"
#include "server/api/request_id.h"
#include "server/api/status_details.h"
#include "server/api/watch_cursor.h"
#include "server/monitor/proto_convert.h"

namespace smon {
namespace {

using google::protobuf::util::FieldMaskUtil;
using google::protobuf::util::TimeUtil;

constexpr int kDefaultPageSize = 100;
constexpr int kMostPageSize = 1000;
// How many jobs a ResubmitJobsRequest may match.
constexpr int kDefaultMaxJobs = 1000;
constexpr int kMostMaxJobs = 100000;
// A regular expression that needs more memory than this is refused.
constexpr int kMostRegexBytes = 1 << 20;
constexpr size_t kMostRegexLength = 1000;
// Of a repeated field: more than there are different ones.
constexpr int kMostValues = 200;

absl::Status CheckRegex(const std::string& pattern) {
  if (pattern.size() > kMostRegexLength) {
    return InvalidField(
        "name", absl::StrCat("is longer than ", kMostRegexLength, " bytes"));
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMostRegexBytes);
  const re2::RE2 regex(pattern, options);
  if (regex.ok()) return absl::OkStatus();
  return InvalidField(
      "name", absl::StrCat("'", pattern,
                           "' is no RE2 regular expression: ", regex.error()));
}

// `value` in `*to`, or what is wrong with it in `*problems`.
template <typename T, typename To>
void Take(absl::StatusOr<T> value, To* to, absl::Status* problems) {
  if (value.ok()) {
    *to = *std::move(value);
  } else {
    AddInvalid(value.status(), problems);
  }
}

// INVALID_ARGUMENT when a repeated field has more values than it may.
absl::Status CheckSize(absl::string_view field, int size) {
  if (size <= kMostValues) return absl::OkStatus();
  return InvalidField(
      field, absl::StrCat("has ", size, " values, more than ", kMostValues));
}

// The values of an enum, which is a repeated field.
template <typename Value, typename Convert>
void ReadEnums(absl::string_view field,
               const google::protobuf::RepeatedField<int>& values,
               bool (*is_valid)(int), const Convert& convert,
               std::vector<Value>* to, absl::Status* problems) {
  if (const absl::Status size = CheckSize(field, values.size()); !size.ok()) {
    AddInvalid(size, problems);
    return;
  }
  for (const int value : values) {
    if (value != 0 && is_valid(value)) {
      to->push_back(convert(value));
    } else {
      AddInvalid(InvalidField(
                     field, absl::StrCat("'", value, "' is not a value of it")),
                 problems);
    }
  }
}

absl::StatusOr<absl::Time> ReadTime(absl::string_view field,
                                    const google::protobuf::Timestamp& time) {
  if (time.seconds() >= TimeUtil::kTimestampMinSeconds &&
      time.seconds() <= TimeUtil::kTimestampMaxSeconds && time.nanos() >= 0 &&
      time.nanos() < 1000000000) {
    return FromProto(time);
  }
  return InvalidField(field,
                      "is not from year 1 to 9999, with 0 to 999999999 "
                      "nanoseconds");
}

template <typename Request>
void ReadTimeRange(const Request& request, JobFilter* filter,
                   absl::Status* problems) {
  if (request.has_ended_after()) {
    Take(ReadTime("ended_after", request.ended_after()), &filter->ended_after,
         problems);
  }
  if (request.has_ended_before()) {
    Take(ReadTime("ended_before", request.ended_before()),
         &filter->ended_before, problems);
  }
  if (filter->ended_after.has_value() && filter->ended_before.has_value() &&
      *filter->ended_after >= *filter->ended_before) {
    AddInvalid(InvalidField("ended_before", "is not after ended_after"),
               problems);
  }
}

// For every request that has the filter fields of ListJobsRequest.
template <typename Request>
JobFilter ReadFilter(const Request& request, absl::Status* problems) {
  JobFilter filter;
  ReadEnums(
      "states", request.states(), &v1::Job::State_IsValid,
      [](int value) { return FromProto(static_cast<v1::Job::State>(value)); },
      &filter.states, problems);
  ReadEnums(
      "phases", request.phases(), &v1::Delivery::Phase_IsValid,
      [](int value) { return static_cast<Phase>(value); }, &filter.phases,
      problems);
  ReadEnums(
      "actions", request.actions(), &v1::Verdict::Action_IsValid,
      [](int value) { return static_cast<Action>(value); }, &filter.actions,
      problems);
  ReadEnums(
      "problems", request.problems(), &v1::Delivery::Problem_IsValid,
      [](int value) { return static_cast<PathProblem>(value); },
      &filter.problems, problems);
  if (!request.name().empty()) {
    AddInvalid(CheckRegex(request.name()), problems);
  }
  filter.name_regex = request.name();
  filter.user = request.user();
  filter.partition = request.partition();
  filter.cluster = request.cluster();
  ReadTimeRange(request, &filter, problems);
  return filter;
}

// AIP-132: spaces do not matter.
absl::StatusOr<JobOrder> ReadOrder(const std::string& order_by) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(order_by, ' ', absl::SkipEmpty());
  const std::string order = absl::StrJoin(words, " ");
  if (order.empty() || order == "submit_time desc") {
    return JobOrder::kSubmitTimeDesc;
  }
  if (order == "submit_time") return JobOrder::kSubmitTimeAsc;
  if (order == "end_time desc") return JobOrder::kEndTimeDesc;
  if (order == "end_time") return JobOrder::kEndTimeAsc;
  return InvalidField(
      "order_by",
      absl::StrCat("'", ToPrintable(absl::string_view(order_by).substr(0, 100)),
                   "' is not one of 'submit_time', 'submit_time desc', "
                   "'end_time', 'end_time desc'"));
}

absl::StatusOr<int> ReadPageSize(int32_t page_size) {
  if (page_size < 0) {
    return InvalidField("page_size",
                        absl::StrCat("'", page_size, "' must not be negative"));
  }
  return page_size == 0 ? kDefaultPageSize : std::min(page_size, kMostPageSize);
}

absl::Status CheckReadMask(const google::protobuf::FieldMask& mask) {
  absl::Status problems = CheckSize("read_mask", mask.paths_size());
  if (!problems.ok()) return problems;
  for (const std::string& path : mask.paths()) {
    if (path == "*" || FieldMaskUtil::IsValidPath<v1::Job>(path)) continue;
    AddInvalid(InvalidField(
                   "read_mask",
                   absl::StrCat(
                       "'", ToPrintable(absl::string_view(path).substr(0, 100)),
                       "' is no field of Job")),
               &problems);
  }
  return problems;
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
  return InvalidField(
      "max_jobs",
      absl::StrCat("'", max_jobs, "' is not from 1 to ", kMostMaxJobs));
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

absl::StatusOr<JobQuery> ReadListJobsRequest(const v1::ListJobsRequest& request,
                                             const TextSigner& signer) {
  absl::Status problems;
  JobQuery query;
  query.filter = ReadFilter(request, &problems);
  Take(ReadOrder(request.order_by()), &query.order, &problems);
  Take(ReadPageSize(request.page_size()), &query.limit, &problems);
  if (!request.page_token().empty()) {
    Take(DecodePageToken(signer, request.page_token(), RequestDigest(request)),
         &query.after, &problems);
  }
  AddInvalid(CheckReadMask(request.read_mask()), &problems);
  if (!problems.ok()) return problems;
  return query;
}

v1::ListJobsRequest WithProtoNames(v1::ListJobsRequest request) {
  if (!request.has_read_mask()) return request;
  for (std::string& path : *request.mutable_read_mask()->mutable_paths()) {
    google::protobuf::FieldMask named;
    if (FieldMaskUtil::FromJsonString(path, &named) &&
        named.paths_size() == 1 &&
        FieldMaskUtil::IsValidPath<v1::Job>(named.paths(0))) {
      path = named.paths(0);
    }
  }
  return request;
}

absl::StatusOr<ResubmitOrder> ReadResubmitJobRequest(
    const v1::ResubmitJobRequest& request) {
  return ReadResubmitOrder("ResubmitJob", request);
}

absl::StatusOr<ResubmitJobsQuery> ReadResubmitJobsRequest(
    const v1::ResubmitJobsRequest& request) {
  absl::Status problems;
  ResubmitJobsQuery query;
  query.filter = ReadFilter(request, &problems);
  Take(ReadMaxJobs(request.max_jobs()), &query.max_jobs, &problems);
  Take(ReadResubmitOrder("ResubmitJobs", request), &query.order, &problems);
  if (!problems.ok()) return problems;
  if (IsEmpty(query.filter)) {
    return WithReason(
        absl::InvalidArgumentError(
            "the filter is empty, so that every job matches; name what to "
            "resubmit, e.g. phases or problems"),
        "EMPTY_FILTER", {});
  }
  if (query.order.request_id.empty()) query.order.request_id = NewRequestId();
  return query;
}

absl::StatusOr<WatchQuery> ReadWatchJobsRequest(
    const v1::WatchJobsRequest& request, const TextSigner& signer) {
  absl::Status problems;
  WatchQuery query;
  query.filter = ReadFilter(request, &problems);
  if (!request.cursor().empty()) {
    Take(DecodeCursor(signer, request.cursor()), &query.after, &problems);
  }
  if (!problems.ok()) return problems;
  return query;
}

std::string NextPageToken(const v1::ListJobsRequest& request,
                          const JobQuery::Position& position,
                          const TextSigner& signer) {
  return EncodePageToken(signer, position, RequestDigest(request));
}

}  // namespace smon
