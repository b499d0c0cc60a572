#include "server/config/config.h"

#include <gflags/gflags.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/status_macros.h"
#include "common/utf8.h"
#include "re2/re2.h"
#include "server/config/listening.h"

DECLARE_string(attrsvc_url);
DECLARE_string(attrsvc_result_path);
DECLARE_double(timeout);
DECLARE_double(submit_rate);
DECLARE_double(result_rate);
DECLARE_bool(track_running);
DECLARE_string(log_wait);
DECLARE_string(verdict_wait);
DECLARE_double(interval);
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

absl::Status ReadRetention(Config* config) {
  SMON_ASSIGN_OR_RETURN(config->retention_age,
                        ParseDuration("retention_age", FLAGS_retention_age));
  if (config->retention_age < absl::ZeroDuration() ||
      config->retention_age > absl::Hours(24 * 36600)) {
    return Invalid("retention_age", FLAGS_retention_age,
                   "is not between 0 (for ever) and a hundred years");
  }
  config->retention_jobs = FLAGS_retention_jobs;
  if (config->retention_jobs >= 0) return absl::OkStatus();
  return Invalid("retention_jobs", absl::StrCat(FLAGS_retention_jobs),
                 "is not 0 (all) or more");
}

absl::StatusOr<double> ReadRate(absl::string_view flag, double rate) {
  if (rate >= 0 && rate <= 100000) return rate;
  return Invalid(flag, absl::StrCat(rate),
                 "is not between 0 (no limit) and 100000 a second");
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

std::string DescribeSlurmrestd(const std::optional<SlurmrestdConfig>& rest) {
  if (!rest.has_value()) return "slurm_source=cli\n";
  return absl::StrCat("slurm_source=rest\nslurmrestd_url=",
                      ToPrintable(rest->url.name), "\nslurm_user=", rest->user,
                      "\nslurm_jwt_file=", ToPrintable(rest->jwt_file),
                      "\nslurm_cluster=", rest->cluster, "\n");
}

}  // namespace

absl::StatusOr<Config> ReadConfig() {
  Config config;
  auto endpoint = ParseEndpoint(FLAGS_attrsvc_url);
  if (!endpoint.ok()) return Annotate(endpoint.status(), "--attrsvc_url");
  config.attrsvc = *std::move(endpoint);
  config.attrsvc_result_path = FLAGS_attrsvc_result_path;
  if (config.attrsvc_result_path != "" &&
      config.attrsvc_result_path != "/logs" &&
      config.attrsvc_result_path != "/logs/result") {
    return Invalid("attrsvc_result_path", config.attrsvc_result_path,
                   "is not /logs/result or /logs");
  }
  SMON_ASSIGN_OR_RETURN(config.timeout,
                        ReadSeconds("timeout", FLAGS_timeout, 0.1, 3600));
  SMON_ASSIGN_OR_RETURN(config.submit_rate,
                        ReadRate("submit_rate", FLAGS_submit_rate));
  SMON_ASSIGN_OR_RETURN(config.result_rate,
                        ReadRate("result_rate", FLAGS_result_rate));
  config.track_running = FLAGS_track_running;
  SMON_ASSIGN_OR_RETURN(config.log_wait,
                        ReadDuration("log_wait", FLAGS_log_wait));
  SMON_ASSIGN_OR_RETURN(config.verdict_wait,
                        ReadDuration("verdict_wait", FLAGS_verdict_wait));
  SMON_ASSIGN_OR_RETURN(config.interval,
                        ReadSeconds("interval", FLAGS_interval, 1, 86400));
  SMON_ASSIGN_OR_RETURN(config.partitions, ReadPartitions());
  config.user = FLAGS_user;
  SMON_RETURN_IF_ERROR(CheckPattern(FLAGS_job_pattern));
  config.job_pattern = FLAGS_job_pattern;
  SMON_ASSIGN_OR_RETURN(config.slurmrestd, ReadSlurmrestd());
  if (FLAGS_shared_log != "last" && FLAGS_shared_log != "each") {
    return Invalid("shared_log", FLAGS_shared_log, "is not last or each");
  }
  config.shared_logs =
      FLAGS_shared_log == "last" ? SharedLogs::kLast : SharedLogs::kEach;
  config.store = FLAGS_store;
  config.store_password_file = FLAGS_store_password_file;
  SMON_RETURN_IF_ERROR(ReadRetention(&config));
  SMON_RETURN_IF_ERROR(ReadListening(&config));
  if (absl::Status status =
          ParseLogSeverity(FLAGS_log_level, &config.log_severity);
      !status.ok()) {
    return Annotate(status, "--log_level");
  }
  if (FLAGS_verbose) config.log_severity = LogSeverity::kDebug;
  if (FLAGS_log_format != "text" && FLAGS_log_format != "json") {
    return Invalid("log_format", FLAGS_log_format, "is not text or json");
  }
  if (FLAGS_log_format == "json") config.log_format = LogFormat::kJson;
  return config;
}

std::string Describe(const Config& config) {
  return absl::StrCat(
      "attrsvc_url=", config.attrsvc.name, "\n",
      "attrsvc_result_path=", config.attrsvc_result_path, "\n",
      "timeout=", absl::ToDoubleSeconds(config.timeout), "\n",
      "submit_rate=", config.submit_rate, "\n",
      "result_rate=", config.result_rate, "\n",
      "track_running=", config.track_running ? "true" : "false", "\n",
      "log_wait=", absl::FormatDuration(config.log_wait), "\n",
      "verdict_wait=", absl::FormatDuration(config.verdict_wait), "\n",
      "interval=", absl::ToDoubleSeconds(config.interval), "\n",
      "partitions=", absl::StrJoin(config.partitions, " "), "\n",
      "user=", ToPrintable(config.user), "\n",
      "job_pattern=", ToPrintable(config.job_pattern), "\n",
      DescribeSlurmrestd(config.slurmrestd),
      "shared_log=", config.shared_logs == SharedLogs::kLast ? "last" : "each",
      "\n", "store=", ToPrintable(config.store),
      "\nstore_password_file=", ToPrintable(config.store_password_file), "\n",
      "retention_age=", absl::FormatDuration(config.retention_age), "\n",
      "retention_jobs=", config.retention_jobs, "\n", DescribeListening(config),
      "log_format=", config.log_format == LogFormat::kJson ? "json" : "text",
      "\n", "log_level=", FLAGS_verbose ? "DEBUG" : FLAGS_log_level, "\n");
}

}  // namespace smon
