#include "testing/attrsvc_standin/knobs.h"

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace smon::attrsvc_standin {
namespace {

TEST(KnobsTest, JsonChangesWhatItNamesAndNothingElse) {
  Knobs knobs;
  knobs.latency_ms = 7;
  ASSERT_TRUE(ApplyJson(R"({"fail_rate":1,"status":503,"error_code":"x",
                            "retry_after":"2","analysis_ms":5,
                            "submit_per_minute":1,"result_per_minute":2})",
                        &knobs)
                  .ok());
  EXPECT_EQ(ToJson(knobs),
            R"({"latency_ms":7,"analysis_ms":5,"submit_per_minute":1,)"
            R"("result_per_minute":2,"fail_rate":1.0,"status":503,)"
            R"("error_code":"x","retry_after":"2"})");
  Knobs copy;
  ASSERT_TRUE(ApplyJson(ToJson(knobs), &copy).ok());
  EXPECT_EQ(ToJson(copy), ToJson(knobs));
}

TEST(KnobsTest, ABadNameOrValueChangesNothing) {
  for (const char* json :
       {"", "[]", "{", R"({"latency_ms":5,"nonsense":1})",
        R"({"latency_ms":5,"fail_rate":"1"})", R"({"latency_ms":-1})",
        R"({"latency_ms":1e3})", R"({"latency_ms":99999999999999999999})",
        R"({"latency_ms":5,"fail_rate":1.1})", R"({"fail_rate":-0.1})",
        R"({"latency_ms":5,"status":99})", R"({"status":600})",
        R"({"latency_ms":5,"retry_after":"1\r\nX: y"})",
        R"({"submit_per_minute":null})"}) {
    Knobs knobs;
    EXPECT_EQ(ApplyJson(json, &knobs).code(),
              absl::StatusCode::kInvalidArgument)
        << json;
    EXPECT_EQ(ToJson(knobs), ToJson(Knobs())) << json;
  }
}

}  // namespace
}  // namespace smon::attrsvc_standin
