#include "server/slurm_source.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/version.h"
#include "slurm/cli_slurm_client.h"
#include "slurm/rest/rest_slurm_client.h"

namespace smon {

SlurmSource::SlurmSource(const Config& config) {
  if (config.slurmrestd.has_value()) {
    AskSlurmrestd(config);
  } else {
    AskCommands(config);
  }
}

void SlurmSource::AskCommands(const Config& config) {
  slurm::CliSlurmClient::Options options;
  options.partitions = config.partitions;
  options.user = config.user;
  if (config.clusters.empty()) {
    clients_.push_back(
        std::make_unique<slurm::CliSlurmClient>(&commands_, options));
  }
  for (const std::string& cluster : config.clusters) {
    options.cluster = cluster;
    // Were each to look, the controller of slurm.conf would be asked by all.
    options.may_be_local = clients_.empty();
    clients_.push_back(
        std::make_unique<slurm::CliSlurmClient>(&commands_, options));
  }
}

void SlurmSource::AskSlurmrestd(const Config& config) {
  slurm::HttpGetOptions http;
  http.server = config.slurmrestd->url;
  http.user_agent = absl::StrCat("smonsvc/", kVersion);
  http_.emplace(std::move(http));
  slurm::RestSlurmClient::Options options;
  options.partitions = config.partitions;
  options.user = config.user;
  options.slurm_user = config.slurmrestd->user;
  options.jwt_file = config.slurmrestd->jwt_file;
  options.cluster = config.slurmrestd->cluster;
  clients_.push_back(
      std::make_unique<slurm::RestSlurmClient>(&*http_, std::move(options)));
}

void SlurmSource::Cancel() {
  commands_.Cancel();
  if (http_.has_value()) http_->Cancel();
}

}  // namespace smon
