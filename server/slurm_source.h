#ifndef SMON_SERVER_SLURM_SOURCE_H_
#define SMON_SERVER_SLURM_SOURCE_H_

#include <memory>
#include <optional>
#include <vector>

#include "server/config/config.h"
#include "slurm/command_runner.h"
#include "slurm/rest/http_get.h"
#include "slurm/slurm_client.h"

namespace smon {

// Slurm by way of its commands or of slurmrestd, as --slurm_source says.
class SlurmSource {
 public:
  explicit SlurmSource(const Config& config);

  // One for each of --clusters, in their order; one where none is named.
  const std::vector<std::unique_ptr<slurm::SlurmClient>>& clients() const {
    return clients_;
  }

  // Ends what is asked of Slurm, now and from now on. Thread-safe.
  void Cancel();

 private:
  void AskCommands(const Config& config);
  void AskSlurmrestd(const Config& config);

  slurm::PosixCommandRunner commands_;
  std::optional<slurm::HttpGetter> http_;
  std::vector<std::unique_ptr<slurm::SlurmClient>> clients_;
};

}  // namespace smon

#endif  // SMON_SERVER_SLURM_SOURCE_H_
