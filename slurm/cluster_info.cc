#include "slurm/cluster_info.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace smon::slurm {

absl::StatusOr<ClusterInfo> ParseClusterInfo(absl::string_view output) {
  ClusterInfo info;
  for (const absl::string_view line : absl::StrSplit(output, '\n')) {
    const size_t equals = line.find('=');
    if (equals == absl::string_view::npos) continue;
    const absl::string_view key =
        absl::StripAsciiWhitespace(line.substr(0, equals));
    const absl::string_view value =
        absl::StripAsciiWhitespace(line.substr(equals + 1));
    if (key == "ClusterName") {
      info.name = std::string(value);
    } else if (key == "SLURM_VERSION") {
      info.version = std::string(value);
    } else if (key == "MinJobAge") {  // "300 sec"
      int32_t seconds;
      if (absl::SimpleAtoi(value.substr(0, value.find(' ')), &seconds) &&
          seconds >= 0) {
        info.min_job_age = absl::Seconds(seconds);
      }
    } else if (key == "AccountingStorageType") {
      // "(null)" is what newer versions print for none.
      info.has_accounting = !value.empty() && value != "(null)" &&
                            value != "accounting_storage/none";
    } else if (key == "PrivateData") {
      info.private_data = std::string(value);
    } else if (key == "SlurmUser") {  // "slurm(64030)"
      info.slurm_user = std::string(value.substr(0, value.find('(')));
    }
  }
  if (info.name.empty()) {
    return absl::InternalError(
        "scontrol show config does not tell the ClusterName");
  }
  return info;
}

}  // namespace smon::slurm
