#include "server/api/status_details.h"

#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"

namespace smon {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// The detail of that type in the error that a client gets; an empty one where
// there is none.
template <typename Detail>
Detail DetailOf(const absl::Status& status) {
  google::rpc::Status proto;
  EXPECT_TRUE(proto.ParseFromString(ToApiStatus(status).error_details()));
  EXPECT_EQ(proto.code(), static_cast<int>(status.code()));
  Detail detail;
  for (const auto& any : proto.details()) {
    if (any.Is<Detail>()) any.UnpackTo(&detail);
  }
  return detail;
}

TEST(StatusDetails, OkIsOk) {
  EXPECT_TRUE(ToApiStatus(absl::OkStatus()).ok());
  EXPECT_EQ(ToApiStatus(absl::OkStatus()).error_details(), "");
}

TEST(StatusDetails, EveryErrorHasAReasonAndADomain) {
  for (int code = 1; code <= 16; ++code) {
    const auto info = DetailOf<google::rpc::ErrorInfo>(
        absl::Status(static_cast<absl::StatusCode>(code), "what"));
    EXPECT_NE(info.reason(), "") << code;
    EXPECT_EQ(info.domain(), "smonsvc") << code;
  }
}

TEST(StatusDetails, AReasonOfItsOwnIsKept) {
  const auto info = DetailOf<google::rpc::ErrorInfo>(
      WithReason(absl::NotFoundError("job 7 is not known"), "JOB_NOT_FOUND",
                 {{"job_id", "7"}}));
  EXPECT_EQ(info.reason(), "JOB_NOT_FOUND");
  EXPECT_EQ(info.metadata().at("job_id"), "7");
}

TEST(StatusDetails, FieldsAreNamedOneByOne) {
  absl::Status all;
  AddInvalid(absl::OkStatus(), &all);
  EXPECT_TRUE(all.ok());
  AddInvalid(InvalidField("page_size", "'-1' must not be negative"), &all);
  AddInvalid(InvalidField("name", "is too long"), &all);
  EXPECT_EQ(ToApiStatus(all).error_message(),
            "page_size: '-1' must not be negative; name: is too long");
  const auto request = DetailOf<google::rpc::BadRequest>(all);
  ASSERT_EQ(request.field_violations_size(), 2);
  EXPECT_EQ(request.field_violations(0).field(), "page_size");
  EXPECT_EQ(request.field_violations(0).description(),
            "'-1' must not be negative");
  EXPECT_EQ(request.field_violations(1).field(), "name");
}

TEST(StatusDetails, WhatMayPassSaysWhenToTryAgain) {
  for (const absl::Status& status :
       {absl::UnavailableError("x"), absl::ResourceExhaustedError("x")}) {
    const auto retry = DetailOf<google::rpc::RetryInfo>(status);
    EXPECT_EQ(retry.retry_delay().seconds(), 1) << status;
  }
  EXPECT_FALSE(DetailOf<google::rpc::RetryInfo>(absl::NotFoundError("x"))
                   .has_retry_delay());
}

TEST(StatusDetails, ClientsSeeNoPathsOfTheServer) {
  for (const absl::Status& status :
       {absl::UnavailableError("store /var/lib/s.db: the disk is full"),
        absl::DataLossError("store /var/lib/s.db: it is damaged"),
        absl::InternalError("/var/lib/s.db: SELECT 1"),
        absl::UnknownError("/var/lib/s.db")}) {
    EXPECT_THAT(ToApiStatus(status).error_message(), Not(HasSubstr("/var")));
    EXPECT_THAT(ToApiStatus(status).error_message(), HasSubstr("log"));
  }
  EXPECT_EQ(ToApiStatus(absl::NotFoundError("job 7")).error_message(), "job 7");
}

TEST(StatusDetails, BytesThatAreNoUtf8AreEscaped) {
  const absl::Status status = InvalidField("name", "'\xff'");
  EXPECT_EQ(ToApiStatus(status).error_message(), "name: '\\xff'");
  EXPECT_EQ(DetailOf<google::rpc::BadRequest>(status).field_violations_size(),
            1);
}

}  // namespace
}  // namespace smon
