#include "common/duration_histogram.h"

#include "gtest/gtest.h"

namespace smon {
namespace {

TEST(DurationHistogramTest, ABoundBelongsToTheBucketBelowIt) {
  DurationHistogram histogram;
  histogram.Add(absl::Milliseconds(50));
  histogram.Add(absl::Milliseconds(51));
  histogram.Add(absl::Minutes(5));
  histogram.Add(absl::Hours(1));
  EXPECT_EQ(histogram.count(0), 1);
  EXPECT_EQ(histogram.count(1), 1);
  EXPECT_EQ(histogram.count(DurationHistogram::kBounds.size() - 1), 1);
  EXPECT_EQ(histogram.count(DurationHistogram::kBounds.size()), 1);
  EXPECT_EQ(histogram.count(), 4);
  EXPECT_EQ(histogram.sum(),
            absl::Hours(1) + absl::Minutes(5) + absl::Milliseconds(101));
}

}  // namespace
}  // namespace smon
