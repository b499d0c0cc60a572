#include "client/testing/smonctl_run.h"

namespace smon::client {

ProgramRun RunSmonctl(const std::string& address, std::vector<std::string> args,
                      ProgramOptions options) {
  // Tests run in the runfiles folder of the workspace.
  args.insert(args.begin(), "client/smonctl");
  options.environment.push_back("TZ=UTC");
  if (!address.empty()) {
    options.environment.push_back("SMONCTL_ADDRESS=" + address);
  }
  return RunProgram(args, options);
}

v1::Job FailedJob(const std::string& job_id) {
  v1::Job job;
  job.set_job_id(job_id);
  job.set_name("train");
  job.set_user("alice");
  job.set_partition("gpu");
  job.set_state(v1::Job::FAILED);
  job.set_state_text("FAILED");
  job.set_reason("NonZeroExitCode");
  job.set_exit_code(1);
  job.set_exit_signal(0);
  job.mutable_submit_time()->set_seconds(1795359600);
  job.mutable_start_time()->set_seconds(1795359700);
  job.mutable_end_time()->set_seconds(1795359791);  // 2026-11-22T15:03:11Z
  job.set_work_dir("/home/alice");
  job.set_stdout_path("/home/alice/train.out");
  job.set_stdout_path_source(v1::StdoutPath::SQUEUE);
  job.mutable_delivery()->set_phase(v1::Delivery::COMPLETED);
  job.mutable_delivery()->set_submit_attempts(1);
  job.mutable_delivery()->set_result_attempts(3);
  job.mutable_verdict()->set_action(v1::Verdict::RESTART);
  job.mutable_verdict()->set_action_text("RESTART");
  job.mutable_verdict()->set_reason("NCCL timeout");
  job.mutable_verdict()->set_source("log_analyzer");
  job.mutable_verdict()->set_mode("single");
  return job;
}

}  // namespace smon::client
