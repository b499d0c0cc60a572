#include "server/part_options.h"

#include "absl/strings/str_cat.h"
#include "common/version.h"

namespace smon {

CurlAttrsvcClientOptions AttrsvcOptions(const Config& config) {
  CurlAttrsvcClientOptions options;
  options.endpoint = config.attrsvc;
  options.timeout = config.timeout;
  options.result_path = config.attrsvc_result_path;
  options.user_agent = absl::StrCat("smonsvc/", kVersion);
  return options;
}

Monitor::Options MonitorOptions(const Config& config) {
  Monitor::Options options;
  options.version = kVersion;
  options.poller.interval = config.interval;
  options.poller.job_pattern = config.job_pattern;
  options.poller.partitions = config.partitions;
  options.poller.shared_logs = config.shared_logs;
  options.poller.retention.age = config.retention_age;
  options.poller.retention.jobs = config.retention_jobs;
  options.poller.track_running = config.track_running;
  options.submitter.submit_rate = config.submit_rate;
  options.submitter.result_rate = config.result_rate;
  options.submitter.request_timeout = config.timeout;
  options.submitter.track_running = config.track_running;
  options.submitter.policy.log_wait = config.log_wait;
  options.submitter.policy.verdict_wait = config.verdict_wait;
  return options;
}

Security::Options SecurityOptions(const Config& config) {
  const SecurityConfig& from = config.security;
  return {{from.tls_cert, from.tls_key, from.tls_client_ca}, from.token_file};
}

}  // namespace smon
