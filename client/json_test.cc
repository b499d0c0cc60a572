#include "client/json.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/smon/v1/monitor.pb.h"

namespace smon::client {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ToJsonTest, MapsAsTheProtoSays) {
  v1::Job job;
  job.set_job_id("12_3");
  job.set_raw_job_id(15);
  job.set_state(v1::Job::OUT_OF_MEMORY);
  job.mutable_end_time()->set_seconds(1795359791);
  EXPECT_THAT(
      *ToJson(job, JsonStyle::kOneLine),
      AllOf(HasSubstr(R"("jobId":"12_3")"), HasSubstr(R"("rawJobId":"15")"),
            HasSubstr(R"("state":"OUT_OF_MEMORY")"),
            HasSubstr(R"("endTime":"2026-11-22T15:03:11Z")"),
            HasSubstr(R"("user":"")"), Not(HasSubstr("exitCode")),
            Not(HasSubstr("\n"))));
}

TEST(ToJsonTest, EscapesWhatATerminalWouldObey) {
  v1::Job job;
  job.set_name("a\n\x1b[31m\xc2\x9b\xe2\x80\xae");
  EXPECT_THAT(*ToJson(job, JsonStyle::kOneLine),
              HasSubstr(R"("a\n\u001b[31m\u009b\u202e")"));
}

TEST(ToJsonTest, IndentedTextEndsItsLastLine) {
  EXPECT_THAT(*ToJson(v1::Health(), JsonStyle::kIndented), EndsWith("}\n"));
}

TEST(ToJsonTest, RefusesATimeThatJsonCannotHold) {
  v1::Job job;
  job.mutable_end_time()->set_seconds(int64_t{1} << 60);
  EXPECT_EQ(ToJson(job, JsonStyle::kOneLine).status().code(),
            absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace smon::client
