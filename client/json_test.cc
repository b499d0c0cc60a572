#include "client/json.h"

#include "gmock/gmock.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
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

// As the gateway, grpcurl and every other program with a Protobuf says it.
TEST(AppendJsonTest, SaysTheSameAsProtobuf) {
  v1::Stats stats;
  stats.mutable_polls()->set_interval_seconds(0.1);
  stats.mutable_polls()->set_last_duration_seconds(1e300);
  stats.mutable_polls()->mutable_last_success_time()->set_seconds(-1);
  stats.mutable_polls()->mutable_last_success_time()->set_nanos(1000);
  stats.mutable_slurm()->add_malformed()->set_text(
      "\"\\/\xc3\xa9\xf0\x9f\x98\x80");
  stats.mutable_slurm()->add_malformed()->set_times(int64_t{1} << 62);
  stats.add_states()->set_jobs(-5);
  v1::Job job;
  job.set_array_task_id(0);
  job.mutable_submit_time()->set_seconds(253402300799);
  job.mutable_start_time()->set_nanos(20000000);
  job.mutable_verdict()->set_action(static_cast<v1::Verdict::Action>(77));
  job.add_history()->set_text("<&>");
  for (const google::protobuf::Message* message :
       std::vector<const google::protobuf::Message*>{&stats, &job}) {
    google::protobuf::util::JsonPrintOptions options;
    options.always_print_primitive_fields = true;
    std::string expected;
    ASSERT_TRUE(google::protobuf::util::MessageToJsonString(*message, &expected,
                                                            options)
                    .ok());
    std::string json;
    ASSERT_TRUE(AppendJson(*message, &json).ok());
    EXPECT_EQ(nlohmann::json::parse(json), nlohmann::json::parse(expected));
  }
}

TEST(AppendJsonTest, RefusesATimeThatJsonCannotHold) {
  v1::Job job;
  job.mutable_end_time()->set_seconds(int64_t{1} << 60);
  std::string json;
  EXPECT_EQ(AppendJson(job, &json).code(), absl::StatusCode::kInternal);
}

TEST(AppendJsonTest, InvalidUtf8IsEscapedAndNeverBreaksTheDocument) {
  std::string json;
  AppendJsonString("caf\xe9\xf0\x9f", &json);
  EXPECT_EQ(json, R"("caf\\xe9\\xf0\\x9f")");
}

}  // namespace
}  // namespace smon::client
