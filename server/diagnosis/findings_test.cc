// What facts mean: each trouble is named, with its mend, and nothing else is.

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/diagnosis/delivery_findings.h"
#include "server/diagnosis/host_findings.h"
#include "server/diagnosis/slurm_findings.h"

namespace smon {
namespace {

using ::testing::HasSubstr;
using Diagnosed = v1::Diagnosis;

// The finding of that name; fails the test unless it is there once.
Finding Find(const Findings& findings, const std::string& name) {
  Finding found{"", Diagnosed::LEVEL_UNSPECIFIED, "", ""};
  for (const Finding& finding : findings) {
    if (finding.name != name) continue;
    EXPECT_EQ(found.name, "") << name << " comes twice";
    found = finding;
  }
  EXPECT_EQ(found.name, name);
  return found;
}

void ExpectAllOk(const Findings& findings) {
  for (const Finding& finding : findings) {
    EXPECT_EQ(finding.level, Diagnosed::OK) << finding.name << finding.text;
    EXPECT_NE(finding.text, "") << finding.name;
    EXPECT_EQ(finding.mend, "") << finding.name;
  }
}

// One finding that is no OK says what to do.
void Expect(const Finding& finding, Diagnosed::Level level,
            const std::string& text, const std::string& mend) {
  EXPECT_EQ(finding.level, level) << finding.text;
  EXPECT_THAT(finding.text, HasSubstr(text));
  EXPECT_THAT(finding.mend, HasSubstr(mend));
  EXPECT_NE(finding.mend, "");
}

SlurmFacts GoodSlurm() {
  SlurmFacts facts;
  slurm::ClusterInfo cluster;
  cluster.name = "proof";
  cluster.version = "22.05.8";
  cluster.min_job_age = absl::Seconds(300);
  cluster.has_accounting = true;
  cluster.private_data = "none";
  cluster.slurm_user = "slurm";
  facts.cluster = cluster;
  facts.interval = absl::Seconds(180);
  facts.now = absl::FromUnixSeconds(1700000000);
  facts.last_poll = facts.now - absl::Seconds(60);
  facts.partitions = {"batch", "gpu"};
  facts.own_user = "smon";
  return facts;
}

TEST(SlurmFindingsTest, AGoodClusterIsOk) {
  const Findings findings = SlurmFindings(GoodSlurm());
  EXPECT_EQ(findings.size(), 6);
  ExpectAllOk(findings);
  EXPECT_EQ(Find(findings, "slurm").text,
            "Slurm 22.05.8 answers, cluster proof");
  EXPECT_EQ(Find(findings, "polls").text, "polled 1m ago, every 3m");
}

TEST(SlurmFindingsTest, ASlurmThatDoesNotAnswerIsAFailureAndHidesTheRest) {
  SlurmFacts facts = GoodSlurm();
  facts.cluster = absl::UnavailableError("scontrol: cannot contact");
  const Findings findings = SlurmFindings(facts);
  Expect(Find(findings, "slurm"), Diagnosed::FAILURE, "cannot contact",
         "as smon on smonsvc's host, run 'scontrol ping'");
  EXPECT_EQ(findings.size(), 3);
  facts.by_rest = true;
  EXPECT_THAT(Find(SlurmFindings(facts), "slurm").mend,
              HasSubstr("slurmrestd"));
}

TEST(SlurmFindingsTest, AnUnknownVersionIsAWarning) {
  for (const char* version : {"20.02.7", "26.05.0", "x", ""}) {
    SlurmFacts facts = GoodSlurm();
    facts.cluster->version = version;
    Expect(Find(SlurmFindings(facts), "slurm"), Diagnosed::WARNING, version,
           "20.11 to 25.11");
  }
  for (const char* version : {"20.11.9", "25.11.0-1"}) {
    SlurmFacts facts = GoodSlurm();
    facts.cluster->version = version;
    EXPECT_EQ(Find(SlurmFindings(facts), "slurm").level, Diagnosed::OK);
  }
}

TEST(SlurmFindingsTest, PollsThatFailAreAFailureAndLateOnesAWarning) {
  SlurmFacts facts = GoodSlurm();
  facts.last_poll = facts.now - absl::Minutes(11);
  Expect(Find(SlurmFindings(facts), "polls"), Diagnosed::WARNING, "11m ago",
         "polls are late");
  facts.last_poll = absl::InfinitePast();
  EXPECT_EQ(Find(SlurmFindings(facts), "polls").level, Diagnosed::WARNING);
  facts.polling = absl::UnavailableError("squeue: timed out");
  Expect(Find(SlurmFindings(facts), "polls"), Diagnosed::FAILURE, "timed out",
         "catches up");
}

TEST(SlurmFindingsTest, AReplicaThatStandsByHasNothingToPoll) {
  SlurmFacts facts = GoodSlurm();
  facts.last_poll = absl::InfinitePast();
  facts.other_poller = "mon-1";
  ExpectAllOk(SlurmFindings(facts));
  EXPECT_EQ(Find(SlurmFindings(facts), "polls").text,
            "this replica stands by, mon-1 polls");
  EXPECT_THAT(Find(SlurmFindings(facts), "accounting").text,
              HasSubstr("the replica that polls reads"));
  facts.other_poller = "";
  Expect(Find(SlurmFindings(facts), "polls"), Diagnosed::WARNING,
         "no replica polls", "logs of the replicas");
}

TEST(SlurmFindingsTest, APartitionThatIsGoneIsAFailure) {
  SlurmFacts facts = GoodSlurm();
  facts.polling =
      absl::UnavailableError("--partitions: Slurm has no partition 'gpu'");
  Expect(Find(SlurmFindings(facts), "partitions"), Diagnosed::FAILURE,
         "batch gpu", "sinfo -o %R");
}

TEST(SlurmFindingsTest, NoAccountingIsAWarningAndABrokenOneAFailure) {
  SlurmFacts facts = GoodSlurm();
  facts.accounting = absl::UnavailableError("sacct: connection refused");
  Expect(Find(SlurmFindings(facts), "accounting"), Diagnosed::FAILURE,
         "refused", "slurmdbd");
  facts.cluster->has_accounting = false;
  Expect(Find(SlurmFindings(facts), "accounting"), Diagnosed::WARNING,
         "no accounting", "AccountingStorageType");
}

TEST(SlurmFindingsTest, AShortMinJobAgeIsAWarning) {
  SlurmFacts facts = GoodSlurm();
  facts.cluster->min_job_age = absl::Seconds(180);
  Expect(Find(SlurmFindings(facts), "min_job_age"), Diagnosed::WARNING, "3m",
         "raise MinJobAge");
  facts.cluster->min_job_age = absl::ZeroDuration();  // not told
  EXPECT_EQ(Find(SlurmFindings(facts), "min_job_age").level, Diagnosed::OK);
}

TEST(SlurmFindingsTest, PrivateDataIsAFailureWhereItHidesJobsFromUs) {
  for (const char* data : {"jobs", "usage,jobs", "all"}) {
    SlurmFacts facts = GoodSlurm();
    facts.cluster->private_data = data;
    Expect(Find(SlurmFindings(facts), "private_data"), Diagnosed::FAILURE, data,
           "sacctmgr modify user smon set adminlevel=operator");
    for (const char* mighty : {"root", "slurm"}) {
      facts.own_user = mighty;
      EXPECT_EQ(Find(SlurmFindings(facts), "private_data").level,
                Diagnosed::OK);
    }
    facts.own_user = "smon";
    facts.sees_others = true;
    EXPECT_EQ(Find(SlurmFindings(facts), "private_data").level, Diagnosed::OK);
  }
  SlurmFacts facts = GoodSlurm();
  facts.cluster->private_data = "usage,users";
  EXPECT_EQ(Find(SlurmFindings(facts), "private_data").level, Diagnosed::OK);
}

DeliveryFacts GoodDelivery() {
  DeliveryFacts facts;
  facts.attrsvc = "http://attrsvc:8000";
  facts.now = absl::FromUnixSeconds(1700000000);
  facts.newest_end = facts.now;
  return facts;
}

TEST(DeliveryFindingsTest, AGoodAttrsvcIsOk) {
  ExpectAllOk(DeliveryFindings(GoodDelivery()));
  DeliveryFacts facts = GoodDelivery();
  facts.questions_block = true;
  EXPECT_THAT(Find(DeliveryFindings(facts), "attrsvc").text,
              HasSubstr("when its result is asked for"));
}

TEST(DeliveryFindingsTest, AnAttrsvcThatDoesNotAnswerIsAFailure) {
  DeliveryFacts facts = GoodDelivery();
  facts.answer = absl::UnavailableError("connection refused");
  Expect(Find(DeliveryFindings(facts), "attrsvc"), Diagnosed::FAILURE,
         "connection refused", "--attrsvc_url (now http://attrsvc:8000)");
}

TEST(DeliveryFindingsTest, LogsInTroubleAreAWarningWithAnExample) {
  const LogTrouble trouble{2, "7_1", "/home/a/x.out", "outside_root"};
  DeliveryFacts facts = GoodDelivery();
  facts.not_permitted = trouble;
  facts.not_found = trouble;
  facts.unresolved = {1, "9", "", "%x is not known"};
  const Findings findings = DeliveryFindings(facts);
  Expect(Find(findings, "log_root"), Diagnosed::WARNING,
         "2 logs may not be read by attrsvc, e.g. /home/a/x.out of job 7_1 "
         "(outside_root)",
         "--problem=permission_denied");
  Expect(Find(findings, "logs"), Diagnosed::WARNING, "2 logs cannot be seen",
         "--problem=not_found");
  Expect(Find(findings, "log_paths"), Diagnosed::WARNING,
         "1 log whose path could not be told, e.g. of job 9 (%x is",
         "AccountingStoreFlags");
}

TEST(DeliveryFindingsTest, AJobThatEndedInTheFutureIsAWarning) {
  DeliveryFacts facts = GoodDelivery();
  facts.newest_end = facts.now + absl::Minutes(2);
  Expect(Find(DeliveryFindings(facts), "slurm_clock"), Diagnosed::WARNING,
         "2m from now", "NTP");
  facts.newest_end = absl::InfinitePast();
  EXPECT_EQ(Find(DeliveryFindings(facts), "slurm_clock").level, Diagnosed::OK);
}

HostFacts GoodHost() {
  HostFacts facts;
  facts.store = "sqlite:///smon.db";
  facts.store_size = StoreSize{3 << 20, 1 << 20, int64_t{5} << 30};
  facts.grpc = "127.0.0.1:8101";
  facts.http = "off";
  facts.now = absl::FromUnixSeconds(1700000000);
  return facts;
}

TEST(HostFindingsTest, AGoodHostIsOk) {
  const Findings findings = HostFindings(GoodHost());
  ExpectAllOk(findings);
  EXPECT_EQ(Find(findings, "store").text,
            "sqlite:///smon.db: 4.0 MiB, 5.0 GiB of its disk are free");
}

TEST(HostFindingsTest, AStoreThatFailsIsAFailureAndAFullDiskSoonIsOne) {
  HostFacts facts = GoodHost();
  facts.store_size->free_bytes = 100 << 20;
  Expect(Find(HostFindings(facts), "store"), Diagnosed::WARNING, "100.0 MiB",
         "make room");
  facts.store_size->free_bytes = 1 << 20;
  EXPECT_EQ(Find(HostFindings(facts), "store").level, Diagnosed::FAILURE);
  facts.store_use = absl::UnavailableError("disk I/O error");
  Expect(Find(HostFindings(facts), "store"), Diagnosed::FAILURE,
         "disk I/O error", "docs/STORE.md");
}

TEST(HostFindingsTest, SettingsThatWereNotTakenAreAWarning) {
  HostFacts facts = GoodHost();
  facts.settings_since = absl::FromUnixSeconds(1700000000);
  ExpectAllOk(HostFindings(facts));
  EXPECT_EQ(Find(HostFindings(facts), "settings").text,
            "those of 2023-11-14 22:13:20Z are in use");
  facts.settings = absl::InvalidArgumentError("smonsvc.yaml:3: unknown");
  Expect(Find(HostFindings(facts), "settings"), Diagnosed::WARNING,
         "smonsvc.yaml:3: unknown; those of 2023-11-14 22:13:20Z are in use",
         "--check_config");
}

TEST(HostFindingsTest, OpenPortsAreAWarningUnlessTheyAreGuarded) {
  HostFacts facts = GoodHost();
  facts.on_loopback = false;
  Expect(Find(HostFindings(facts), "ports"), Diagnosed::WARNING,
         "no TLS, whoever connects", "--token_file");
  facts.has_tls = true;
  facts.certificate_expires = facts.now + absl::Hours(24 * 365);
  EXPECT_EQ(Find(HostFindings(facts), "ports").level, Diagnosed::WARNING);
  facts.has_authentication = true;
  EXPECT_EQ(Find(HostFindings(facts), "ports").level, Diagnosed::OK);
}

TEST(HostFindingsTest, ACertificateIsAWarningForAMonthAndThenAFailure) {
  HostFacts facts = GoodHost();
  facts.has_tls = true;
  facts.certificate_expires = facts.now + absl::Hours(24 * 30);
  EXPECT_EQ(Find(HostFindings(facts), "certificate").level, Diagnosed::OK);
  facts.certificate_expires = facts.now + absl::Hours(24 * 29 + 1);
  Expect(Find(HostFindings(facts), "certificate"), Diagnosed::WARNING,
         "in 29 days", "without a restart");
  facts.certificate_expires = facts.now;
  Expect(Find(HostFindings(facts), "certificate"), Diagnosed::FAILURE,
         "expired on 2023-11-14", "without a restart");
  facts.secrets = absl::FailedPreconditionError("--tls_key: no key in it");
  Expect(Find(HostFindings(facts), "certificate"), Diagnosed::FAILURE,
         "no key in it", "of before");
}

}  // namespace
}  // namespace smon
