#include "server/gateway/json_writer.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/empty.pb.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "google/rpc/status.pb.h"
#include "proto/smon/v1/monitor.pb.h"
#include "server/gateway/json_text.h"

namespace smon {
namespace {

namespace pb = ::google::protobuf;

// What MessageToJson makes of it, or its error.
std::string Json(const pb::Message& message) {
  const auto json = MessageToJson(message);
  return json.ok() ? *json : json.status().ToString();
}

std::string Float(double value) {
  std::string out;
  AppendJsonFloat(value, &out);
  return out;
}

pb::Timestamp Time(int64_t seconds, int32_t nanos = 0) {
  pb::Timestamp time;
  time.set_seconds(seconds);
  time.set_nanos(nanos);
  return time;
}

TEST(JsonWriterTest, AnEmptyJobHasEveryFieldButTheOptionalOnes) {
  EXPECT_EQ(
      Json(v1::Job()),
      R"({"jobId":"","rawJobId":"0","cluster":"","restartCount":0,)"
      R"("arrayJobId":"0","hetJobId":"0","name":"","user":"","partition":"",)"
      R"("state":"STATE_UNSPECIFIED","stateText":"","reason":"",)"
      R"("submitTime":null,"startTime":null,"endTime":null,"workDir":"",)"
      R"("stdoutPath":"","stdoutPathSource":"SOURCE_UNSPECIFIED",)"
      R"("stdoutPathError":"","logJobId":"","delivery":null,"verdict":null,)"
      R"("createTime":null,"updateTime":null,"history":[]})");
}

TEST(JsonWriterTest, AFullJobHasThemAllInTheOrderOfTheirDeclaration) {
  v1::Job job;
  job.set_job_id("12_3");
  job.set_raw_job_id(9007199254740993);
  job.set_array_job_id(12);
  job.set_array_task_id(0);
  job.set_het_job_offset(0);
  job.set_name("train");
  job.set_state(v1::Job::FAILED);
  job.set_exit_code(0);
  job.set_exit_signal(9);
  *job.mutable_submit_time() = Time(1700000000);
  job.mutable_delivery()->set_phase(v1::Delivery::SUBMITTED);
  *job.add_history()->mutable_time() = Time(0, 5000000);
  EXPECT_EQ(
      Json(job),
      R"({"jobId":"12_3","rawJobId":"9007199254740993","cluster":"",)"
      R"("restartCount":0,"arrayJobId":"12","arrayTaskId":"0","hetJobId":"0",)"
      R"("hetJobOffset":0,"name":"train","user":"","partition":"",)"
      R"("state":"FAILED","stateText":"","reason":"","exitCode":0,)"
      R"("exitSignal":9,"submitTime":"2023-11-14T22:13:20Z","startTime":null,)"
      R"("endTime":null,"workDir":"","stdoutPath":"",)"
      R"("stdoutPathSource":"SOURCE_UNSPECIFIED","stdoutPathError":"",)"
      R"("logJobId":"","delivery":{"phase":"SUBMITTED","submitAttempts":0,)"
      R"("resultAttempts":0,"nextAttemptTime":null,"submittedTime":null,)"
      R"("error":"","resubmitCount":0,"problem":"PROBLEM_UNSPECIFIED"},)"
      R"("verdict":null,"createTime":null,"updateTime":null,)"
      R"("history":[{"time":"1970-01-01T00:00:00.005Z","text":""}]})");
}

TEST(JsonWriterTest, AnEnumNumberWithoutANameIsANumber) {
  v1::Verdict verdict;
  verdict.set_action(static_cast<v1::Verdict::Action>(77));
  EXPECT_EQ(Json(verdict),
            R"({"action":77,"actionText":"","reason":"","source":"","mode":"",)"
            R"("createTime":null})");
}

TEST(JsonWriterTest, TextIsEscapedAsLittleAsJsonAllows) {
  v1::HistoryEntry entry;
  entry.set_text("\" \\ / \b\f\n\r\t \x01\x1f\x7f <&> \xe2\x80\xa8 \xc3\xa9");
  EXPECT_EQ(Json(entry),
            "{\"time\":null,\"text\":\"\\\" \\\\ / \\b\\f\\n\\r\\t "
            "\\u0001\\u001f\x7f <&> \xe2\x80\xa8 \xc3\xa9\"}");
}

TEST(JsonWriterTest, BytesThatAreNotUtf8ComeOutAsText) {
  std::string out;
  AppendJsonString("a\xff", &out);
  EXPECT_EQ(out, R"("a\\xff")");
}

TEST(JsonWriterTest, ATimestampHas0Or3Or6Or9Digits) {
  EXPECT_EQ(Json(Time(0)), R"("1970-01-01T00:00:00Z")");
  EXPECT_EQ(Json(Time(0, 120000000)), R"("1970-01-01T00:00:00.120Z")");
  EXPECT_EQ(Json(Time(0, 1000)), R"("1970-01-01T00:00:00.000001Z")");
  EXPECT_EQ(Json(Time(0, 1)), R"("1970-01-01T00:00:00.000000001Z")");
  EXPECT_EQ(Json(Time(-62135596800)), R"("0001-01-01T00:00:00Z")");
  EXPECT_EQ(Json(Time(253402300799)), R"("9999-12-31T23:59:59Z")");
}

TEST(JsonWriterTest, ATimeOutOfRangeIsAnError) {
  EXPECT_FALSE(MessageToJson(Time(253402300800)).ok());
  EXPECT_FALSE(MessageToJson(Time(-62135596801)).ok());
  EXPECT_FALSE(MessageToJson(Time(0, -1)).ok());
}

TEST(JsonWriterTest, ADurationIsSecondsWithAnS) {
  pb::Duration duration;
  EXPECT_EQ(Json(duration), R"("0s")");
  duration.set_seconds(-3);
  duration.set_nanos(-500000000);
  EXPECT_EQ(Json(duration), R"("-3.500s")");
  duration.set_nanos(1);
  EXPECT_FALSE(MessageToJson(duration).ok());
}

TEST(JsonWriterTest, NumbersAreThoseOfGo) {
  EXPECT_EQ(Float(0), "0");
  EXPECT_EQ(Float(-0.0), "-0");
  EXPECT_EQ(Float(1), "1");
  EXPECT_EQ(Float(0.1), "0.1");
  EXPECT_EQ(Float(-2.5), "-2.5");
  EXPECT_EQ(Float(1234.5), "1234.5");
  EXPECT_EQ(Float(100), "100");
  EXPECT_EQ(Float(0.000001), "0.000001");
  EXPECT_EQ(Float(0.0000012), "0.0000012");
  EXPECT_EQ(Float(1e-7), "1e-7");
  EXPECT_EQ(Float(1.5e-10), "1.5e-10");
  EXPECT_EQ(Float(1e20), "100000000000000000000");
  EXPECT_EQ(Float(123456789012345680000.0), "123456789012345680000");
  EXPECT_EQ(Float(1e21), "1e+21");
  EXPECT_EQ(Float(1.7976931348623157e308), "1.7976931348623157e+308");
  EXPECT_EQ(Float(NAN), R"("NaN")");
  EXPECT_EQ(Float(-std::numeric_limits<double>::infinity()), R"("-Infinity")");
  std::string out;
  AppendJsonFloat(0.1f, &out);
  EXPECT_EQ(out, "0.1");
}

TEST(JsonWriterTest, WrappersAndStructsStandForWhatTheyHold) {
  pb::Int64Value number;
  number.set_value(-5);
  EXPECT_EQ(Json(number), R"("-5")");
  pb::BytesValue bytes;
  bytes.set_value("\xff\x01");
  EXPECT_EQ(Json(bytes), R"("/wE=")");

  pb::Struct object;
  const std::string text =
      R"({"a":[1,"x",null,true],"b":{"c":0.5},"z":{},"é":[]})";
  ASSERT_TRUE(pb::util::JsonStringToMessage(text, &object).ok());
  EXPECT_EQ(Json(object), text);
  EXPECT_FALSE(MessageToJson(pb::Value()).ok());
}

TEST(JsonWriterTest, AFieldMaskIsInLowerCamelCase) {
  pb::FieldMask mask;
  EXPECT_EQ(Json(mask), R"("")");
  mask.add_paths("job_id");
  mask.add_paths("delivery.submit_attempts");
  EXPECT_EQ(Json(mask), R"("jobId,delivery.submitAttempts")");
  mask.add_paths("jobId");
  EXPECT_FALSE(MessageToJson(mask).ok());
}

TEST(JsonWriterTest, AnAnyShowsWhatItHolds) {
  google::rpc::Status status;
  status.set_code(5);
  status.set_message("no");
  status.add_details()->PackFrom(v1::HistoryEntry());
  status.add_details()->PackFrom(Time(1));
  status.add_details()->PackFrom(pb::Empty());
  status.add_details();
  EXPECT_EQ(
      Json(status),
      R"({"code":5,"message":"no","details":[)"
      R"({"@type":"type.googleapis.com/smon.v1.HistoryEntry","time":null,)"
      R"("text":""},)"
      R"({"@type":"type.googleapis.com/google.protobuf.Timestamp",)"
      R"("value":"1970-01-01T00:00:01Z"},)"
      R"({"@type":"type.googleapis.com/google.protobuf.Empty","value":{}},)"
      R"({}]})");
}

TEST(JsonWriterTest, AnAnyThatCannotBeReadIsShownAsBytes) {
  pb::Any any;
  any.set_type_url("type.googleapis.com/no.such.Type");
  any.set_value("\x01\x02");
  EXPECT_EQ(Json(any),
            R"({"@type":"type.googleapis.com/no.such.Type","value":"AQI="})");
  any.set_type_url("type.googleapis.com/smon.v1.Job");
  any.set_value("\xff");
  EXPECT_EQ(Json(any),
            R"({"@type":"type.googleapis.com/smon.v1.Job","value":"/w=="})");
}

TEST(JsonWriterTest, StreamMessagesAreSafeInHtml) {
  EXPECT_EQ(
      EscapeJsonForHtml("{\"a\":\"<b>&\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa\"}"),
      R"({"a":"\u003cb\u003e\u0026\u2028\u2029)"
      "\xe2\x80\xaa\"}");
}

}  // namespace
}  // namespace smon
