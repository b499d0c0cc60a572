#include "slurm/cluster_heading.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace smon::slurm {
namespace {

// What is passed on of the output, cut into pieces of so many bytes.
std::string Passed(const std::string& output, size_t piece) {
  std::string passed;
  ClusterHeading heading("alps", [&passed](absl::string_view text) {
    passed.append(text.data(), text.size());
  });
  for (size_t i = 0; i < output.size(); i += piece) {
    heading.Feed(absl::string_view(output).substr(i, piece));
  }
  heading.Finish();
  return passed;
}

TEST(ClusterHeadingTest, OnlyTheHeadingGoesHoweverTheOutputIsCut) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"CLUSTER: alps\n1|RUNNING\nCLUSTER: alps\n",
       "1|RUNNING\nCLUSTER: alps\n"},
      {"CLUSTER: alps\n", ""},
      {"1|RUNNING\n", "1|RUNNING\n"},
      {"", ""},
      {"CLUSTER: alps", "CLUSTER: alps"},
      {"CLUSTER: alps2\n1\n", "CLUSTER: alps2\n1\n"},
      {"CLUSTER: jura\n1\n", "CLUSTER: jura\n1\n"},
      {"CLUSTER\n", "CLUSTER\n"},
  };
  for (const auto& [output, wanted] : cases) {
    for (size_t piece = 1; piece <= output.size() + 1; ++piece) {
      EXPECT_EQ(Passed(output, piece), wanted) << output << " by " << piece;
    }
  }
}

}  // namespace
}  // namespace smon::slurm
