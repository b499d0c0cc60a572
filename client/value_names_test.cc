#include "client/value_names.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/smon/v1/monitor.pb.h"

namespace smon::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<ValueName> kFruit = {
    {"APPLE", "A", {1}}, {"BLOOD_ORANGE", "", {2}}, {"citrus", "", {2, 3}}};

TEST(ParseValueNamesTest, TakesCommasAndRepeatsAndCountsAValueOnce) {
  EXPECT_THAT(*ParseValueNames("fruit", {"citrus,a", "apple"}, kFruit),
              ElementsAre(1, 2, 3));
}

TEST(ParseValueNamesTest, IgnoresCaseSpacesAndTheKindOfDash) {
  EXPECT_THAT(*ParseValueNames("fruit", {" blood-orange , APPLE"}, kFruit),
              ElementsAre(1, 2));
}

TEST(ParseValueNamesTest, NamesTheUnknownWordTheNearestAndTheList) {
  const absl::Status status =
      ParseValueNames("fruit", {"apple,appel"}, kFruit).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(),
            "unknown fruit 'appel': did you mean APPLE? "
            "(known: APPLE (A), BLOOD_ORANGE, citrus)");
}

TEST(ParseValueNamesTest, RefusesAnEmptyWord) {
  EXPECT_FALSE(ParseValueNames("fruit", {""}, kFruit).ok());
  EXPECT_FALSE(ParseValueNames("fruit", {"apple,"}, kFruit).ok());
}

TEST(NamesOfTest, HasEveryValueButTheUnspecifiedOne) {
  const std::vector<ValueName> phases =
      NamesOf(*v1::Delivery::Phase_descriptor());
  EXPECT_THAT(*ParseValueNames("phase", {"no_log"}, phases),
              ElementsAre(v1::Delivery::NO_LOG));
  EXPECT_THAT(ListNames(phases), ::testing::Not(HasSubstr("UNSPECIFIED")));
}

}  // namespace
}  // namespace smon::client
