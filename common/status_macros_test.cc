#include "common/status_macros.h"

#include <string>

#include "absl/status/status.h"
#include "common/error_reason.h"
#include "gtest/gtest.h"

namespace smon {
namespace {

TEST(AnnotateTest, TheContextComesBeforeTheMessage) {
  const absl::Status status =
      Annotate(absl::NotFoundError("no such file"), "--token_file");
  EXPECT_EQ(status, absl::NotFoundError("--token_file: no such file"));
  EXPECT_TRUE(Annotate(absl::OkStatus(), "x").ok());
}

TEST(AnnotateTest, WhatProgramsGoByStays) {
  const absl::Status status =
      Annotate(Because(absl::InvalidArgumentError("used before"),
                       "REQUEST_ID_REUSED", "request_id"),
               "resubmission");
  ASSERT_TRUE(status.GetPayload(kReasonPayload).has_value());
  EXPECT_EQ(std::string(*status.GetPayload(kReasonPayload)),
            "REQUEST_ID_REUSED");
  EXPECT_EQ(std::string(*status.GetPayload(kFieldPayload)), "request_id");
}

}  // namespace
}  // namespace smon
