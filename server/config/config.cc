#include "server/config/config.h"

#include <gflags/gflags.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/status_macros.h"
#include "common/utf8.h"
#include "re2/re2.h"
#include "server/config/listening.h"
#include "server/config/problems.h"

DECLARE_string(attrsvc_url);
DECLARE_string(attrsvc_result_path);
DECLARE_double(timeout);
DECLARE_double(submit_rate);
DECLARE_double(result_rate);
DECLARE_bool(track_running);
DECLARE_string(log_wait);
DECLARE_string(verdict_wait);
DECLARE_double(interval);
DECLARE_string(clusters);
DECLARE_string(partitions);
DECLARE_string(user);
DECLARE_string(job_pattern);
DECLARE_string(slurm_source);
DECLARE_string(slurmrestd_url);
DECLARE_string(slurm_user);
DECLARE_string(slurm_jwt_file);
DECLARE_string(slurm_cluster);
DECLARE_string(shared_log);
DECLARE_string(store);
DECLARE_string(store_password_file);
DECLARE_string(replica_name);
DECLARE_string(retention_age);
DECLARE_int64(retention_jobs);
DECLARE_bool(verbose);
DECLARE_string(log_level);
DECLARE_string(log_format);

namespace smon {
namespace {

absl::Status Invalid(absl::string_view flag, absl::string_view value,
                     absl::string_view problem) {
  return absl::InvalidArgumentError(
      absl::StrCat("--", flag, ": '", ToPrintable(value), "' ", problem));
}

absl::StatusOr<absl::Duration> ReadSeconds(absl::string_view flag,
                                           double seconds, double least,
                                           double most) {
  if (!(seconds >= least && seconds <= most)) {
    return Invalid(
        flag, absl::StrCat(seconds),
        absl::StrCat("is not between ", least, " and ", most, " seconds"));
  }
  return absl::Seconds(seconds);
}

absl::StatusOr<absl::Duration> ParseDuration(absl::string_view flag,
                                             const std::string& text) {
  absl::Duration duration;
  double number = 0;
  absl::string_view days = text;
  if (absl::SimpleAtod(text, &number) && std::isfinite(number)) {
    duration = absl::Seconds(number);
  } else if (absl::ConsumeSuffix(&days, "d") &&
             absl::SimpleAtod(days, &number) && std::isfinite(number)) {
    duration = number * absl::Hours(24);
  } else if (!absl::ParseDuration(text, &duration)) {
    return Invalid(flag, text,
                   "is no duration; give one such as 90s, 10m, 24h, 90d");
  }
  return duration;
}

absl::StatusOr<absl::Duration> ReadDuration(absl::string_view flag,
                                            const std::string& text) {
  SMON_ASSIGN_OR_RETURN(const absl::Duration duration,
                        ParseDuration(flag, text));
  if (duration <= absl::ZeroDuration() || duration > absl::Hours(24 * 366)) {
    return Invalid(flag, text, "is not above 0 and at most a year");
  }
  return duration;
}

absl::StatusOr<absl::Duration> ReadRetentionAge() {
  SMON_ASSIGN_OR_RETURN(const absl::Duration age,
                        ParseDuration("retention_age", FLAGS_retention_age));
  if (age < absl::ZeroDuration() || age > absl::Hours(24 * 36600)) {
    return Invalid("retention_age", FLAGS_retention_age,
                   "is not between 0 (for ever) and a hundred years");
  }
  return age;
}

absl::StatusOr<int64_t> ReadRetentionJobs() {
  if (FLAGS_retention_jobs >= 0) return FLAGS_retention_jobs;
  return Invalid("retention_jobs", absl::StrCat(FLAGS_retention_jobs),
                 "is not 0 (all) or more");
}

absl::StatusOr<double> ReadRate(absl::string_view flag, double rate) {
  if (rate >= 0 && rate <= 100000) return rate;
  return Invalid(flag, absl::StrCat(rate),
                 "is not between 0 (no limit) and 100000 a second");
}

// Each is a thread and some memory, and the commands of one host.
constexpr size_t kMostClusters = 256;
// As long as slurm.conf lets a ClusterName be.
constexpr size_t kLongestClusterName = 40;

// What is wrong with the name of a cluster; empty if nothing is. slurm.conf(5)
// makes names lower case, and they begin names of tables in slurmdbd's
// database.
std::string ProblemOfCluster(absl::string_view name) {
  if (name.empty()) return "has an empty name";
  if (name.size() > kLongestClusterName) return "has a name that is too long";
  // To Slurm's commands: each of them.
  if (name == "all") return "names 'all', which is no cluster; list them";
  const bool is_plain = absl::ascii_isalnum(name[0]) &&
                        std::all_of(name.begin(), name.end(), [](char c) {
                          return absl::ascii_isdigit(c) ||
                                 absl::ascii_islower(c) || c == '_' ||
                                 c == '-' || c == '.';
                        });
  if (is_plain) return "";
  return absl::StrCat("has '", ToPrintable(std::string(name)),
                      "', but names are of lower-case letters, digits and "
                      "_-., as `sacctmgr show clusters` prints them");
}

absl::StatusOr<std::vector<std::string>> ReadClusters() {
  std::vector<std::string> clusters;
  if (FLAGS_clusters.empty()) return clusters;
  for (const absl::string_view part : absl::StrSplit(FLAGS_clusters, ',')) {
    const absl::string_view name = absl::StripAsciiWhitespace(part);
    const std::string problem = ProblemOfCluster(name);
    if (!problem.empty()) return Invalid("clusters", FLAGS_clusters, problem);
    if (std::count(clusters.begin(), clusters.end(), name) > 0) {
      return Invalid("clusters", FLAGS_clusters,
                     absl::StrCat("names ", name, " twice"));
    }
    clusters.emplace_back(name);
  }
  if (clusters.size() > kMostClusters) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--clusters: ", clusters.size(), " clusters; one smonsvc watches ",
        kMostClusters, " at most"));
  }
  if (FLAGS_slurm_source != "cli") {
    return absl::InvalidArgumentError(
        "--clusters needs --slurm_source=cli: a slurmrestd serves one cluster; "
        "run one smonsvc for each, they may share a store on PostgreSQL");
  }
  return clusters;
}

absl::StatusOr<std::vector<std::string>> ReadPartitions() {
  std::vector<std::string> partitions = absl::StrSplit(
      FLAGS_partitions, absl::ByAnyChar(" ,\t\n"), absl::SkipEmpty());
  if (partitions.empty()) {
    return Invalid("partitions", FLAGS_partitions,
                   "names no partition; `sinfo -o %R` lists those there are");
  }
  return partitions;
}

absl::Status CheckPattern(const std::string& pattern) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  const re2::RE2 regex(pattern, options);
  if (regex.ok()) return absl::OkStatus();
  return Invalid("job_pattern", pattern,
                 absl::StrCat("is no RE2 regular expression: ", regex.error()));
}

// What an HTTP header can carry.
absl::Status CheckHeaderText(absl::string_view flag, absl::string_view value) {
  if (std::all_of(value.begin(), value.end(), absl::ascii_isgraph)) {
    return absl::OkStatus();
  }
  return Invalid(flag, value, "holds blanks or control characters");
}

std::string HostName() {
  char name[256] = "";
  if (gethostname(name, sizeof(name) - 1) != 0 || name[0] == '\0') {
    return "localhost";
  }
  return name;
}

absl::StatusOr<std::optional<SlurmrestdConfig>> ReadSlurmrestd() {
  if (FLAGS_slurm_source == "cli") {
    for (const auto& [flag, value] :
         {std::pair("slurmrestd_url", FLAGS_slurmrestd_url),
          std::pair("slurm_user", FLAGS_slurm_user),
          std::pair("slurm_jwt_file", FLAGS_slurm_jwt_file),
          std::pair("slurm_cluster", FLAGS_slurm_cluster)}) {
      if (value.empty()) continue;
      return absl::InvalidArgumentError(absl::StrCat(
          "--", flag,
          " needs --slurm_source=rest; without it Slurm's commands "
          "are used"));
    }
    return std::optional<SlurmrestdConfig>();
  }
  if (FLAGS_slurm_source != "rest") {
    return Invalid("slurm_source", FLAGS_slurm_source, "is not cli or rest");
  }
  if (FLAGS_slurmrestd_url.empty()) {
    return absl::InvalidArgumentError(
        "--slurm_source=rest needs --slurmrestd_url, e.g. "
        "unix:///run/slurmrestd/slurmrestd.socket or http://HOST:6820");
  }
  SlurmrestdConfig slurmrestd;
  auto url = slurm::ParseRestUrl(FLAGS_slurmrestd_url);
  if (!url.ok()) return Annotate(url.status(), "--slurmrestd_url");
  slurmrestd.url = *std::move(url);
  if (slurmrestd.url.unix_socket.empty() && FLAGS_slurm_jwt_file.empty()) {
    return absl::InvalidArgumentError(
        "--slurmrestd_url: slurmrestd asks callers over TCP for a token; give "
        "--slurm_jwt_file (and --slurm_user)");
  }
  SMON_RETURN_IF_ERROR(CheckHeaderText("slurm_user", FLAGS_slurm_user));
  SMON_RETURN_IF_ERROR(CheckHeaderText("slurm_cluster", FLAGS_slurm_cluster));
  slurmrestd.user = FLAGS_slurm_user;
  slurmrestd.jwt_file = FLAGS_slurm_jwt_file;
  slurmrestd.cluster = FLAGS_slurm_cluster;
  return std::optional<SlurmrestdConfig>(std::move(slurmrestd));
}

absl::StatusOr<std::string> ReadResultPath() {
  const std::string& path = FLAGS_attrsvc_result_path;
  if (path.empty() || path == "/logs" || path == "/logs/result") return path;
  return Invalid("attrsvc_result_path", path, "is not /logs/result or /logs");
}

absl::StatusOr<Endpoint> ReadEndpoint() {
  auto endpoint = ParseEndpoint(FLAGS_attrsvc_url);
  if (!endpoint.ok()) return Annotate(endpoint.status(), "--attrsvc_url");
  return endpoint;
}

absl::StatusOr<SharedLogs> ReadSharedLogs() {
  if (FLAGS_shared_log == "last") return SharedLogs::kLast;
  if (FLAGS_shared_log == "each") return SharedLogs::kEach;
  return Invalid("shared_log", FLAGS_shared_log, "is not last or each");
}

absl::StatusOr<LogSeverity> ReadLogSeverity() {
  LogSeverity severity = LogSeverity::kInfo;
  const absl::Status status = ParseLogSeverity(FLAGS_log_level, &severity);
  if (!status.ok()) return Annotate(status, "--log_level");
  return FLAGS_verbose ? LogSeverity::kDebug : severity;
}

absl::StatusOr<LogFormat> ReadLogFormat() {
  if (FLAGS_log_format == "text") return LogFormat::kText;
  if (FLAGS_log_format == "json") return LogFormat::kJson;
  return Invalid("log_format", FLAGS_log_format, "is not text or json");
}

}  // namespace

Config ReadConfig(const Settings& settings,
                  std::vector<std::string>* problems) {
  Config config;
  Problems found(settings, problems);
  found.Take(ReadEndpoint(), &config.attrsvc);
  found.Take(ReadResultPath(), &config.attrsvc_result_path);
  found.Take(ReadSeconds("timeout", FLAGS_timeout, 0.1, 3600), &config.timeout);
  found.Take(ReadRate("submit_rate", FLAGS_submit_rate), &config.submit_rate);
  found.Take(ReadRate("result_rate", FLAGS_result_rate), &config.result_rate);
  config.track_running = FLAGS_track_running;
  found.Take(ReadDuration("log_wait", FLAGS_log_wait), &config.log_wait);
  found.Take(ReadDuration("verdict_wait", FLAGS_verdict_wait),
             &config.verdict_wait);
  found.Take(ReadSeconds("interval", FLAGS_interval, 1, 86400),
             &config.interval);
  found.Take(ReadClusters(), &config.clusters);
  found.Take(ReadPartitions(), &config.partitions);
  config.user = FLAGS_user;
  found.Add(CheckPattern(FLAGS_job_pattern));
  config.job_pattern = FLAGS_job_pattern;
  found.Take(ReadSlurmrestd(), &config.slurmrestd);
  found.Take(ReadSharedLogs(), &config.shared_logs);
  config.store = FLAGS_store;
  config.store_password_file = FLAGS_store_password_file;
  found.Add(CheckHeaderText("replica_name", FLAGS_replica_name));
  config.replica_name =
      FLAGS_replica_name.empty() ? HostName() : FLAGS_replica_name;
  found.Take(ReadRetentionAge(), &config.retention_age);
  found.Take(ReadRetentionJobs(), &config.retention_jobs);
  ReadListening(&config, &found);
  found.Take(ReadLogSeverity(), &config.log_severity);
  found.Take(ReadLogFormat(), &config.log_format);
  return config;
}

}  // namespace smon
