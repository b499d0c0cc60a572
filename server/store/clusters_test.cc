// A store that holds several clusters.

#include "gmock/gmock.h"
#include "server/store/store_fixture.h"

namespace smon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

Job In(const std::string& cluster, Job job) {
  job.cluster = cluster;
  return job;
}

// Jobs of two clusters that have the same ids and were submitted at the same
// times: "1" has ended and "2" runs.
class ClustersTest : public StoreTest {
 protected:
  ClustersTest() {
    for (const char* const cluster : {"alps", "jura"}) {
      PollChanges changes;
      changes.cluster = cluster;
      changes.accounting_watermark = At(cluster[0]);
      changes.changes.emplace_back().job = In(cluster, EndedJob("1", 0, 100));
      changes.changes.emplace_back().job = In(cluster, RunningJob("2"));
      EXPECT_TRUE(store_->CommitPoll(&changes).ok());
      ids_.push_back(changes.changes[0].job.id);
    }
  }

  // A job whose delivery is over.
  void PutOver(const std::string& cluster, const std::string& job_id,
               int ended) {
    Job job = In(cluster, EndedJob(job_id, 0, ended));
    job.delivery = DeliveryIn(Phase::kCompleted, absl::InfiniteFuture());
    Put(job);
  }

  // "alps 1", …
  static std::vector<std::string> Names(const std::vector<Job>& jobs) {
    std::vector<std::string> names;
    for (const Job& job : jobs) {
      names.push_back(absl::StrCat(job.cluster, " ", job.record.job_id));
    }
    return names;
  }
  std::vector<std::string> ListOf(const std::string& cluster,
                                  std::vector<slurm::JobState> states = {}) {
    JobQuery query;
    query.filter.cluster = cluster;
    query.filter.states = std::move(states);
    return Names(List(query).jobs);
  }

  std::vector<int64_t> ids_;  // of "1", by cluster
};
SMON_ON_ALL_ENGINES(ClustersTest);

TEST_P(ClustersTest, EqualIdsAreDifferentJobs) {
  EXPECT_NE(ids_[0], ids_[1]);
  EXPECT_EQ(store_->GetJob("alps", "1", std::nullopt)->id, ids_[0]);
  EXPECT_EQ(store_->GetJob("jura", "1", std::nullopt)->id, ids_[1]);
  EXPECT_TRUE(
      absl::IsNotFound(store_->GetJob("no", "1", std::nullopt).status()));
  EXPECT_THAT(Names(*store_->FindJobs({{"jura", "1", At(0)}})),
              ElementsAre("jura 1"));
  ASSERT_TRUE(Deliver(Completed(ids_[0])));
  EXPECT_EQ(store_->GetJob("jura", "1", std::nullopt)->delivery.phase,
            Phase::kPending);
}

TEST_P(ClustersTest, EachIsPolledForItself) {
  EXPECT_THAT(Names(*store_->LoadLive("jura", At(0))),
              UnorderedElementsAre("jura 1", "jura 2"));
  EXPECT_EQ(store_->AccountingProgress("alps")->watermark, At('a'));
  EXPECT_EQ(store_->AccountingProgress("jura")->watermark, At('j'));
}

TEST_P(ClustersTest, ListsAreOfOneOrOfAll) {
  EXPECT_THAT(ListOf("alps"), UnorderedElementsAre("alps 1", "alps 2"));
  EXPECT_THAT(ListOf("jura", {slurm::JobState::kRunning}),
              ElementsAre("jura 2"));
  EXPECT_THAT(ListOf("no"), IsEmpty());
  EXPECT_THAT(ListOf(""),
              UnorderedElementsAre("alps 1", "alps 2", "jura 1", "jura 2"));
}

TEST_P(ClustersTest, WhereThereIsOneOnlyItsListIsTheListOfAll) {
  const std::unique_ptr<Store> store =
      *OpenStore(NewStoreUrl(GetParam()), &clock_);
  PollChanges changes;
  changes.cluster = "alps";
  changes.changes.emplace_back().job = In("alps", EndedJob("1"));
  ASSERT_TRUE(store->CommitPoll(&changes).ok());
  JobQuery query;
  query.filter.cluster = "alps";
  EXPECT_THAT(Names(store->ListJobs(query)->jobs), ElementsAre("alps 1"));
  query.filter.cluster = "jura";
  EXPECT_THAT(store->ListJobs(query)->jobs, IsEmpty());
}

TEST_P(ClustersTest, PagesGoOnWithinTheCluster) {
  for (int i = 10; i < 40; ++i) {
    PutOver(i % 3 == 0 ? "alps" : "jura", absl::StrCat(i), 200 + i);
  }
  JobQuery query;
  query.filter.cluster = "alps";
  query.limit = 3;
  std::vector<std::string> listed;
  for (int pages = 0; pages < 20; ++pages) {
    const JobPage page = List(query);
    for (std::string& name : Names(page.jobs)) listed.push_back(name);
    query.after = page.next;
    if (!page.next.has_value()) break;
  }
  EXPECT_EQ(listed.size(), 12u);
  for (const std::string& name : listed) {
    EXPECT_THAT(name, ::testing::StartsWith("alps "));
  }
}

TEST_P(ClustersTest, ANoteIsTheOneOfTheGreatestToken) {
  const auto notes = [this] {
    std::vector<std::string> texts;
    const auto notes = store_->ReadClusterNotes();
    EXPECT_TRUE(notes.ok()) << notes.status();
    for (const ClusterNote& note : *notes) {
      texts.push_back(
          absl::StrCat(note.cluster, " ", note.poll_token, " ", note.text));
    }
    return texts;
  };
  EXPECT_THAT(notes(), IsEmpty());
  ASSERT_TRUE(
      store_->WriteClusterNotes({{"jura", 1, "a"}, {"alps", 7, "b"}}).ok());
  EXPECT_THAT(notes(), ElementsAre("alps 7 b", "jura 1 a"));
  // Who polls it again and again, and who comes late.
  ASSERT_TRUE(
      store_->WriteClusterNotes({{"jura", 1, "c"}, {"alps", 6, "late"}}).ok());
  EXPECT_THAT(notes(), ElementsAre("alps 7 b", "jura 1 c"));
}

TEST_P(ClustersTest, CountsAreOfOneOrOfAll) {
  EXPECT_EQ(store_->CountJobs()->total, 4);
  EXPECT_EQ(store_->CountJobs("alps")->total, 2);
  EXPECT_EQ(store_->CountJobs("no")->total, 0);
  auto by_cluster = *store_->CountJobsByCluster();
  ASSERT_EQ(by_cluster.size(), 2u);
  EXPECT_EQ(by_cluster["alps"].total, 2);
  EXPECT_EQ(by_cluster["jura"].by_phase, store_->CountJobs("jura")->by_phase);
  ASSERT_TRUE(Deliver(Completed(ids_[0])));
  EXPECT_EQ(store_->CountJobs("alps")->by_phase[Phase::kCompleted], 1);
  EXPECT_EQ(store_->CountJobs("alps")->by_phase[Phase::kPending], 0);
  EXPECT_EQ(store_->CountJobs("jura")->by_phase[Phase::kPending], 1);
  EXPECT_EQ(store_->CountJobs()->by_phase[Phase::kPending], 1);
}

TEST_P(ClustersTest, OneClustersOldJobsAreRemovedAndNoOthers) {
  for (int i = 10; i < 20; ++i) {
    PutOver("jura", absl::StrCat(i), 150);  // all of them earlier
    PutOver("alps", absl::StrCat(i), 200);
  }
  EXPECT_EQ(*store_->RemoveEnded("alps", At(300), 4), 4);
  EXPECT_EQ(*store_->RemoveEnded("alps", At(300), 100), 6);
  EXPECT_EQ(*store_->RemoveEnded("alps", At(300), 100), 0);
  EXPECT_EQ(*store_->RemoveEnded("no", At(300), 100), 0);
  EXPECT_EQ(store_->CountJobs("alps")->total, 2);
  EXPECT_EQ(store_->CountJobs("jura")->total, 12);
  EXPECT_EQ(ListOf("jura").size(), 12u);
}

TEST_P(ClustersTest, OneClustersJobsAreResubmittedAndNoOthers) {
  JobFilter filter;
  filter.cluster = "jura";
  ASSERT_TRUE(Deliver(Completed(ids_[0])));
  ASSERT_TRUE(Deliver(Completed(ids_[1])));
  const ResubmitOrder order = AskedAt(At(600), "r1", "all");
  ASSERT_TRUE(store_->StartResubmission(filter, 100, order).ok());
  ASSERT_TRUE(store_->ContinueResubmission(order).ok());
  EXPECT_EQ(store_->GetJob("alps", "1", std::nullopt)->delivery.phase,
            Phase::kCompleted);
  EXPECT_EQ(store_->GetJob("jura", "1", std::nullopt)->delivery.phase,
            Phase::kPending);
}

}  // namespace
}  // namespace smon
