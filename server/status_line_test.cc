#include "server/status_line.h"

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace smon {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1700000000);  // 22:13:20 UTC
const ReloadRecord::Reading kTaken = {absl::OkStatus(), kNow, kNow};

ComponentHealth::Snapshot Part(const std::string& name, bool healthy,
                               const std::string& error = "") {
  ComponentHealth::Snapshot part;
  part.name = name;
  part.healthy = healthy;
  part.since = kNow;
  part.last_error = error;
  return part;
}

TEST(StatusLineTest, TellsTheLastPollAndWhatWasDelivered) {
  Monitor::Counters counters;
  counters.components = {Part("slurm", true)};
  EXPECT_EQ(StatusLine(counters, kTaken),
            "no poll yet, 0 logs sent, 0 verdicts");
  counters.clusters.emplace_back().polls.last_success = kNow;
  counters.sent.logs_submitted = 12;
  counters.sent.verdicts = 3;
  EXPECT_EQ(StatusLine(counters, kTaken),
            "last poll 22:13:20Z, 12 logs sent, 3 verdicts");
}

TEST(StatusLineTest, AReplicaThatPollsNothingStandsBy) {
  Monitor::Counters counters;
  counters.clusters.emplace_back().is_mine = false;
  EXPECT_EQ(StatusLine(counters, kTaken), "standby, 0 logs sent, 0 verdicts");
  // Of several, it is what it polls that counts.
  counters.clusters.emplace_back().polls.last_success = kNow;
  EXPECT_EQ(StatusLine(counters, kTaken),
            "last poll 22:13:20Z, 0 logs sent, 0 verdicts");
}

TEST(StatusLineTest, OfSeveralClustersItIsSaidWhoseSlurmIsAway) {
  Monitor::Counters counters;
  counters.clusters.resize(2);
  counters.components = {Part("slurm", false, "timed out")};
  counters.components[0].cluster = "tux";
  EXPECT_EQ(StatusLine(counters, kTaken),
            "slurm/tux degraded since 22:13:20Z: timed out; no poll yet, 0 "
            "logs sent, 0 verdicts");
}

TEST(StatusLineTest, WhatIsWrongComesFirstAndIsCutShort) {
  Monitor::Counters counters;
  counters.components = {Part("slurm", true),
                         Part("attrsvc", false, "Connection refused"),
                         Part("store", false, std::string(1000, 'x'))};
  EXPECT_EQ(StatusLine(counters, kTaken),
            "attrsvc degraded since 22:13:20Z: Connection refused; store "
            "degraded since 22:13:20Z: " +
                std::string(120, 'x') +
                "; no poll yet, 0 logs sent, 0 verdicts");
}

TEST(StatusLineTest, SettingsThatWereNotTakenComeBeforeAll) {
  Monitor::Counters counters;
  counters.components = {Part("attrsvc", false, "Connection refused")};
  const ReloadRecord::Reading reading = {
      absl::InvalidArgumentError("/etc/smonsvc/smonsvc.yaml:3: no such flag"),
      kNow, kNow - absl::Hours(1)};
  EXPECT_EQ(StatusLine(counters, reading),
            "settings not taken at 22:13:20Z: /etc/smonsvc/smonsvc.yaml:3: no "
            "such flag; attrsvc degraded since 22:13:20Z: Connection refused; "
            "no poll yet, 0 logs sent, 0 verdicts");
}

}  // namespace
}  // namespace smon
