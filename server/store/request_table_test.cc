#include "server/store/request_table.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/store/schema.h"
#include "server/store/sqlite.h"

namespace smon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kDay = int64_t{24} * 3600 * 1000000;  // microseconds

class RequestTableTest : public ::testing::Test {
 protected:
  RequestTableTest() {
    EXPECT_TRUE(Migrate(*session_, Migrations()).ok());
    session_->begin();
  }

  static ResubmitOrder Order(const std::string& request_id) {
    ResubmitOrder order;
    order.request_id = request_id;
    order.arguments = "a";
    return order;
  }

  Request Insert(const std::string& request_id, int64_t now,
                 const std::vector<int64_t>& jobs = {}) {
    Request request;
    InsertRequest(*session_, Order(request_id), jobs, now, &request);
    return request;
  }

  bool IsKnown(const std::string& request_id) {
    Request request;
    return *FindRequest(*session_, Order(request_id), &request);
  }

  const std::unique_ptr<soci::session> session_ = OpenSqlite(":memory:");
};

TEST_F(RequestTableTest, ARequestIsFoundAsItWasStored) {
  Request stored;
  stored.job = 7;
  stored.report.resubmitted = 1;
  stored.report.already_pending = 2;
  stored.report.not_ended = 3;
  stored.report.no_log = 4;
  stored.report.shared_log = 5;
  stored.report.job_ids = {"1_2", "3+4"};
  InsertRequest(*session_, Order("x"), {}, 1, &stored);
  stored.report.resubmitted = 6;
  UpdateReport(*session_, stored);

  Request found;
  ASSERT_TRUE(*FindRequest(*session_, Order("x"), &found));
  EXPECT_EQ(found.id, stored.id);
  EXPECT_EQ(found.job, 7);
  EXPECT_EQ(found.report.resubmitted, 6);
  EXPECT_EQ(found.report.already_pending, 2);
  EXPECT_EQ(found.report.not_ended, 3);
  EXPECT_EQ(found.report.no_log, 4);
  EXPECT_EQ(found.report.shared_log, 5);
  EXPECT_THAT(found.report.job_ids, ElementsAre("1_2", "3+4"));
  EXPECT_EQ(found.report.left, 0);
  EXPECT_TRUE(found.report.repeated);
}

TEST_F(RequestTableTest, JobsAreTakenInOrderAndOnce) {
  Request request = Insert("x", 1, {30, 10, 20});
  Insert("y", 1, {99});
  EXPECT_EQ(request.report.left, 3);
  EXPECT_THAT(TakeJobs(*session_, 2, &request), ElementsAre(30, 10));
  UpdateReport(*session_, request);
  ASSERT_TRUE(*FindRequest(*session_, Order("x"), &request));
  EXPECT_EQ(request.report.left, 1);
  EXPECT_FALSE(request.report.repeated);
  EXPECT_THAT(TakeJobs(*session_, 2, &request), ElementsAre(20));
  EXPECT_EQ(request.report.left, 0);
  EXPECT_THAT(TakeJobs(*session_, 2, &request), IsEmpty());
}

TEST_F(RequestTableTest, TheLastTenThousandAreKept) {
  for (int i = 0; i <= 10000; ++i) Insert(absl::StrCat(i), 1);
  EXPECT_FALSE(IsKnown("0"));
  EXPECT_TRUE(IsKnown("1"));
  EXPECT_TRUE(IsKnown("10000"));
}

TEST_F(RequestTableTest, AnUnfinishedOneIsForgottenInShortSteps) {
  Request old = Insert("old", 1, std::vector<int64_t>(2500, 7));
  Insert("1", kDay + 2);
  EXPECT_TRUE(IsKnown("old"));
  Insert("2", kDay + 2);
  EXPECT_TRUE(IsKnown("old"));
  // Whoever still goes on with it comes to an end.
  EXPECT_THAT(TakeJobs(*session_, 600, &old), SizeIs(500));
  EXPECT_EQ(old.report.left, 0);
  Insert("3", kDay + 2);
  EXPECT_FALSE(IsKnown("old"));
  EXPECT_TRUE(IsKnown("1"));
}

}  // namespace
}  // namespace smon
