#include "server/api/status_details.h"

#include "absl/strings/str_cat.h"
#include "common/error_reason.h"
#include "common/utf8.h"
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

TEST(StatusDetails, TheReasonOfAPartThatKnowsNoApiIsTold) {
  const absl::Status used =
      Because(absl::InvalidArgumentError("request_id: '7' was used before"),
              "REQUEST_ID_REUSED", "request_id");
  EXPECT_EQ(DetailOf<google::rpc::ErrorInfo>(used).reason(),
            "REQUEST_ID_REUSED");
  const auto request = DetailOf<google::rpc::BadRequest>(used);
  ASSERT_EQ(request.field_violations_size(), 1);
  EXPECT_EQ(request.field_violations(0).field(), "request_id");
  EXPECT_EQ(request.field_violations(0).description(), "'7' was used before");
  google::rpc::Status proto;
  ASSERT_TRUE(proto.ParseFromString(ToApiStatus(used).error_details()));
  EXPECT_EQ(proto.details_size(), 2);  // nothing of how it got there
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

TEST(StatusDetails, TheSameErrorLooksTheSameEachTime) {
  const absl::Status status = InvalidField("name", "is too long");
  const std::string details = ToApiStatus(status).error_details();
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(ToApiStatus(status).error_details(), details);
  }
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
        absl::CancelledError("store /var/lib/s.db: it was stopped"),
        absl::UnavailableError("5 are left: store /var/lib/s.db: it is full"),
        absl::InternalError("/var/lib/s.db: SELECT 1"),
        absl::UnknownError("/var/lib/s.db")}) {
    EXPECT_THAT(ToApiStatus(status).error_message(), Not(HasSubstr("/var")));
    EXPECT_THAT(ToApiStatus(status).error_message(), HasSubstr("log"));
  }
  EXPECT_EQ(ToApiStatus(absl::NotFoundError("job 7")).error_message(), "job 7");
}

TEST(StatusDetails, WhatWasBeingDoneWhenTheStoreFailedIsTold) {
  const absl::Status status = absl::UnavailableError(
      "5 are left, to be done with request_id 7: store /var/lib/s.db: full");
  EXPECT_EQ(ToApiStatus(status).error_message(),
            "5 are left, to be done with request_id 7: the store cannot be "
            "used now; smonsvc's log says more");
  EXPECT_EQ(DetailOf<google::rpc::ErrorInfo>(status).reason(),
            "STORE_UNAVAILABLE");
}

// The bytes that the error takes in the headers of an answer.
size_t HeaderBytes(const grpc::Status& status) {
  size_t bytes = status.error_details().size() * 4 / 3;
  for (const char c : status.error_message()) {
    bytes += c >= ' ' && c <= '~' && c != '%' ? 1 : 3;
  }
  return bytes;
}

TEST(StatusDetails, AnErrorFitsIntoTheHeadersThatClientsTake) {
  constexpr size_t kMost = 8000;
  for (const absl::string_view piece : {"x", "\xff", "\xe2\x82\xac", "%"}) {
    std::string text;
    while (text.size() < 100000) absl::StrAppend(&text, piece);
    absl::Status all;
    for (int i = 0; i < 1000; ++i) AddInvalid(InvalidField("f", text), &all);
    const grpc::Status invalid = ToApiStatus(all);
    EXPECT_LT(HeaderBytes(invalid), kMost) << piece;
    EXPECT_TRUE(IsValidUtf8(invalid.error_message())) << piece;
    EXPECT_GT(DetailOf<google::rpc::BadRequest>(all).field_violations_size(),
              10);
    const grpc::Status not_found = ToApiStatus(WithReason(
        absl::NotFoundError(text), "JOB_NOT_FOUND", {{"job_id", text}}));
    EXPECT_LT(HeaderBytes(not_found), kMost) << piece;
    EXPECT_GT(not_found.error_message().size(), 600u) << piece;
  }
}

TEST(StatusDetails, BytesThatAreNoUtf8AreEscaped) {
  const absl::Status status = InvalidField("name", "'\xff'");
  EXPECT_EQ(ToApiStatus(status).error_message(), "name: '\\xff'");
  EXPECT_EQ(DetailOf<google::rpc::BadRequest>(status).field_violations_size(),
            1);
}

}  // namespace
}  // namespace smon
