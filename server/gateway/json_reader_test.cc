#include "server/gateway/json_reader.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/wrappers.pb.h"
#include "proto/smon/v1/monitor.pb.h"

namespace smon {
namespace {

// The message that the JSON is read as, or the error.
template <typename Message = v1::ResubmitJobsRequest>
std::string Read(absl::string_view json) {
  Message message;
  const absl::Status status = JsonToMessage(json, &message);
  if (!status.ok()) return std::string(status.message());
  return message.ShortDebugString();
}

TEST(JsonReaderTest, ReadsFieldsByEitherName) {
  EXPECT_EQ(Read(R"({"dryRun":true,"max_jobs":5,"states":["FAILED",22]})"),
            "states: FAILED states: CANCELLED dry_run: true max_jobs: 5");
  EXPECT_EQ(Read(R"({"user":null,"noSuch":{"a":[1,{"b":null}]}})"), "");
  for (const char* empty : {"", " \n", "{}"}) EXPECT_EQ(Read(empty), "");
}

TEST(JsonReaderTest, ReadsTheFirstValueOnly) {
  EXPECT_EQ(Read(R"( {"user":"a"} x)"), R"(user: "a")");
  EXPECT_EQ(Read(R"({"user":"a"}{"user":"b"})"), R"(user: "a")");
}

TEST(JsonReaderTest, ReadsNumbersInEveryForm) {
  for (const char* five :
       {"5", "\"5\"", "5.0", "5e0", "0.5e1", "50e-1", "\"5e0\"", "5.000e+0"}) {
    EXPECT_EQ(Read(absl::StrCat(R"({"maxJobs":)", five, "}")), "max_jobs: 5");
  }
  EXPECT_EQ(Read(R"({"maxJobs":-2147483648})"), "max_jobs: -2147483648");
  for (const char* bad : {"2147483648", "5.5", "55e-1", "1e100", "\" 5\"",
                          "\"5 \"", "\"\"", "\"x\"", "true", "[5]"}) {
    EXPECT_EQ(Read(absl::StrCat(R"({"maxJobs":)", bad, "}")),
              absl::StrCat("proto: (line 1:12): invalid value for int32 type: ",
                           bad[0] == '[' ? "[" : bad));
  }
}

TEST(JsonReaderTest, ReadsStrings) {
  EXPECT_EQ(Read(R"({"user":"\u0041\n\"\\\/\ud83d\ude00"})"),
            R"(user: "A\n\"\\/\360\237\230\200")");
  EXPECT_EQ(Read("{\"user\":\"\xff\"}"),
            "proto: syntax error (line 1:9): invalid UTF-8 in string");
  EXPECT_EQ(Read(R"({"user":"\ud83d\u0041"})"),
            R"(proto: syntax error (line 1:9): invalid escape code "\\u0041" )"
            "in string");
}

TEST(JsonReaderTest, NamesThePlace) {
  EXPECT_EQ(Read("{\n \"user\": \"\xc3\xa9\", \"maxJobs\": \"x\"}"),
            "proto: (line 2:26): invalid value for int32 type: \"x\"");
  EXPECT_EQ(Read(R"({"user":"a","user":"b"})"),
            R"(proto: (line 1:13): duplicate field "user")");
  EXPECT_EQ(Read(R"({"states":"FAILED"})"),
            R"(proto: syntax error (line 1:11): unexpected token "FAILED")");
  EXPECT_EQ(Read("[]"), "proto: syntax error (line 1:1): unexpected token [");
}

TEST(JsonReaderTest, SaysWhatIsNoJson) {
  EXPECT_EQ(Read("{'user':1}"),
            "invalid character '\\'' looking for beginning of object key "
            "string");
  EXPECT_EQ(Read(R"({"user":"a",})"),
            "invalid character '}' looking for beginning of object key string");
  EXPECT_EQ(Read(R"({"user" 1})"), "invalid character '1' after object key");
  EXPECT_EQ(Read(R"({"a":1 2})"),
            "invalid character '2' after object key:value pair");
  EXPECT_EQ(Read(R"({"a":[1 2]})"),
            "invalid character '2' after array element");
  EXPECT_EQ(Read(R"({"a":tru})"),
            "invalid character '}' in literal true (expecting 'e')");
  EXPECT_EQ(Read(R"({"a":1.})"),
            "invalid character '}' after decimal point in numeric literal");
  EXPECT_EQ(Read("\xff"),
            "invalid character '\xc3\xbf' looking for beginning of value");
  EXPECT_EQ(Read(R"({"a":)"), "unexpected EOF");
}

TEST(JsonReaderTest, DeepNestingIsRefusedAndTakesNoStack) {
  EXPECT_EQ(Read("{\"x\":" + std::string(100000, '[')),
            "invalid character '[' exceeded max depth");
  EXPECT_EQ(
      Read("{\"x\":" + std::string(9000, '[') + std::string(9000, ']') + "}"),
      "");
  EXPECT_EQ(Read<google::protobuf::Value>(std::string(200, '[') +
                                          std::string(200, ']')),
            "proto: exceeded max recursion depth");
}

// Otherwise a misspelt state would widen the filter of a resubmission.
TEST(JsonReaderTest, AnUnknownEnumValueIsRefused) {
  EXPECT_EQ(Read(R"({"states":["FALED"]})"),
            R"(proto: (line 1:12): invalid value for enum type: "FALED")");
}

TEST(JsonReaderTest, ReadsWellKnownTypes) {
  EXPECT_EQ(Read(R"({"endedAfter":"1970-01-01T01:00:01.5+01:00"})"),
            "ended_after { seconds: 1 nanos: 500000000 }");
  EXPECT_EQ(Read(R"({"endedAfter":"soon"})"),
            "proto: (line 1:15): invalid google.protobuf.Timestamp value "
            "\"soon\"");
  EXPECT_EQ(Read(R"({"endedAfter":"0000-01-01T00:00:00Z"})"),
            "proto: (line 1:15): google.protobuf.Timestamp value out of range: "
            "\"0000-01-01T00:00:00Z\"");
  EXPECT_EQ(Read<google::protobuf::Duration>(R"("-1.5s")"),
            "seconds: -1 nanos: -500000000");
  EXPECT_EQ(Read<google::protobuf::Duration>(R"("1.5")"),
            "proto: (line 1:1): invalid google.protobuf.Duration value "
            "\"1.5\"");
  EXPECT_EQ(Read<google::protobuf::FieldMask>(R"("jobId,verdict.action")"),
            R"(paths: "job_id" paths: "verdict.action")");
  EXPECT_EQ(Read<google::protobuf::BytesValue>(R"("_w")"), R"(value: "\377")");
  EXPECT_EQ(Read<google::protobuf::DoubleValue>(R"("-Infinity")"),
            "value: -inf");
  EXPECT_EQ(
      Read<google::protobuf::Struct>(R"({"a":[null,true,1.5,"x"]})"),
      R"(fields { key: "a" value { list_value { values { null_value: )"
      R"(NULL_VALUE } values { bool_value: true } values { number_value: )"
      R"(1.5 } values { string_value: "x" } } } })");
  EXPECT_EQ(Read<google::protobuf::Struct>(R"({"a":1,"a":2})"),
            R"(proto: (line 1:8): duplicate map key "a")");
}

}  // namespace
}  // namespace smon
