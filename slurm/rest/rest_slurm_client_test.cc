#include "slurm/rest/rest_slurm_client.h"

#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "slurm/rest/test_source.h"
#include "slurm/testing.h"
#include "testing/raw_server.h"

namespace smon::slurm {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

struct Answer {
  int status = 200;
  std::string body;
};

constexpr char kEmpty[] = R"({"errors":[],"jobs":[]})";

std::string Openapi(int version) {
  return absl::StrCat(R"({"paths":{"/slurm/v0.0.)", version,
                      R"(/jobs":{},"/slurmdb/v0.0.)", version,
                      R"(/jobs":{}}})");
}

// A slurmrestd whose answers a test sets by path, without the query.
class FakeSlurmrestd {
 public:
  void Set(const std::string& path, Answer answer) {
    MutexLock lock(&mu_);
    answers_[path] = std::move(answer);
  }
  // Runs before each answer; for what changes meanwhile.
  void SetHook(std::function<void(const std::string& path)> hook) {
    MutexLock lock(&mu_);
    hook_ = std::move(hook);
  }
  std::vector<std::string> requests() const {
    MutexLock lock(&mu_);
    return requests_;
  }
  std::string url() const { return server_.url(); }

 private:
  void Serve(RawServer::Connection* c) {
    const std::string request = c->ReadRequest();
    const std::vector<std::string> words = absl::StrSplit(request, ' ');
    if (words.size() < 2) return;
    const std::string path = words[1].substr(0, words[1].find('?'));
    std::function<void(const std::string&)> hook;
    Answer answer;
    {
      MutexLock lock(&mu_);
      requests_.push_back(request);
      const auto found = answers_.find(path);
      answer =
          found == answers_.end() ? Answer{404, "Unable find"} : found->second;
      hook = hook_;
    }
    if (hook) hook(path);
    c->Send(absl::StrCat("HTTP/1.1 ", answer.status,
                         " X\r\nContent-Length: ", answer.body.size(),
                         "\r\nConnection: Close\r\n\r\n", answer.body));
  }

  mutable Mutex mu_;
  std::map<std::string, Answer> answers_;
  std::vector<std::string> requests_;
  std::function<void(const std::string&)> hook_;
  // Last: it serves as soon as it is there.
  RawServer server_{[this](RawServer::Connection* c) { Serve(c); }};
};

class RestSlurmClientTest : public ::testing::Test {
 protected:
  RestSlurmClientTest() {
    slurmrestd_.Set("/openapi/v3", {200, Openapi(38)});
    slurmrestd_.Set("/slurm/v0.0.38/jobs",
                    {200, ReadRestTestData("jobs_v0.0.38.json")});
    slurmrestd_.Set("/slurmdb/v0.0.38/jobs",
                    {200, ReadRestTestData("accounting_v0.0.38.json")});
    slurmrestd_.Set("/slurm/v0.0.38/nodes",
                    {200,
                     R"({"nodes":[{"name":"n1","hostname":"host1"},
                                  {"name":"n2","hostname":"host2"}]})"});
    slurmrestd_.Set("/slurm/v0.0.38/partitions",
                    {200,
                     R"({"meta":{"Slurm":{"release":"22.05.8"}},
                         "partitions":[{"name":"b"},{"name":"a"}]})"});
    slurmrestd_.Set("/slurmdb/v0.0.38/clusters",
                    {200, R"({"clusters":[{"name":"main"}]})"});
  }

  absl::StatusOr<JobSnapshot> ReadQueue() {
    return client_.ReadQueue(Everything);
  }
  absl::StatusOr<JobSnapshot> ReadAccounting() {
    return client_.ReadAccounting(absl::FromUnixSeconds(1795391000),
                                  absl::InfiniteFuture(), Everything);
  }
  void WriteToken(const std::string& token) {
    std::ofstream(jwt_file_) << token;
  }

  const std::string jwt_file_ = absl::StrCat(getenv("TEST_TMPDIR"), "/jwt");
  FakeSlurmrestd slurmrestd_;
  HttpGetter http_{[this] {
    HttpGetOptions options;
    options.server = *ParseRestUrl(slurmrestd_.url());
    return options;
  }()};
  RestSlurmClient client_{&http_, {}};
};

TEST_F(RestSlurmClientTest, ReadsTheQueueWithTheHostsOfItsNodes) {
  const auto queue = ReadQueue();
  ASSERT_TRUE(queue.ok()) << queue.status();
  const auto jobs = ByJobId(queue->jobs);
  EXPECT_EQ(jobs.at("1").batch_host, "host1");
  EXPECT_EQ(jobs.at("7+1").batch_host, "host2");
  EXPECT_EQ(jobs.at("15").batch_host, "n1") << "srun: no node's host is wanted";
  ASSERT_TRUE(ReadQueue().ok());
  const CommandCounts counts = client_.Counts();
  EXPECT_EQ(counts.by_command.at("openapi").calls, 1);
  EXPECT_EQ(counts.by_command.at("slurm/nodes").calls, 1);
  EXPECT_EQ(counts.by_command.at("slurm/jobs").calls, 2);
}

TEST_F(RestSlurmClientTest, ReadsTheJobsThatAreAskedForThoughTheyAreNoNews) {
  const auto ids = [this](const std::vector<int64_t>& numbers) {
    std::vector<std::string> found;
    const auto jobs =
        client_.ReadJobs(numbers, [](const RecordHead&) { return false; });
    EXPECT_TRUE(jobs.ok()) << jobs.status();
    if (!jobs.ok()) return found;
    for (const JobRecord& job : jobs->jobs) found.push_back(job.job_id);
    return found;
  };
  EXPECT_THAT(ids({1}), UnorderedElementsAre("1"));
  EXPECT_THAT(ids({16}), UnorderedElementsAre("5_0"));
  EXPECT_THAT(ids({5}), UnorderedElementsAre("5_0", "5_1", "5_2"));
  EXPECT_THAT(ids({7, 8}), UnorderedElementsAre("7+0", "7+1"));
  EXPECT_THAT(ids({7}), UnorderedElementsAre("7+0", "7+1"));
  EXPECT_THAT(ids({99999}), IsEmpty());
  EXPECT_EQ(client_.Counts().by_command.at("slurm/jobs").calls, 6);
  // All that is news comes along: slurmrestd has sent it anyway.
  const auto all = client_.ReadJobs({1}, Everything);
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->jobs.size(), ReadQueue()->jobs.size());
}

TEST_F(RestSlurmClientTest, ReadsAccounting) {
  const auto accounting = ReadAccounting();
  ASSERT_TRUE(accounting.ok()) << accounting.status();
  EXPECT_EQ(ByJobId(accounting->jobs).at("5_2").state, JobState::kFailed);
}

TEST_F(RestSlurmClientTest, AnErrorInA200IsAnOutageAndNotAnEmptyQueue) {
  slurmrestd_.Set("/slurm/v0.0.38/jobs",
                  {200, R"({"errors":[{"error":"x","error_number":1}],
                            "jobs":[]})"});
  EXPECT_TRUE(absl::IsUnavailable(ReadQueue().status()));
  slurmrestd_.Set("/slurmdb/v0.0.38/jobs",
                  {200, R"({"errors":[{"error_number":7000}],"jobs":[]})"});
  EXPECT_TRUE(absl::IsUnavailable(ReadAccounting().status()));
  slurmrestd_.Set("/slurm/v0.0.38/jobs", {500, kEmpty});
  EXPECT_TRUE(absl::IsUnavailable(ReadQueue().status()));
  slurmrestd_.Set("/slurm/v0.0.38/jobs", {200, R"({"errors":[]})"});
  EXPECT_TRUE(absl::IsInternal(ReadQueue().status()));
  EXPECT_EQ(client_.Counts().by_command.at("slurm/jobs").failures, 3);
}

TEST_F(RestSlurmClientTest, NothingFoundInAccountingIsAnEmptyAnswer) {
  slurmrestd_.Set("/slurmdb/v0.0.38/jobs",
                  {200, R"({"errors":[{"error_number":9003}],"jobs":[]})"});
  const auto accounting = ReadAccounting();
  ASSERT_TRUE(accounting.ok()) << accounting.status();
  EXPECT_EQ(accounting->records, 0);
}

TEST_F(RestSlurmClientTest, AfterAnUpgradeItFindsTheNewVersion) {
  ASSERT_TRUE(ReadQueue().ok());
  slurmrestd_.Set("/slurm/v0.0.38/jobs", {404, "Unable find"});
  EXPECT_TRUE(absl::IsNotFound(ReadQueue().status())) << "still the same";
  slurmrestd_.Set("/openapi/v3", {200, Openapi(41)});
  slurmrestd_.Set("/slurm/v0.0.41/jobs",
                  {200, ReadRestTestData("jobs_v0.0.41.json")});
  slurmrestd_.Set("/slurm/v0.0.41/nodes", {200, R"({"nodes":[]})"});
  const auto queue = ReadQueue();
  ASSERT_TRUE(queue.ok()) << queue.status();
  EXPECT_EQ(ByJobId(queue->jobs).count("6_3"), 1);
}

TEST_F(RestSlurmClientTest, SendsTheTokenThatTheFileHoldsNow) {
  WriteToken("first");
  RestSlurmClient client(&http_, {{}, "", "ann", jwt_file_, ""});
  ASSERT_TRUE(client.ListPartitions().ok());
  WriteToken("second");
  ASSERT_TRUE(client.ListPartitions().ok());
  const auto requests = slurmrestd_.requests();
  ASSERT_EQ(requests.size(), 3);
  EXPECT_THAT(requests[1], HasSubstr("X-SLURM-USER-TOKEN: first\r\n"));
  EXPECT_THAT(requests[1], HasSubstr("X-SLURM-USER-NAME: ann\r\n"));
  EXPECT_THAT(requests[2], HasSubstr("X-SLURM-USER-TOKEN: second\r\n"));
}

TEST_F(RestSlurmClientTest, ATokenReplacedWhileItWasRefusedIsTriedAtOnce) {
  WriteToken("stale");
  RestSlurmClient client(&http_, {{}, "", "", jwt_file_, ""});
  ASSERT_TRUE(client.ListPartitions().ok());
  slurmrestd_.Set("/slurm/v0.0.38/jobs", {401, "Authentication failure"});
  slurmrestd_.SetHook([this](const std::string& path) {
    if (!absl::EndsWith(path, "/jobs")) return;
    WriteToken("fresh");
    slurmrestd_.Set(path, {200, kEmpty});
  });
  EXPECT_TRUE(client.ReadQueue(Everything).ok());
  EXPECT_THAT(slurmrestd_.requests(), Contains(HasSubstr("fresh")));
}

TEST_F(RestSlurmClientTest, ARefusedTokenIsNamedAndNotShown) {
  WriteToken("eyJsecret");
  RestSlurmClient client(&http_, {{}, "", "", jwt_file_, ""});
  slurmrestd_.Set("/openapi/v3", {401, "Authentication failure"});
  const absl::Status status = client.ReadQueue(Everything).status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("--slurm_jwt_file"));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("secret")));
  EXPECT_EQ(slurmrestd_.requests().size(), 1);
}

TEST_F(RestSlurmClientTest, TellsTheCluster) {
  const auto info = client_.ReadClusterInfo();
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_EQ(info->name, "main");
  EXPECT_EQ(info->version, "22.05.8");
  EXPECT_TRUE(info->has_accounting);
  EXPECT_EQ(info->min_job_age, absl::ZeroDuration());
  EXPECT_THAT(*client_.ListPartitions(), ElementsAre("a", "b"));
}

TEST_F(RestSlurmClientTest, WhereClustersShareADatabaseAJobTellsOrTheSetting) {
  slurmrestd_.Set("/slurmdb/v0.0.38/clusters",
                  {200, R"({"clusters":[{"name":"main"},{"name":"x"}]})"});
  EXPECT_EQ(client_.ReadClusterInfo()->name, "test");
  slurmrestd_.Set("/slurm/v0.0.38/jobs", {200, kEmpty});
  const auto unknown = client_.ReadClusterInfo();
  EXPECT_TRUE(absl::IsFailedPrecondition(unknown.status()));
  EXPECT_THAT(std::string(unknown.status().message()),
              HasSubstr("--slurm_cluster"));
  RestSlurmClient told(&http_, {{}, "", "", "", "mine"});
  EXPECT_EQ(told.ReadClusterInfo()->name, "mine");
}

TEST_F(RestSlurmClientTest, WithoutSlurmdbThereIsNoAccounting) {
  slurmrestd_.Set("/openapi/v3",
                  {200, R"({"paths":{"/slurm/v0.0.38/jobs":{}}})"});
  const auto info = client_.ReadClusterInfo();
  ASSERT_TRUE(info.ok()) << info.status();
  EXPECT_FALSE(info->has_accounting);
  EXPECT_TRUE(absl::IsFailedPrecondition(ReadAccounting().status()));
}

TEST_F(RestSlurmClientTest, OldVersionsHaveNoScriptsAndAreNotAsked) {
  const auto scripts = client_.ReadBatchScripts({"1", "5_2"});
  ASSERT_TRUE(scripts.ok());
  EXPECT_TRUE(scripts->empty());
  EXPECT_EQ(client_.Counts().by_command.count("slurmdb/jobs with scripts"), 0);
  EXPECT_TRUE(
      absl::IsInvalidArgument(client_.ReadBatchScripts({"1;x"}).status()));
}

}  // namespace
}  // namespace smon::slurm
