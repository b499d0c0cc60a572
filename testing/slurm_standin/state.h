#ifndef SMON_TESTING_SLURM_STANDIN_STATE_H_
#define SMON_TESTING_SLURM_STANDIN_STATE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace smon::slurm_standin {

// One run of a job, as the state file describes it. Text is any bytes. Times
// are epoch seconds; 0 is "not yet" or "never".
struct Job {
  int64_t raw_id = 0;
  std::optional<int64_t> array_job_id;
  std::optional<int64_t> array_task_id;
  std::string array_summary;  // "0-10%2": waiting tasks, not one task
  std::optional<int64_t> het_job_id;
  int64_t het_offset = 0;
  std::string het_id_set;  // "36-37"; told from the other components

  std::string name;
  std::string user = "root";
  std::string partition = "batch";
  std::string state = "RUNNING";  // Slurm's long name
  std::string reason = "None";
  std::optional<int64_t> cancelled_by;    // sacct: "CANCELLED by 0"
  int64_t exit_status = 0;                // wait status, as squeue's exit_code
  std::optional<std::string> sacct_exit;  // "1:0", where sacct says otherwise
  int64_t restart_count = 0;

  int64_t submit = 0;
  int64_t eligible = 0;  // when not given, `submit`
  int64_t start = 0;
  int64_t end = 0;
  int64_t time_limit_minutes = 10;

  std::string work_dir = "/tmp";
  std::string stdout_pattern;  // as given to --output; empty for the default
  std::string stderr_pattern;  // empty: where stdout goes
  std::string command;
  std::string comment;
  bool batch = true;
  std::string batch_host;
  std::string submit_line;
  std::optional<std::string> batch_script;  // when accounting stores it

  bool in_queue = true;       // slurmctld still holds it
  bool in_accounting = true;  // slurmdbd knows it
};

// What goes wrong with a command. Without any of the fields that say so, the
// command runs as it should.
struct Fault {
  std::string args_contain;  // only for calls with this in their arguments
  std::string preset;        // see fault_presets.h
  int64_t sleep_ms = 0;
  std::optional<int> exit_status;
  std::string stdout_before;
  std::string stderr_text;
  std::optional<int64_t> truncate_bytes;  // of standard output
  int64_t garbage_bytes = 0;              // printed in place of the output
  bool empty = false;                     // print nothing, end with status 0
  bool hang = false;                      // never end (after what is printed)
  bool ignore_sigterm = false;
  int signal = 0;  // end by this signal (after what is printed)
};

struct Partition {
  std::string name;
  bool is_default = false;
};

// A cluster, as of one moment.
struct State {
  std::string cluster = "proof";
  // The state directories of the other clusters of its slurmdbd, by name.
  std::map<std::string, std::string> clusters;
  std::string package = "slurm-wlm";  // "slurm" when not built by Debian
  std::string version = "22.05.8";
  int64_t min_job_age = 300;
  bool accounting = true;
  std::vector<Partition> partitions = {{"batch", true}};
  std::map<std::string, int64_t> users;  // name -> uid, besides the system's
  // Node name -> host name. A node that a job's batch_host names is there, too,
  // on a host of the same name.
  std::map<std::string, std::string> nodes;
  std::optional<int64_t> now;  // a fixed clock
  std::vector<Job> jobs;
  std::map<std::string, std::vector<Fault>> faults;  // by command

  // {22, 5} of "22.05.8".
  std::pair<int, int> MajorMinor() const;
};

// Reads state.json's text. INVALID_ARGUMENT when it is not what README.md
// describes; a key that is not known is an error, too, so that no test relies
// on a misspelt one.
absl::StatusOr<State> ParseState(absl::string_view text);

// Reads DIRECTORY/state.json.
absl::StatusOr<State> LoadState(const std::string& directory);

}  // namespace smon::slurm_standin

#endif  // SMON_TESTING_SLURM_STANDIN_STATE_H_
