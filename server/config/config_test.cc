#include "server/config/config.h"

#include <gflags/gflags.h>

#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/config/flag_table.h"
#include "server/config/flags.h"

namespace smon {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ConfigTest : public ::testing::Test {
 protected:
  // INVALID_ARGUMENT has the first of the problems.
  absl::StatusOr<Config> Read(const std::vector<std::string>& arguments) {
    problems_.clear();
    const Settings settings =
        SetFlags(arguments, [this](const char* name) -> const char* {
          const auto it = environment_.find(name);
          return it == environment_.end() ? nullptr : it->second.c_str();
        });
    request_ = settings.request;
    problems_ = settings.problems;
    Config config = ReadConfig(settings, &problems_);
    if (problems_.empty()) return config;
    return absl::InvalidArgumentError(problems_[0]);
  }

  // What the user is told about bad arguments.
  std::string ErrorOf(const std::vector<std::string>& arguments) {
    return std::string(Read(arguments).status().message());
  }

  std::map<std::string, std::string> environment_;
  Request request_ = Request::kRun;
  std::vector<std::string> problems_;
};

TEST_F(ConfigTest, DefaultsAreThoseOfThePythonService) {
  const auto config = Read({});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->attrsvc.name, "http://localhost:8000");
  EXPECT_EQ(config->interval, absl::Seconds(180));
  EXPECT_EQ(config->timeout, absl::Seconds(60));
  EXPECT_EQ(config->host, "127.0.0.1");
  EXPECT_FALSE(config->port.has_value());
  EXPECT_THAT(config->partitions, ElementsAre("batch", "batch_long"));
  EXPECT_EQ(config->log_severity, LogSeverity::kInfo);
}

TEST_F(ConfigTest, RunningJobsAreTrackedOnlyWhereThatIsAskedFor) {
  EXPECT_FALSE(Read({})->track_running);
  EXPECT_TRUE(Read({"--track_running"})->track_running);
  environment_["NVRX_SMONSVC_TRACK_RUNNING"] = "true";
  EXPECT_TRUE(Read({})->track_running);
}

TEST_F(ConfigTest, ArgumentWinsOverEnvironmentWinsOverDefault) {
  environment_ = {{"NVRX_SMONSVC_INTERVAL", "30"},
                  {"NVRX_SMONSVC_PORT", "8100"}};
  const auto config = Read({"--interval=5"});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->interval, absl::Seconds(5));
  EXPECT_EQ(config->port, 8100);
}

TEST_F(ConfigTest, NamesTakeDashesAndUnderscoresAndValuesStandApartOrBehind) {
  const auto config = Read({"--job-pattern", "train.*", "--attrsvc_endpoint",
                            "/run/attrsvc.sock", "--log-level=debug"});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->job_pattern, "train.*");
  EXPECT_EQ(config->attrsvc.unix_socket, "/run/attrsvc.sock");
  EXPECT_EQ(config->log_severity, LogSeverity::kDebug);
}

TEST_F(ConfigTest, PartitionsComeInOneArgumentOrInSeveral) {
  EXPECT_THAT(Read({"--partitions", "a b", "-v"})->partitions,
              ElementsAre("a", "b"));
  EXPECT_THAT(Read({"--partitions", "a", "b", "c", "--port=1"})->partitions,
              ElementsAre("a", "b", "c"));
  EXPECT_THAT(Read({"--partitions=a,b"})->partitions, ElementsAre("a", "b"));
  environment_ = {{"NVRX_SMONSVC_PARTITIONS", "x y"}};
  EXPECT_THAT(Read({})->partitions, ElementsAre("x", "y"));
}

TEST_F(ConfigTest, AttrsvcHasSeveralVariablesTheMostSpecificWins) {
  environment_ = {{"NVRX_ATTRSVC_URL", "http://old:1"}};
  EXPECT_EQ(Read({})->attrsvc.name, "http://old:1");
  environment_["NVRX_ATTRSVC_ENDPOINT"] = "http://new:2";
  EXPECT_EQ(Read({})->attrsvc.name, "http://new:2");
  environment_["NVRX_SMONSVC_ATTRSVC_URL"] = "http://own:3";
  EXPECT_EQ(Read({})->attrsvc.name, "http://own:3");
  EXPECT_EQ(Read({"--attrsvc-url=http://arg:4"})->attrsvc.name, "http://arg:4");
}

TEST_F(ConfigTest, VerboseTakesTrueOneAndYesInAnyCase) {
  for (const char* yes : {"true", "1", "YES", "Yes"}) {
    environment_ = {{"NVRX_SMONSVC_VERBOSE", yes}};
    EXPECT_EQ(Read({})->log_severity, LogSeverity::kDebug) << yes;
  }
  environment_ = {{"NVRX_SMONSVC_VERBOSE", "no"}};
  EXPECT_EQ(Read({})->log_severity, LogSeverity::kInfo);
}

TEST_F(ConfigTest, BadArgumentsAreNamedWithTheMend) {
  EXPECT_THAT(ErrorOf({"--intervall=3"}), HasSubstr("did you mean --interval"));
  EXPECT_THAT(ErrorOf({"stray"}), HasSubstr("unknown argument 'stray'"));
  EXPECT_THAT(ErrorOf({"--no_such_thing"}),
              HasSubstr("'--no_such_thing'. See --help."));
  EXPECT_THAT(ErrorOf({"--interval"}), HasSubstr("--interval: a value"));
  EXPECT_THAT(ErrorOf({"--port=http"}), HasSubstr("--port: 'http' is not a n"));
  environment_ = {{"NVRX_SMONSVC_PORT", "x"}};
  EXPECT_THAT(ErrorOf({}), HasSubstr("NVRX_SMONSVC_PORT: 'x' is not a number"));
}

TEST_F(ConfigTest, BadValuesAreNamedWithTheMend) {
  EXPECT_THAT(ErrorOf({"--attrsvc_url=ftp://x"}), HasSubstr("ftp://x"));
  EXPECT_THAT(ErrorOf({"--attrsvc_url=http://a", "--job_pattern=("}),
              HasSubstr("--job_pattern: '(' is no RE2 regular expression"));
  EXPECT_THAT(ErrorOf({"--job_pattern=", "--interval=0"}),
              HasSubstr("--interval: '0' is not between"));
  EXPECT_THAT(ErrorOf({"--interval=9", "--port=70000"}),
              HasSubstr("--port: '70000'"));
  EXPECT_THAT(ErrorOf({"--port=-1", "--partitions= "}),
              HasSubstr("--partitions: ' ' names no partition"));
  EXPECT_THAT(ErrorOf({"--partitions=a", "--log_wait=soon"}),
              HasSubstr("--log_wait: 'soon' is no duration"));
  EXPECT_THAT(ErrorOf({"--log_wait=1m", "--log_level=loud"}),
              HasSubstr("'loud' is no log level"));
  EXPECT_EQ(ErrorOf({"--log_level=INFO", "--shared_log=all"}),
            "--shared_log: 'all' is not last or each");
}

TEST_F(ConfigTest, ClustersAreNamedWithCommas) {
  EXPECT_TRUE(Read({})->clusters.empty());
  EXPECT_THAT(Read({"--clusters=alps, jura-2 ,x_1.y"})->clusters,
              ElementsAre("alps", "jura-2", "x_1.y"));
}

TEST_F(ConfigTest, ClustersThatCannotBeAreNamedWithTheMend) {
  const std::pair<std::string, const char*> bad[] = {
      {"alps,jura,alps", "names alps twice"},
      {"alps,,jura", "has an empty name"},
      {" ", "has an empty name"},
      {"all", "names 'all', which is no cluster"},
      {"Alps", "has 'Alps', but names are of lower-case letters"},
      {"-Malps", "has '-Malps', but"},
      {"a/b", "has 'a/b', but"},
      {"a b", "has 'a b', but"},
      {"a\nb", "has 'a\\nb', but"},
      {"\xc3\xa4", "but names are of"},
      {std::string(41, 'a'), "has a name that is too long"},
  };
  for (const auto& [value, problem] : bad) {
    const std::string error = ErrorOf({"--clusters=" + value});
    EXPECT_THAT(error, AllOf(HasSubstr("--clusters: "), HasSubstr(problem)));
    EXPECT_EQ(error.find('\n'), std::string::npos);
  }
  std::string many = "c0";
  for (int i = 1; i < 257; ++i) many += ",c" + std::to_string(i);
  EXPECT_THAT(ErrorOf({"--clusters=" + many}), HasSubstr("257 clusters"));
  EXPECT_THAT(ErrorOf({"--clusters=a", "--slurm_source=rest",
                       "--slurmrestd_url=unix:///run/s"}),
              HasSubstr("--clusters needs --slurm_source=cli"));
}

TEST_F(ConfigTest, AllProblemsAreNamedEachWithWhereItWasGiven) {
  environment_ = {{"NVRX_SMONSVC_INTERVAL", "0"},
                  {"NVRX_SMONSVC_TIMEOUT", "long"}};
  Read({"--intervl=3", "--prt", "7", "--port=99999"}).IgnoreError();
  EXPECT_THAT(
      problems_,
      ElementsAre(HasSubstr("did you mean --interval"),
                  HasSubstr("did you mean --port"),
                  HasSubstr("NVRX_SMONSVC_TIMEOUT: 'long' is not a number"),
                  HasSubstr("NVRX_SMONSVC_INTERVAL: --interval: '0' is not"),
                  HasSubstr("--port: '99999'")));
}

TEST_F(ConfigTest, WhatWasGivenBeforeIsForgottenWhenFlagsAreSetAnew) {
  EXPECT_EQ(Read({"--interval=5"})->interval, absl::Seconds(5));
  EXPECT_EQ(Read({})->interval, absl::Seconds(180));
}

TEST_F(ConfigTest, JobsAreKeptForNinetyDaysAndAMillionUnlessToldOtherwise) {
  const auto config = Read({});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->retention_age, absl::Hours(24 * 90));
  EXPECT_EQ(config->retention_jobs, 1000000);
  environment_["NVRX_SMONSVC_RETENTION_AGE"] = "1.5d";
  environment_["NVRX_SMONSVC_RETENTION_JOBS"] = "0";
  EXPECT_EQ(Read({})->retention_age, absl::Hours(36));
  EXPECT_EQ(Read({})->retention_jobs, 0);
  EXPECT_EQ(Read({"--retention-age=0"})->retention_age, absl::ZeroDuration());
  EXPECT_EQ(Read({"--retention-age=4000d"})->retention_age,
            absl::Hours(24 * 4000));
}

TEST_F(ConfigTest, RetentionThatCannotBeIsNamedWithTheMend) {
  EXPECT_THAT(ErrorOf({"--retention_age=long"}), HasSubstr("90d"));
  EXPECT_THAT(ErrorOf({"--retention_age=-1d"}),
              HasSubstr("--retention_age: '-1d' is not between 0"));
  EXPECT_THAT(ErrorOf({"--retention_age=1d", "--retention_jobs=-1"}),
              HasSubstr("--retention_jobs: '-1' is not 0"));
}

TEST_F(ConfigTest, ListeningBeyondLoopbackTakesTlsAndAuthentication) {
  EXPECT_THAT(ErrorOf({"--grpc_address=0.0.0.0:8101"}),
              AllOf(HasSubstr("'0.0.0.0:8101' is no loopback address"),
                    HasSubstr("there is no authentication"),
                    HasSubstr("--insecure_allow_remote")));
  EXPECT_THAT(ErrorOf({"--grpc_address=[::]:8101"}), HasSubstr("'[::]:8101'"));
  EXPECT_THAT(ErrorOf({"--grpc_address=127.evil.invalid:1"}),
              HasSubstr("no loopback address"));
  EXPECT_THAT(
      ErrorOf({"--grpc_address=[::1]:8101", "--host=10.0.0.1", "--port=1"}),
      HasSubstr("--host: '10.0.0.1'"));
  EXPECT_THAT(ErrorOf({"--grpc_address=0.0.0.0:1", "--token_file=/t"}),
              HasSubstr("without TLS tokens can be seen on the network"));
  EXPECT_THAT(
      ErrorOf({"--grpc_address=0.0.0.0:1", "--tls_cert=/c", "--tls_key=/k"}),
      HasSubstr("give --token_file or --tls_client_ca"));
  EXPECT_TRUE(Read({"--grpc_address=0.0.0.0:1", "--tls_cert=/c", "--tls_key=/k",
                    "--token_file=/t"})
                  .ok());
}

TEST_F(ConfigTest, WhoeverSaysSoListensBeyondLoopbackAllTheSame) {
  EXPECT_TRUE(
      Read({"--grpc_address=0.0.0.0:1", "--insecure_allow_remote"}).ok());
}

TEST_F(ConfigTest, ACertificateHasAKeyAndClientsHaveAPort) {
  EXPECT_THAT(ErrorOf({"--tls_cert=/c"}), HasSubstr("give both, or none"));
  EXPECT_THAT(ErrorOf({"--tls_cert=", "--tls_client_ca=/ca"}),
              HasSubstr("--tls_client_ca needs --tls_cert"));
}

TEST_F(ConfigTest, SocketsStandBesideThePortsOrAlone) {
  const auto config =
      Read({"--grpc_address=", "--grpc_socket=/run/g.sock",
            "--http_socket=/run/h.sock", "--unix_socket_mode=660"});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->grpc_address, "");
  EXPECT_EQ(config->security.grpc_socket, "/run/g.sock");
  EXPECT_EQ(config->security.unix_socket_mode, 0660u);
  EXPECT_THAT(ErrorOf({"--unix_socket_mode=u+rw"}), HasSubstr("in octal"));
  EXPECT_THAT(ErrorOf({"--grpc_address="}),
              HasSubstr("--grpc_address: '' is not host:port"));
}

TEST_F(ConfigTest, WebPagesAreAllowedByTheirExactOrigin) {
  const auto config =
      Read({"--cors_allowed_origins="
            "https://board.example,http://[::1]:3000"});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(
      config->security.cors_allowed_origins,
      std::vector<std::string>({"https://board.example", "http://[::1]:3000"}));
  for (const char* other :
       {"*", "null", "board.example", "https://", "https://board.example/",
        "https://Board.example", "https://*.example", "file:///x"}) {
    EXPECT_THAT(ErrorOf({absl::StrCat("--cors_allowed_origins=", other)}),
                HasSubstr("is no origin, e.g. https://"))
        << other;
  }
}

TEST_F(ConfigTest, HelpNamesEveryFlagOfTheProgramAndItsVariable) {
  const std::string help = HelpText();
  std::vector<gflags::CommandLineFlagInfo> all;
  gflags::GetAllFlags(&all);
  int ours = 0;
  for (const auto& flag : all) {
    if (flag.filename.find("server/config/") == std::string::npos) continue;
    ++ours;
    EXPECT_THAT(help, HasSubstr("--" + flag.name + "  ["));
  }
  EXPECT_GT(ours, 15);
  EXPECT_THAT(help, HasSubstr("NVRX_SMONSVC_JOB_PATTERN"));
}

TEST_F(ConfigTest, HelpVersionAndCheckConfigAreRequests) {
  ASSERT_TRUE(Read({"--help"}).ok());
  EXPECT_EQ(request_, Request::kHelp);
  ASSERT_TRUE(Read({"--check-config", "--port=1"}).ok());
  EXPECT_EQ(request_, Request::kCheckConfig);
  ASSERT_TRUE(Read({"--print_config"}).ok());
  EXPECT_EQ(request_, Request::kPrintConfig);
}

TEST_F(ConfigTest, SlurmIsAskedByItsCommandsUnlessToldOtherwise) {
  const auto config = Read({});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_FALSE(config->slurmrestd.has_value());
}

TEST_F(ConfigTest, SlurmrestdIsReachedByASocketOrWithAToken) {
  const auto config =
      Read({"--slurm_source=rest", "--slurmrestd_url=http://slurm:6820",
            "--slurm_user=smon", "--slurm_jwt_file=/run/jwt"});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->slurmrestd->url.base, "http://slurm:6820");
  EXPECT_EQ(config->slurmrestd->user, "smon");
  EXPECT_EQ(config->slurmrestd->jwt_file, "/run/jwt");
}

TEST_F(ConfigTest, SlurmrestdWithoutAnAddressOrTokenIsRefused) {
  EXPECT_THAT(ErrorOf({"--slurm_source=rest"}), HasSubstr("--slurmrestd_url"));
  EXPECT_THAT(
      ErrorOf({"--slurm_source=rest", "--slurmrestd_url=http://slurm:6820"}),
      HasSubstr("--slurm_jwt_file"));
  EXPECT_THAT(ErrorOf({"--slurm_source=rest", "--slurmrestd_url=slurm"}),
              HasSubstr("--slurmrestd_url: 'slurm'"));
  EXPECT_THAT(ErrorOf({"--slurm_source=http"}), HasSubstr("cli or rest"));
  EXPECT_THAT(ErrorOf({"--slurm_source=rest", "--slurmrestd_url=unix:///s",
                       "--slurm_user=a\r\nX-Evil: 1"}),
              HasSubstr("--slurm_user"));
}

TEST_F(ConfigTest, ASettingOfSlurmrestdAloneIsAMistake) {
  EXPECT_THAT(ErrorOf({"--slurm_jwt_file=/run/jwt"}),
              HasSubstr("needs --slurm_source=rest"));
}

}  // namespace
}  // namespace smon
