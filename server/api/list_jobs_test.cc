// ListJobs: filters, pages, orders, masks, and what is wrong with a request.

#include <algorithm>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/api/monitor_service_fixture.h"

namespace smon {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(MonitorServiceTest, ListsTheNewestSubmissionFirst) {
  Add(1, slurm::JobState::kFailed);
  Add(2, slurm::JobState::kRunning);
  EXPECT_THAT(Ids({}), ElementsAre("2", "1"));
}

TEST_F(MonitorServiceTest, FiltersMustAllMatch) {
  Add(1, slurm::JobState::kFailed);
  Add(2, slurm::JobState::kTimeout);
  Add(3, slurm::JobState::kFailed, "bob");
  v1::ListJobsRequest request;
  request.add_states(v1::Job::FAILED);
  request.add_states(v1::Job::TIMEOUT);
  EXPECT_THAT(Ids(request), ElementsAre("3", "2", "1"));
  request.set_user("alice");
  EXPECT_THAT(Ids(request), ElementsAre("2", "1"));
  request.add_phases(v1::Delivery::COMPLETED);
  EXPECT_THAT(Ids(request), IsEmpty());
}

TEST_F(MonitorServiceTest, PagesCoverAllJobsOnceAlsoWhileJobsArrive) {
  for (int i = 1; i <= 5; ++i) Add(i, slurm::JobState::kFailed);
  v1::ListJobsRequest request;
  request.set_page_size(2);
  std::vector<std::string> ids;
  for (int page = 0; page < 10; ++page) {
    const auto response = service_->DoListJobs(request, nullptr);
    ASSERT_TRUE(response.ok()) << response.status();
    for (const v1::Job& job : response->jobs()) ids.push_back(job.job_id());
    if (response->next_page_token().empty()) break;
    request.set_page_token(response->next_page_token());
    Add(100 + page, slurm::JobState::kRunning);
  }
  EXPECT_THAT(ids, ElementsAre("5", "4", "3", "2", "1"));
}

TEST_F(MonitorServiceTest, BadListRequestsNameTheFieldAndTheMend) {
  v1::ListJobsRequest request;
  request.set_page_size(-1);
  EXPECT_THAT(ListError(request), HasSubstr("page_size: '-1'"));
  request.Clear();
  request.set_page_token("rubbish");
  EXPECT_THAT(ListError(request), HasSubstr("page_token: not a token"));
  request.Clear();
  request.set_name("(");
  EXPECT_THAT(ListError(request), HasSubstr("name: '(' is no RE2"));
  request.Clear();
  request.add_states(static_cast<v1::Job::State>(99));
  EXPECT_THAT(ListError(request), HasSubstr("states: '99'"));
  request.Clear();
  request.set_order_by("color");
  EXPECT_THAT(ListError(request), HasSubstr("order_by: 'color'"));
  request.Clear();
  request.mutable_read_mask()->add_paths("colour");
  EXPECT_THAT(ListError(request), HasSubstr("read_mask"));
}

TEST_F(MonitorServiceTest, EachFieldThatIsWrongIsNamed) {
  v1::ListJobsRequest request;
  request.set_page_size(-1);
  request.set_name("(");
  request.set_order_by("color");
  request.mutable_ended_after()->set_seconds(20);
  request.mutable_ended_before()->set_seconds(20);
  request.mutable_read_mask()->add_paths("delivery.colour");
  EXPECT_THAT(
      ListError(request),
      AllOf(HasSubstr("page_size: "), HasSubstr("name: "),
            HasSubstr("order_by: "), HasSubstr("ended_before: is not after"),
            HasSubstr("read_mask: 'delivery.colour'")));
}

TEST_F(MonitorServiceTest, ATimeOutOfRangeIsRefused) {
  v1::ListJobsRequest request;
  request.mutable_ended_after()->set_seconds(int64_t{1} << 60);
  EXPECT_THAT(ListError(request), HasSubstr("ended_after: "));
  request.mutable_ended_after()->set_seconds(0);
  request.mutable_ended_after()->set_nanos(-1);
  EXPECT_THAT(ListError(request), HasSubstr("ended_after: "));
}

TEST_F(MonitorServiceTest, MoreValuesThanThereAreAreRefusedAtOnce) {
  v1::ListJobsRequest request;
  for (int i = 0; i < 1000000; ++i) request.add_states(v1::Job::FAILED);
  EXPECT_EQ(ListError(request), "states: has 1000000 values, more than 200");
  request.Clear();
  for (int i = 0; i < 1000000; ++i) {
    request.mutable_read_mask()->add_paths("job_id");
  }
  EXPECT_EQ(ListError(request), "read_mask: has 1000000 values, more than 200");
}

TEST_F(MonitorServiceTest, PagesOfEachOrderAreStableWhileJobsArrive) {
  int first = 0;  // of the jobs of this order
  for (const std::string order :
       {"submit_time", "submit_time desc", "end_time", "end_time desc"}) {
    SCOPED_TRACE(order);
    v1::ListJobsRequest request;
    request.set_user(order);
    request.set_order_by(order);
    request.set_page_size(2);
    first += 1000;
    std::vector<std::string> expected;
    for (int i = 1; i <= 5; ++i) {
      Add(first + i, slurm::JobState::kFailed, order);
      expected.push_back(std::to_string(first + i));
    }
    const bool descending = order.find("desc") != std::string::npos;
    if (descending) std::reverse(expected.begin(), expected.end());
    std::vector<std::string> ids;
    for (int page = 0; page < 3; ++page) {
      const auto response = service_->DoListJobs(request, nullptr);
      ASSERT_TRUE(response.ok()) << response.status();
      for (const v1::Job& job : response->jobs()) ids.push_back(job.job_id());
      request.set_page_token(response->next_page_token());
      // Before what has been read already.
      Add(first + (descending ? 100 + page : -100 - page),
          slurm::JobState::kFailed, order);
    }
    EXPECT_EQ(ids, expected);
    EXPECT_EQ(request.page_token(), "");
  }
}

TEST_F(MonitorServiceTest, SpacesInAnOrderDoNotMatter) {
  Add(1, slurm::JobState::kFailed);
  Add(2, slurm::JobState::kFailed);
  v1::ListJobsRequest request;
  request.set_order_by("  submit_time   desc ");
  EXPECT_THAT(Ids(request), ElementsAre("2", "1"));
  request.set_order_by(" submit_time ");
  EXPECT_THAT(Ids(request), ElementsAre("1", "2"));
}

TEST_F(MonitorServiceTest, AMaskMayNameAPartOfAFieldOrEverything) {
  Add(1, slurm::JobState::kFailed);
  v1::ListJobsRequest request;
  request.mutable_read_mask()->add_paths("delivery.phase");
  v1::Job job = service_->DoListJobs(request, nullptr)->jobs(0);
  EXPECT_EQ(job.delivery().phase(), v1::Delivery::PENDING);
  EXPECT_FALSE(job.delivery().has_next_attempt_time());
  EXPECT_EQ(job.job_id(), "");
  request.mutable_read_mask()->add_paths("*");
  job = service_->DoListJobs(request, nullptr)->jobs(0);
  EXPECT_EQ(job.job_id(), "1");
  EXPECT_TRUE(job.delivery().has_next_attempt_time());
}

TEST_F(MonitorServiceTest, APageLargerThanTheMaximumIsOfTheMaximum) {
  for (int i = 1; i <= 1001; ++i) Add(i, slurm::JobState::kRunning);
  v1::ListJobsRequest request;
  request.set_page_size(1000000);
  EXPECT_EQ(Ids(request).size(), 1000u);
}

TEST_F(MonitorServiceTest, ATokenIsGoodForItsOwnRequestOnly) {
  for (int i = 1; i <= 3; ++i) Add(i, slurm::JobState::kFailed);
  v1::ListJobsRequest request;
  request.set_page_size(1);
  request.set_page_token(
      service_->DoListJobs(request, nullptr)->next_page_token());
  request.set_page_size(2);
  EXPECT_THAT(Ids(request), ElementsAre("2", "1"));
  request.mutable_read_mask()->add_paths("job_id");
  EXPECT_THAT(Ids(request), ElementsAre("2", "1"));
  request.set_user("alice");
  EXPECT_THAT(ListError(request), HasSubstr("other filters"));
}

TEST_F(MonitorServiceTest, AMaskMayHaveTheNamesOfJson) {
  Add(1, slurm::JobState::kFailed);
  v1::ListJobsRequest request;
  request.mutable_read_mask()->add_paths("jobId");
  request.mutable_read_mask()->add_paths("delivery.nextAttemptTime");
  const auto response = service_->DoListJobs(request, nullptr);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->jobs(0).job_id(), "1");
  EXPECT_EQ(response->jobs(0).user(), "");
  request.mutable_read_mask()->add_paths("jobID");
  EXPECT_THAT(ListError(request), HasSubstr("'jobID' is no field of Job"));
}

TEST_F(MonitorServiceTest, AReadMaskLeavesTheOtherFieldsOut) {
  Add(1, slurm::JobState::kFailed);
  v1::ListJobsRequest request;
  request.mutable_read_mask()->add_paths("job_id");
  const auto response = service_->DoListJobs(request, nullptr);
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->jobs(0).job_id(), "1");
  EXPECT_EQ(response->jobs(0).user(), "");
}

}  // namespace
}  // namespace smon
