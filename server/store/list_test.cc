// Lists and counts against what they have to be, for jobs of all kinds.

#include <algorithm>
#include <map>
#include <random>
#include <tuple>

#include "gmock/gmock.h"
#include "server/store/store_fixture.h"

namespace smon {
namespace {

using ::testing::ElementsAreArray;

constexpr int kJobs = 300;

class ListTest : public StoreTest {
 protected:
  ListTest() {
    for (int i = 0; i < kJobs; ++i) PutAny(absl::StrCat(i), Pick(40));
    // Many of them change afterwards.
    for (int i = 0; i < kJobs; i += 2) {
      const Job job = Get(absl::StrCat(i));
      DeliveryChange change = Completed(job.id);
      change.delivery.resubmit_count = job.delivery.resubmit_count;
      if (i % 3 == 0) change.delivery.phase = Phase::kExpired;
      if (i % 5 == 0) change.verdict.reset();
      Deliver(change);
      if (i % 7 == 0) store_->Resubmit(job.id, AskedAt(At(9))).IgnoreError();
    }
    for (int i = 0; i < kJobs; ++i) jobs_.push_back(Get(absl::StrCat(i)));
  }

  int Pick(int below) { return static_cast<int>(random_() % below); }

  // Submit times and ends are the same for many.
  void PutAny(const std::string& job_id, int submitted) {
    Job job = Pick(3) == 0 ? RunningJob(job_id, submitted)
                           : EndedJob(job_id, submitted, 100 + Pick(20));
    if (Pick(6) == 0) job.delivery = Delivery();  // ended or not, it waits
    if (Pick(4) == 0) job.record.state = slurm::JobState::kPending;
    job.record.user = absl::StrCat("user", Pick(3));
    job.record.partition = Pick(2) == 0 ? "gpu" : "cpu,gpu";
    if (Pick(8) == 0 && !job.log.path.empty()) {
      job.log_owner_id = 1 + Pick(20);
    }
    Put(job);
  }

  static bool Has(const JobFilter& filter, const Job& job) {
    const auto in = [](const auto& list, const auto& value) {
      return list.empty() ||
             std::find(list.begin(), list.end(), value) != list.end();
    };
    return in(filter.states, job.record.state) &&
           in(filter.phases, job.delivery.phase) &&
           (filter.actions.empty() ||
            (job.verdict && in(filter.actions, job.verdict->action))) &&
           (filter.user.empty() || filter.user == job.record.user) &&
           (filter.partition.empty() || filter.partition == "gpu" ||
            filter.partition == job.record.partition) &&
           (filter.name_regex.empty() ||
            job.record.name.find('7') != std::string::npos);
  }

  std::vector<int64_t> Wanted(const JobQuery& query) {
    const bool by_end = query.order == JobOrder::kEndTimeAsc ||
                        query.order == JobOrder::kEndTimeDesc;
    const bool descending = query.order == JobOrder::kSubmitTimeDesc ||
                            query.order == JobOrder::kEndTimeDesc;
    std::vector<std::pair<absl::Time, int64_t>> keys;
    for (const Job& job : jobs_) {
      if (!Has(query.filter, job)) continue;
      const bool ended = slurm::IsEnded(job.record.state);
      const absl::Time end =
          ended ? *job.record.end_time : absl::InfiniteFuture();
      keys.emplace_back(by_end ? end : job.record.submit_time, job.id);
    }
    std::sort(keys.begin(), keys.end());
    if (descending) std::reverse(keys.begin(), keys.end());
    std::vector<int64_t> ids;
    for (const auto& key : keys) ids.push_back(key.second);
    return ids;
  }

  std::vector<int64_t> Walk(JobQuery query) {
    std::vector<int64_t> ids;
    while (true) {
      const JobPage page = List(query);
      for (const Job& job : page.jobs) ids.push_back(job.id);
      if (!page.next.has_value()) return ids;
      query.after = page.next;
    }
  }

  std::mt19937 random_{42};
  std::vector<Job> jobs_;
};
TEST_P(ListTest, AReadEndsSoonAfterNobodyWaitsForIt) {
  // Many more than are looked at between two questions.
  PollChanges changes;
  changes.cluster = "alps";
  for (int i = 0; i < 5000; ++i) {
    changes.changes.push_back(
        {EndedJob(absl::StrCat(1000 + i), i, 10000 + i), false, {}});
  }
  ASSERT_TRUE(store_->CommitPoll(&changes).ok());
  JobQuery query;
  query.filter.name_regex = "no such name";
  int questions = 0;
  query.stop = [&questions] { return ++questions == 3; };
  EXPECT_EQ(store_->ListJobs(query).status().code(),
            absl::StatusCode::kCancelled);
  EXPECT_EQ(questions, 3);
  // What SQL alone finds.
  query.filter = JobFilter();
  query.filter.user = "nobody";
  query.filter.phases = {Phase::kPending};
  questions = 0;
  EXPECT_EQ(
      store_->PreviewResubmission(query.filter, 10, query.stop).status().code(),
      absl::StatusCode::kCancelled);

  // Those that come after it are not concerned, and one that has gone is not
  // begun.
  query.stop = nullptr;
  EXPECT_THAT(List(query).jobs, ::testing::IsEmpty());
  questions = 2;
  query.stop = [&questions] { return ++questions == 3; };
  EXPECT_EQ(store_->ListJobs(query).status().code(),
            absl::StatusCode::kCancelled);
}

SMON_ON_ALL_ENGINES(ListTest);

TEST_P(ListTest, PagesHoldEveryMatchOnceAndInOrder) {
  std::vector<JobFilter> filters(10);
  filters[1].states = {slurm::JobState::kFailed};
  filters[2].states = {slurm::JobState::kPending, slurm::JobState::kFailed,
                       slurm::JobState::kFailed};
  filters[3].phases = {Phase::kWaiting};
  filters[4].phases = {Phase::kWaiting, Phase::kPending, Phase::kExpired};
  filters[5].actions = {Action::kStop, Action::kOther};
  filters[6].user = "user1";
  filters[7].name_regex = "7";
  filters[7].states = {slurm::JobState::kRunning, slurm::JobState::kFailed};
  filters[8].partition = "gpu";
  filters[8].phases = {Phase::kWaiting, Phase::kCompleted};
  filters[9].states = {slurm::JobState::kFailed, slurm::JobState::kRunning};
  filters[9].phases = {Phase::kWaiting, Phase::kPending};
  filters[9].user = "user2";
  for (size_t i = 0; i < filters.size(); ++i) {
    for (const JobOrder order :
         {JobOrder::kSubmitTimeDesc, JobOrder::kSubmitTimeAsc,
          JobOrder::kEndTimeDesc, JobOrder::kEndTimeAsc}) {
      for (const int limit : {7, 100, 1000}) {
        JobQuery query;
        query.filter = filters[i];
        query.order = order;
        query.limit = limit;
        const std::vector<int64_t> wanted = Wanted(query);
        EXPECT_FALSE(wanted.empty()) << i;
        EXPECT_THAT(Walk(query), ElementsAreArray(wanted))
            << i << " " << static_cast<int>(order) << " " << limit;
      }
    }
  }
}

TEST_P(ListTest, TheCountsAreThoseOfTheJobs) {
  std::map<slurm::JobState, int64_t> by_state;
  std::map<Phase, int64_t> by_phase;
  int64_t ended = 0;
  int64_t with_log_path = 0;
  int64_t accepted = 0;
  int64_t with_verdict = 0;
  for (const Job& job : jobs_) {
    ++by_state[job.record.state];
    ++by_phase[job.delivery.phase];
    ended += slurm::IsEnded(job.record.state) ? 1 : 0;
    with_log_path += job.log.path.empty() ? 0 : 1;
    with_verdict += job.verdict.has_value() ? 1 : 0;
    accepted += job.delivery.submitted_at != absl::InfinitePast() ? 1 : 0;
  }
  const absl::StatusOr<JobCounts> counts = store_->CountJobs();
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->by_state, by_state);
  EXPECT_EQ(counts->by_phase, by_phase);
  EXPECT_EQ(counts->total, kJobs);
  EXPECT_EQ(counts->ended, ended);
  EXPECT_EQ(counts->with_log_path, with_log_path);
  EXPECT_EQ(counts->with_verdict, with_verdict);
  // What was accepted before a resubmission is counted too.
  EXPECT_GE(counts->accepted, accepted);
}

}  // namespace
}  // namespace smon
