#include "server/check_files.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/clock.h"
#include "server/config/problems.h"
#include "server/part_options.h"
#include "server/security.h"
#include "server/start_checks.h"
#include "slurm/rest/jwt_file.h"

namespace smon {

void CheckFiles(const Config& config, const Settings& settings,
                std::vector<std::string>* problems) {
  Problems found(settings, problems);
  found.Add(CheckUser(config));
  const SecurityConfig& security = config.security;
  const std::string jwt_file =
      config.slurmrestd.has_value() ? config.slurmrestd->jwt_file : "";
  for (const auto& [flag, path] :
       {std::pair("tls_cert", security.tls_cert),
        std::pair("tls_key", security.tls_key),
        std::pair("tls_client_ca", security.tls_client_ca),
        std::pair("token_file", security.token_file),
        std::pair("slurm_jwt_file", jwt_file),
        std::pair("store_password_file", config.store_password_file)}) {
    if (path.empty() || access(path.c_str(), R_OK) == 0) continue;
    found.Add(absl::NotFoundError(absl::StrCat(
        "--", flag, ": cannot read '", path, "': ", std::strerror(errno))));
  }
  if (!problems->empty()) return;
  SystemClock clock;
  found.Add(Security::Open(SecurityOptions(config), &clock).status());
  if (!jwt_file.empty()) found.Add(slurm::ReadJwtFile(jwt_file).status());
}

}  // namespace smon
