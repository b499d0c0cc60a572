#ifndef SMON_TESTING_BENCH_STANDIN_CLUSTER_H_
#define SMON_TESTING_BENCH_STANDIN_CLUSTER_H_

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace smon {

// A folder with a stand-in cluster in it, removed at the end. Its squeue and so
// on come first in this process's PATH.
class StandinCluster {
 public:
  explicit StandinCluster(const std::string& program) {
    std::string folder =
        (std::filesystem::temp_directory_path() / "smon-bench-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) std::abort();
    folder_ = folder;
    std::filesystem::create_directory(folder_ / "bin");
    for (const char* name : {"squeue", "sacct", "scontrol", "sinfo"}) {
      std::filesystem::create_symlink(program, folder_ / "bin" / name);
    }
    const char* const path = std::getenv("PATH");
    setenv("PATH",
           absl::StrCat((folder_ / "bin").string(), ":",
                        path == nullptr ? "" : path)
               .c_str(),
           1);
    setenv("STANDIN_SLURM_STATE", folder_.c_str(), 1);
  }
  ~StandinCluster() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  StandinCluster(const StandinCluster&) = delete;
  StandinCluster& operator=(const StandinCluster&) = delete;

  // The id of the first job; those of the others follow.
  static constexpr int64_t kFirstId = 1000000;

  // Two of three jobs run, one waits; the first `ended` of the running ones
  // have ended.
  void SetJobs(int64_t jobs, int64_t ended) {
    const int64_t running = jobs * 2 / 3;
    const int64_t now = absl::ToUnixSeconds(start_);
    const auto generate = [now](int64_t count, int64_t first_id,
                                absl::string_view rest) {
      return absl::StrCat(
          R"({"count": )", count, R"(, "first_id": )", first_id,
          R"(, "name": "train-llama-70b", "user": "root", "submit": )",
          now - 7200,
          R"(, "work_dir": "/lustre/project/llm/experiments/run-2026-11",)",
          R"( "stdout": "/lustre/project/llm/experiments/logs/%x-%j.out", )",
          rest, "}");
    };
    const std::string started =
        absl::StrCat(R"("start": )", now - 3600, R"(, "batch_host": "n1")");
    std::ofstream file(folder_ / "state.json.new");
    file << R"({"generate": [)"
         << generate(ended, kFirstId,
                     absl::StrCat(R"("state": "FAILED", "exit_status": 256, )",
                                  started, R"(, "end": )", now))
         << ", "
         << generate(running - ended, kFirstId + ended,
                     absl::StrCat(R"("state": "RUNNING", )", started))
         << ", "
         << generate(jobs - running, kFirstId + running,
                     R"("state": "PENDING", "reason": "Priority")")
         << "]}";
    file.close();
    std::filesystem::rename(folder_ / "state.json.new", folder_ / "state.json");
  }

  std::string StorePath() const { return (folder_ / "smon.db").string(); }

 private:
  const absl::Time start_ = absl::Now();
  std::filesystem::path folder_;
};

}  // namespace smon

#endif  // SMON_TESTING_BENCH_STANDIN_CLUSTER_H_
