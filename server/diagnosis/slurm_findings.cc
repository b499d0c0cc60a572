#include "server/diagnosis/slurm_findings.h"

#include <algorithm>
#include <cstdio>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace smon {
namespace {

using Diagnosed = v1::Diagnosis;

// The versions whose output is known; see docs/SLURM.md.
constexpr int kOldestVersion = 2011;
constexpr int kNewestVersion = 2511;

// 2205 of "22.05.8"; 0 of what is none.
int MajorVersion(const std::string& version) {
  int year = 0;
  int month = 0;
  if (std::sscanf(version.c_str(), "%2d.%2d", &year, &month) != 2) return 0;
  return 100 * year + month;
}

// What to do about a Slurm that does not answer.
std::string SlurmMend(const SlurmFacts& facts) {
  if (facts.by_rest) {
    return "look at slurmrestd and its log; see --slurmrestd_url and "
           "--slurm_jwt_file";
  }
  return absl::StrCat(
      "as ", facts.own_user,
      " on smonsvc's host, run 'scontrol ping': slurmctld must run, slurm.conf "
      "be the cluster's, and munged run with the cluster's key");
}

Finding Reachable(const SlurmFacts& facts) {
  if (!facts.cluster.ok()) {
    return {"slurm", Diagnosed::FAILURE,
            std::string(facts.cluster.status().message()), SlurmMend(facts)};
  }
  const std::string text =
      absl::StrCat("Slurm ", facts.cluster->version, " answers, cluster ",
                   facts.cluster->name, facts.by_rest ? ", by slurmrestd" : "");
  const int version = MajorVersion(facts.cluster->version);
  if (version >= kOldestVersion && version <= kNewestVersion) {
    return {"slurm", Diagnosed::OK, text, ""};
  }
  return {"slurm", Diagnosed::WARNING, text,
          "versions from 20.11 to 25.11 are known: watch 'smonctl stats' for "
          "malformed records"};
}

// Of a replica that stands by.
Finding PollsOfAnother(const std::string& poller) {
  if (poller.empty()) {
    return {"polls", Diagnosed::WARNING, "no replica polls the cluster",
            "wait some seconds; if none does then, look at 'store' and at the "
            "logs of the replicas that watch it"};
  }
  return {"polls", Diagnosed::OK,
          absl::StrCat("this replica stands by, ", poller, " polls"), ""};
}

Finding Polls(const SlurmFacts& facts) {
  if (facts.other_poller.has_value()) {
    return PollsOfAnother(*facts.other_poller);
  }
  if (!facts.polling.ok()) {
    return {"polls", Diagnosed::FAILURE,
            absl::StrCat("polls fail: ", facts.polling.message()),
            "nothing is lost meanwhile: mend Slurm, the next poll catches up"};
  }
  if (facts.last_poll == absl::InfinitePast()) {
    return {"polls", Diagnosed::WARNING, "the first poll is not over yet",
            "wait a moment"};
  }
  const absl::Duration age =
      std::max(absl::Seconds(1), facts.now - facts.last_poll);
  const std::string text = absl::StrCat(
      "polled ", absl::FormatDuration(absl::Ceil(age, absl::Seconds(1))),
      " ago, every ", absl::FormatDuration(facts.interval));
  if (age <= 3 * facts.interval + absl::Minutes(1)) {
    return {"polls", Diagnosed::OK, text, ""};
  }
  return {"polls", Diagnosed::WARNING, text,
          "polls are late: Slurm is slow ('smonctl stats' has the times of its "
          "commands), or this host is"};
}

Finding Partitions(const SlurmFacts& facts) {
  const std::string watched =
      absl::StrCat("watched: ", absl::StrJoin(facts.partitions, " "),
                   facts.watched_user.empty()
                       ? ""
                       : absl::StrCat(", only jobs of ", facts.watched_user));
  // A partition that is gone makes the polls fail, by its name.
  if (absl::StrContains(facts.polling.message(), "partition")) {
    return {"partitions", Diagnosed::FAILURE, watched,
            "see --partitions; 'sinfo -o %R' lists what Slurm has"};
  }
  return {"partitions", Diagnosed::OK, watched, ""};
}

Finding Accounting(const SlurmFacts& facts) {
  if (!facts.cluster->has_accounting) {
    return {"accounting", Diagnosed::WARNING,
            "the site keeps no accounting: a job that slurmctld forgets before "
            "it was seen ended is FINISHED, without its exit code",
            "set AccountingStorageType=accounting_storage/slurmdbd, or keep "
            "MinJobAge well above --interval"};
  }
  if (facts.other_poller.has_value()) {
    return {"accounting", Diagnosed::OK,
            "the site keeps accounting, which the replica that polls reads",
            ""};
  }
  if (!facts.accounting.ok()) {
    return {"accounting", Diagnosed::FAILURE,
            std::string(facts.accounting.message()),
            "look at slurmdbd: 'sacctmgr ping', and 'sacct' on smonsvc's host"};
  }
  return {"accounting", Diagnosed::OK, "sacct answers", ""};
}

Finding MinJobAge(const SlurmFacts& facts) {
  const absl::Duration age = facts.cluster->min_job_age;
  if (age == absl::ZeroDuration()) {
    return {"min_job_age", Diagnosed::OK,
            "MinJobAge is not told; keep it above --interval", ""};
  }
  const std::string text = absl::StrCat(
      "slurmctld keeps ended jobs for ", absl::FormatDuration(age),
      " (MinJobAge), polled every ", absl::FormatDuration(facts.interval));
  if (age > facts.interval) return {"min_job_age", Diagnosed::OK, text, ""};
  return {"min_job_age", Diagnosed::WARNING, text,
          facts.cluster->has_accounting
              ? "some jobs will be known from accounting only, where their log "
                "path may not be told: raise MinJobAge in slurm.conf, lower "
                "--interval, or call 'smonctl notify' from EpilogSlurmctld"
              : "how some jobs ended will not be known: raise MinJobAge in "
                "slurm.conf or lower --interval"};
}

Finding PrivateData(const SlurmFacts& facts) {
  const slurm::ClusterInfo& cluster = *facts.cluster;
  const std::vector<std::string> hidden =
      absl::StrSplit(cluster.private_data, ',');
  const bool hides_jobs =
      std::find(hidden.begin(), hidden.end(), "jobs") != hidden.end() ||
      std::find(hidden.begin(), hidden.end(), "all") != hidden.end();
  if (cluster.private_data.empty() && !facts.sees_others) {
    return {"private_data", Diagnosed::OK, "PrivateData is not told", ""};
  }
  if (!hides_jobs) {
    return {"private_data", Diagnosed::OK, "jobs of all users can be seen", ""};
  }
  const std::string set =
      absl::StrCat("PrivateData=", cluster.private_data, " hides jobs; ");
  if (facts.own_user == "root" || facts.own_user == cluster.slurm_user) {
    return {"private_data", Diagnosed::OK,
            absl::StrCat(set, facts.own_user, " sees all of them"), ""};
  }
  if (facts.sees_others) {
    return {"private_data", Diagnosed::OK,
            absl::StrCat(set, facts.own_user, " sees those of others"), ""};
  }
  return {"private_data", Diagnosed::FAILURE,
          absl::StrCat(set, "no job of another user than ", facts.own_user,
                       " was seen"),
          absl::StrCat("sacctmgr modify user ", facts.own_user,
                       " set adminlevel=operator")};
}

}  // namespace

Findings SlurmFindings(const SlurmFacts& facts) {
  Findings findings = {Reachable(facts), Polls(facts), Partitions(facts)};
  // The rest is not known of a Slurm that does not answer.
  if (!facts.cluster.ok()) return findings;
  findings.push_back(Accounting(facts));
  findings.push_back(MinJobAge(facts));
  findings.push_back(PrivateData(facts));
  return findings;
}

}  // namespace smon
