#include "slurm/rest/rest_url.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace smon::slurm {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(RestUrlTest, ReadsSocketsAndUrls) {
  const auto socket = ParseRestUrl("unix:///run/slurmrestd/slurmrestd.socket");
  ASSERT_TRUE(socket.ok());
  EXPECT_EQ(socket->unix_socket, "/run/slurmrestd/slurmrestd.socket");
  EXPECT_EQ(socket->base, "http://localhost");
  const auto tcp = ParseRestUrl("https://slurm:6820/");
  ASSERT_TRUE(tcp.ok());
  EXPECT_EQ(tcp->base, "https://slurm:6820");
  EXPECT_EQ(tcp->unix_socket, "");
  EXPECT_TRUE(ParseRestUrl("http://[::1]:6820/prefix").ok());
}

TEST(RestUrlTest, RefusesWhatIsNone) {
  for (const char* text :
       {"", "slurm:6820", "ftp://slurm", "unix://run/x", "unix:///run/",
        "http://", "http://a b", "http://slurm:99999", "http://slurm?x=1",
        "http://slurm#x"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseRestUrl(text).status())) << text;
  }
}

TEST(RestUrlTest, DoesNotRepeatAPassword) {
  const auto url = ParseRestUrl("http://root:secret@slurm:6820");
  EXPECT_TRUE(absl::IsInvalidArgument(url.status()));
  EXPECT_THAT(std::string(url.status().message()), Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace smon::slurm
