// That JobMatcher and the Store's lists mean the same by a filter.

#include "server/monitor/job_matcher.h"

#include <algorithm>
#include <random>

#include "gmock/gmock.h"
#include "server/store/store_fixture.h"
#include "slurm/job_state.h"

namespace smon {
namespace {

using ::testing::HasSubstr;

// Picks at random, the same in each run.
class Random {
 public:
  bool OneIn(int n) { return Below(n) == 0; }
  int Below(int n) { return static_cast<int>(engine_() % n); }
  template <typename List>
  auto Of(const List& list) {
    return *(std::begin(list) + Below(static_cast<int>(std::size(list))));
  }

 private:
  std::mt19937 engine_{20261125};
};

const std::string kNames[] = {
    "train",   "train-1", "eval",   "",         "caf\xc3\xa9",
    "caf\xe9", "\\xe9",   "a\\b",   "a,b",      std::string("a\0b", 3),
    "%",       "TRAIN",   "x_\xff", "\\x5cxe9", "\n",
};
const std::string kPartitions[] = {"gpu",      "cpu,gpu", "cpu", "gpu,",
                                   "gpu-long", "",        "c%"};
const std::string kUsers[] = {"alice", "bob", "al\xe9", "al\\xe9", ""};
const char* const kClusters[] = {"alps", "jura", "ural"};
const char* const kRegexes[] = {"train",     "^train$", "[a-z]-", "\\\\x", "^$",
                                "(?i)train", "caf.",    "x00",    "\\n|,"};

Job RandomJob(Random* random, int number) {
  Job job;
  job.cluster = random->OneIn(3) ? "jura" : "alps";
  job.record.job_id = absl::StrCat(number);
  job.record.submit_time = At(number);
  job.record.state = random->Of(slurm::AllJobStates());
  job.record.state_text = std::string(slurm::JobStateName(job.record.state));
  job.record.name = random->Of(kNames);
  job.record.user = random->Of(kUsers);
  job.record.partition = random->Of(kPartitions);
  if (random->OneIn(2)) job.record.end_time = At(random->Below(6));
  job.delivery.phase = random->Of(kAllPhases);
  job.delivery.problem = static_cast<PathProblem>(random->Below(8));
  if (random->OneIn(2)) {
    job.verdict = StopVerdict();
    job.verdict->action = static_cast<Action>(1 + random->Below(6));
  }
  return job;
}

JobFilter RandomFilter(Random* random) {
  JobFilter filter;
  while (random->OneIn(6)) {
    filter.states.push_back(random->Of(slurm::AllJobStates()));
  }
  while (random->OneIn(6)) filter.phases.push_back(random->Of(kAllPhases));
  while (random->OneIn(6)) {
    filter.actions.push_back(static_cast<Action>(1 + random->Below(6)));
  }
  while (random->OneIn(6)) {
    filter.problems.push_back(static_cast<PathProblem>(random->Below(8)));
  }
  if (random->OneIn(4)) filter.user = random->Of(kUsers);
  if (random->OneIn(4)) filter.partition = random->Of(kPartitions);
  if (random->OneIn(4)) filter.name_regex = random->Of(kRegexes);
  if (random->OneIn(6)) filter.cluster = random->Of(kClusters);
  if (random->OneIn(6)) {
    filter.ended_after =
        At(random->Below(6)) + absl::Nanoseconds(random->Below(3) - 1);
  }
  if (random->OneIn(6)) {
    filter.ended_before =
        At(random->Below(6)) + absl::Nanoseconds(random->Below(3) - 1);
  }
  return filter;
}

class JobMatcherTest : public StoreTest {};
INSTANTIATE_TEST_SUITE_P(Memory, JobMatcherTest,
                         ::testing::Values(Engine::kMemory));

TEST_P(JobMatcherTest, SaysOfManyJobsWhatTheStoreSays) {
  Random random;
  constexpr int kJobs = 900;
  PollChanges changes;
  changes.cluster = "alps";
  for (int i = 0; i < kJobs; ++i) {
    changes.changes.push_back({RandomJob(&random, i), true, {}});
  }
  ASSERT_TRUE(store_->CommitPoll(&changes).ok());
  JobQuery all;
  all.limit = kJobs;
  const std::vector<Job> jobs = List(all).jobs;
  ASSERT_EQ(jobs.size(), static_cast<size_t>(kJobs));

  int some = 0;
  for (int i = 0; i < 600; ++i) {
    JobQuery query;
    query.limit = kJobs;
    query.filter = RandomFilter(&random);
    const std::vector<std::string> listed = IdsOf(List(query).jobs);
    const absl::StatusOr<JobMatcher> matcher = JobMatcher::Make(query.filter);
    ASSERT_TRUE(matcher.ok()) << matcher.status();
    std::vector<std::string> matched;
    for (const Job& job : jobs) {
      if (matcher->Matches(job)) matched.push_back(job.record.job_id);
    }
    ASSERT_EQ(matched, listed) << "filter " << i;
    if (!listed.empty() && listed.size() < jobs.size()) ++some;
  }
  EXPECT_GT(some, 200);
}

TEST(JobMatcher, ABadRegularExpressionIsNamed) {
  JobFilter filter;
  filter.name_regex = "a(";
  const absl::Status status = JobMatcher::Make(filter).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("\"a(\""));
}

}  // namespace
}  // namespace smon
