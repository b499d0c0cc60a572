#include "client/job_pages.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/status_macros.h"

namespace smon::client {
namespace {

constexpr int64_t kPageSize = 1000;  // the most that smonsvc gives

}  // namespace

JobPages::JobPages(Connection* connection, v1::ListJobsRequest request,
                   int64_t limit)
    : connection_(*connection), request_(std::move(request)), wanted_(limit) {
  Fetch();
}

void JobPages::Fetch() {
  request_.set_page_size(static_cast<int32_t>(std::min(wanted_, kPageSize)));
  coming_ = std::async(std::launch::async, [this] {
    return connection_.Call(&v1::MonitorService::Stub::ListJobs, request_);
  });
}

absl::StatusOr<bool> JobPages::Next(v1::ListJobsResponse* page) {
  if (!coming_.valid()) return false;
  SMON_ASSIGN_OR_RETURN(*page, coming_.get());
  if (!page->next_page_token().empty() &&
      page->next_page_token() == request_.page_token()) {
    return absl::InternalError(
        absl::StrCat("smonsvc at ", connection_.address(),
                     " gives the same page again and again"));
  }
  wanted_ -= page->jobs_size();
  request_.set_page_token(page->next_page_token());
  if (wanted_ > 0 && !request_.page_token().empty()) Fetch();
  return true;
}

}  // namespace smon::client
