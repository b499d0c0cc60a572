// Where smonctl finds smonsvc: options, environment, contexts; and "smonctl
// config", which keeps these.

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/testing/fake_monitor.h"
#include "client/testing/smonctl_run.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/tls_files.h"

namespace smon::client {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

constexpr char kNowhere[] = "127.0.0.1:1";

// With a home folder of its own.
class SmonctlConfigTest : public ::testing::Test {
 protected:
  SmonctlConfigTest() {
    std::string folder = ::testing::TempDir() + "home.XXXXXX";
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    home_ = folder;
    monitor_.health.set_status(v1::Health::OK);
    std::ofstream(home_ + "/token") << "secret\n";
  }
  ~SmonctlConfigTest() override { std::filesystem::remove_all(home_); }

  ProgramRun Run(std::vector<std::string> args,
                 std::vector<std::string> environment = {}) {
    ProgramOptions options;
    options.environment = std::move(environment);
    options.environment.push_back("HOME=" + home_);
    return RunSmonctl("", std::move(args), options);
  }

  // The context "here" leads to the monitor, with a token.
  void MakeContexts() {
    EXPECT_EQ(Run({"config", "set-context", "here", "--current",
                   "--address=" + monitor_.address(),
                   "--token_file=" + home_ + "/token"})
                  .exit_status,
              0);
    EXPECT_EQ(Run({"config", "set-context", "away",
                   absl::StrCat("--address=", kNowhere)})
                  .exit_status,
              0);
  }

  std::string home_;
  FakeMonitor monitor_;
};

TEST_F(SmonctlConfigTest, ContextsAreKeptAsKubectlKeepsThem) {
  EXPECT_EQ(Run({"config", "set-context", "prod", "--address=mon-1:8101"}).out,
            "Context \"prod\" created.\n");
  EXPECT_EQ(Run({"config", "set-context", "prod", "--tls_ca=/ca.pem"}).out,
            "Context \"prod\" modified.\n");
  EXPECT_EQ(Run({"config", "set-context", "test", "--address=mon-2"}).out,
            "Context \"test\" created.\n");
  EXPECT_EQ(Run({"config", "current-context"}).exit_status, 1);
  EXPECT_EQ(Run({"config", "use-context", "prod"}).out,
            "Switched to context \"prod\".\n");
  EXPECT_EQ(Run({"config", "current-context"}).out, "prod\n");
  EXPECT_EQ(Run({"config", "get-contexts"}).out,
            "CURRENT  NAME  ADDRESS     CLUSTER  TLS  TOKEN FILE\n"
            "*        prod  mon-1:8101  -        yes  -\n"
            "-        test  mon-2       -        -    -\n");
  EXPECT_EQ(Run({"config", "get-contexts", "-o", "name"}).out, "prod\ntest\n");
  EXPECT_EQ(Run({"config", "view"}).out,
            "current-context: prod\n"
            "contexts:\n"
            "  - name: prod\n"
            "    address: mon-1:8101\n"
            "    tls_ca: /ca.pem\n"
            "  - name: test\n"
            "    address: mon-2\n");
  EXPECT_EQ(Run({"config", "view", "-o", "yaml"}).out,
            Run({"config", "view"}).out);
  EXPECT_EQ(Run({"config", "get-contexts", "-o", "yaml"}).out,
            Run({"config", "view"}).out);
  EXPECT_EQ(Run({"config", "delete-context", "prod"}).out,
            "Deleted context \"prod\", which was the current one.\n");
  EXPECT_EQ(Run({"config", "get-contexts", "-o", "name"}).out, "test\n");
}

TEST_F(SmonctlConfigTest, JsonHasEveryKeyInTheFilesOrder) {
  EXPECT_EQ(Run({"config", "view", "-o", "json"}).out,
            "{\n \"current-context\": \"\",\n \"contexts\": []\n}\n");
  Run({"config", "set-context", "a", "--address=h:1", "--current"});
  Run({"config", "set-context", "b", "--token_file=/x\"y"});
  const std::string json = Run({"config", "get-contexts", "-o", "json"}).out;
  EXPECT_EQ(json, Run({"config", "view", "-o", "json"}).out);
  EXPECT_EQ(json,
            "{\n"
            " \"current-context\": \"a\",\n"
            " \"contexts\": [\n"
            "  {\n"
            "   \"name\": \"a\",\n"
            "   \"address\": \"h:1\",\n"
            "   \"cluster\": \"\",\n"
            "   \"tls_ca\": \"\",\n"
            "   \"tls_cert\": \"\",\n"
            "   \"tls_key\": \"\",\n"
            "   \"token_file\": \"\"\n"
            "  },\n"
            "  {\n"
            "   \"name\": \"b\",\n"
            "   \"address\": \"\",\n"
            "   \"cluster\": \"\",\n"
            "   \"tls_ca\": \"\",\n"
            "   \"tls_cert\": \"\",\n"
            "   \"tls_key\": \"\",\n"
            "   \"token_file\": \"/x\\\"y\"\n"
            "  }\n"
            " ]\n"
            "}\n");
}

TEST_F(SmonctlConfigTest, AContextIsRenamedAndStaysCurrent) {
  MakeContexts();
  EXPECT_EQ(Run({"config", "rename-context", "here", "there"}).out,
            "Context \"here\" renamed to \"there\".\n");
  EXPECT_EQ(Run({"config", "current-context"}).out, "there\n");
  EXPECT_EQ(Run({"config", "get-contexts", "-o", "name"}).out, "there\naway\n");
  EXPECT_EQ(Run({"health"}).exit_status, 0);
  EXPECT_EQ(Run({"config", "rename-context", "here", "x"}).exit_status, 3);
  EXPECT_EQ(Run({"config", "rename-context", "there", "a b"}).exit_status, 2);
  const ProgramRun taken = Run({"config", "rename-context", "there", "away"});
  EXPECT_EQ(taken.exit_status, 1);
  EXPECT_THAT(taken.err, HasSubstr("there is a context 'away' already"));
}

TEST_F(SmonctlConfigTest, CredentialsThatAreNoneAreNamedInOneLine) {
  std::ofstream(home_ + "/bad.pem") << "no certificate";
  for (const auto& [option, file, words] :
       std::vector<std::array<std::string, 3>>{
           {"--tls_ca=", home_, "Is a directory"},
           {"--tls_ca=", "/dev/zero", "longer than 1 MiB"},
           {"--tls_ca=", home_ + "/none", "No such file"},
           {"--tls_ca=", home_ + "/bad.pem", "it holds no certificate"},
           {"--token_file=", home_, "Is a directory"},
           {"--token_file=", "/dev/zero", "longer than 1 MiB"},
           {"--token_file=", home_ + "/bad.pem", "one token and nothing"}}) {
    const ProgramRun run =
        Run({"health", "--address=" + monitor_.address(), option + file});
    EXPECT_EQ(run.exit_status, 1) << option << file;
    EXPECT_THAT(run.err, AllOf(HasSubstr("'" + file + "'"), HasSubstr(words),
                               ContainsRegex("^smonctl: [^\n]+\n$")));
  }
}

TEST_F(SmonctlConfigTest, AServerThatDoesNotSpeakTlsIsNamedInOneLine) {
  std::ofstream(home_ + "/ca.pem") << MakeCertificate("ca").certificate;
  const ProgramRun run = Run({"health", "--address=" + monitor_.address(),
                              "--tls_ca=" + home_ + "/ca.pem"});
  EXPECT_EQ(run.exit_status, 5);
  EXPECT_THAT(run.err, AllOf(HasSubstr("(it does not speak TLS): leave "
                                       "--tls_ca out"),
                             ContainsRegex("^smonctl: [^\n]+\n$")));
}

TEST_F(SmonctlConfigTest, AnUnknownContextIsNotFoundWithTheNearest) {
  MakeContexts();
  for (const char* command : {"use-context", "delete-context"}) {
    const ProgramRun run = Run({"config", command, "hree"});
    EXPECT_EQ(run.exit_status, 3);
    EXPECT_THAT(run.err, AllOf(HasSubstr("no context 'hree'"),
                               HasSubstr("did you mean here?")));
  }
  const ProgramRun run = Run({"health", "--context=hree"});
  EXPECT_EQ(run.exit_status, 2);
  EXPECT_THAT(run.err, AllOf(HasSubstr("no context 'hree'"),
                             HasSubstr("did you mean here?")));
}

TEST_F(SmonctlConfigTest, BadNamesAndAddressesAreNotKept) {
  EXPECT_EQ(Run({"config", "set-context", "a b"}).exit_status, 2);
  EXPECT_EQ(
      Run({"config", "set-context", "a", "--address=http://x"}).exit_status, 2);
  EXPECT_EQ(Run({"config", "get-contexts", "-o", "name"}).out, "");
}

TEST_F(SmonctlConfigTest, TheCurrentContextLeadsToTheServerWithItsToken) {
  MakeContexts();
  const ProgramRun run = Run({"health"});
  EXPECT_EQ(run.exit_status, 0) << run.err;
  EXPECT_EQ(monitor_.authorization(), "Bearer secret");
}

TEST_F(SmonctlConfigTest, OptionOverEnvironmentOverContext) {
  MakeContexts();
  EXPECT_EQ(Run({"health", "--context=away"}).exit_status, 5);
  EXPECT_EQ(Run({"health"}, {"SMONCTL_CONTEXT=away"}).exit_status, 5);
  EXPECT_EQ(
      Run({"health", "--context=here"}, {"SMONCTL_CONTEXT=away"}).exit_status,
      0);
  const std::string there = "SMONCTL_ADDRESS=" + monitor_.address();
  const std::string nowhere = absl::StrCat("SMONCTL_ADDRESS=", kNowhere);
  EXPECT_EQ(Run({"health", "--context=away"}, {there}).exit_status, 0);
  EXPECT_EQ(Run({"health"}, {nowhere}).exit_status, 5);
  EXPECT_EQ(
      Run({"health", "--address=" + monitor_.address()}, {nowhere}).exit_status,
      0);
}

TEST_F(SmonctlConfigTest, ATokenOfAContextIsNotSentToAnotherAddressUnasked) {
  MakeContexts();
  ASSERT_EQ(Run({"health"}).exit_status, 0);
  ASSERT_EQ(monitor_.authorization(), "Bearer secret");
  ASSERT_EQ(Run({"health", "--address=" + monitor_.address()}).exit_status, 0);
  EXPECT_EQ(monitor_.authorization(), "");
  ASSERT_EQ(Run({"health", "--context=here", "--address=" + monitor_.address()})
                .exit_status,
            0);
  EXPECT_EQ(monitor_.authorization(), "Bearer secret");
}

TEST_F(SmonctlConfigTest, AnUnreachableContextIsNamed) {
  MakeContexts();
  EXPECT_THAT(Run({"health", "--context=away"}).err,
              AllOf(HasSubstr(kNowhere), HasSubstr("the context 'away' names"),
                    HasSubstr("config set-context")));
}

TEST_F(SmonctlConfigTest, XdgConfigHomeAndSmonctlConfigAreHonoured) {
  const std::string xdg = "XDG_CONFIG_HOME=" + home_ + "/xdg";
  EXPECT_EQ(Run({"config", "set-context", "x"}, {xdg}).exit_status, 0);
  EXPECT_TRUE(std::filesystem::exists(home_ + "/xdg/smonctl/config.yaml"));
  EXPECT_EQ(
      Run({"config", "set-context", "h"}, {"XDG_CONFIG_HOME=xdg"}).exit_status,
      0);
  EXPECT_TRUE(std::filesystem::exists(home_ + "/.config/smonctl/config.yaml"));
  const std::string own = "SMONCTL_CONFIG=" + home_ + "/own.yaml";
  EXPECT_EQ(Run({"config", "set-context", "o"}, {xdg, own}).exit_status, 0);
  EXPECT_EQ(Run({"config", "get-contexts", "-o", "name"}, {own}).out, "o\n");
}

TEST_F(SmonctlConfigTest, ABrokenFileStopsOnlyWhatNeedsIt) {
  const std::string own = "SMONCTL_CONFIG=" + home_ + "/own.yaml";
  std::ofstream(home_ + "/own.yaml") << "contexts: {";
  const ProgramRun run = Run({"health"}, {own});
  EXPECT_EQ(run.exit_status, 1);
  EXPECT_THAT(run.err, ContainsRegex("bad configuration file '.*/own.yaml'"));
  EXPECT_EQ(Run({"version", "--client"}, {own}).exit_status, 0);
  EXPECT_EQ(
      Run({"health", "--address=" + monitor_.address()}, {own}).exit_status, 0);
  // What cannot be read is not replaced either.
  EXPECT_EQ(Run({"config", "set-context", "a"}, {own}).exit_status, 1);
}

}  // namespace
}  // namespace smon::client
