#ifndef SMON_SERVER_MONITOR_STATS_CONVERT_H_
#define SMON_SERVER_MONITOR_STATS_CONVERT_H_

#include "proto/smon/v1/monitor.pb.h"
#include "server/monitor/poller.h"
#include "server/monitor/store.h"
#include "slurm/slurm_client.h"

namespace smon {

// Each puts what one part counts into its place in the statistics.
void SetJobStats(JobCounts counts, v1::Stats* stats);
void SetSlurmStats(const slurm::CommandCounts& counts,
                   const Poller::Totals& polls, v1::Stats::Slurm* stats);
void SetNotificationStats(const Notices::Totals& totals,
                          v1::Stats::Notifications* stats);
void SetPollStats(const Poller::Totals& polls, v1::Stats::Polls* stats);
void SetCoverage(const Poller::Coverage& coverage, v1::Stats::Coverage* stats);

}  // namespace smon

#endif  // SMON_SERVER_MONITOR_STATS_CONVERT_H_
