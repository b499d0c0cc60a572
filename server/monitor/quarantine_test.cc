#include "server/monitor/quarantine.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace smon {
namespace {

const absl::Time kT0 = absl::FromUnixSeconds(1795381150);

slurm::JobSnapshot With(const std::string& text) {
  slurm::JobSnapshot snapshot;
  slurm::MalformedRecord record;
  record.command = "squeue";
  record.text = text;
  record.error = "it is no record";
  snapshot.malformed.push_back(record);
  snapshot.malformed_records = 1;
  return snapshot;
}

TEST(Quarantine, ARecordThatIsSeenAgainIsOneEntry) {
  Quarantine quarantine;
  quarantine.Add(With("7.batch"), kT0);
  quarantine.Add(With("other"), kT0);
  quarantine.Add(With("7.batch"), kT0 + absl::Minutes(3));
  EXPECT_EQ(quarantine.total(), 3);
  const auto entries = quarantine.entries();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[1].text, "7.batch");
  EXPECT_EQ(entries[1].times, 2);
  EXPECT_EQ(entries[1].first_seen, kT0);
  EXPECT_EQ(entries[1].last_seen, kT0 + absl::Minutes(3));
}

TEST(Quarantine, KeepsTheLastHundred) {
  Quarantine quarantine;
  for (int i = 0; i < 250; ++i) quarantine.Add(With(absl::StrCat(i)), kT0);
  EXPECT_EQ(quarantine.total(), 250);
  ASSERT_EQ(quarantine.entries().size(), 100u);
  EXPECT_EQ(quarantine.entries().front().text, "150");
}

TEST(Quarantine, WhatItHoldsIsFitToBeShown) {
  Quarantine quarantine;
  quarantine.Add(With("\x1b[31m\xff"), kT0);
  EXPECT_EQ(quarantine.entries()[0].text, "\\x1b[31m\\xff");
}

}  // namespace
}  // namespace smon
