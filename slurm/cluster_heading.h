#ifndef SMON_SLURM_CLUSTER_HEADING_H_
#define SMON_SLURM_CLUSTER_HEADING_H_

#include <functional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace smon::slurm {

// Takes away the line "CLUSTER: NAME" with which squeue and sinfo begin what
// they print of a cluster that was named with -M. With -h, 22.05 prints none.
//
//   ClusterHeading heading("alps", [&](absl::string_view piece) { … });
//   heading.Feed("CLUSTER: al"); heading.Feed("ps\n12|"); heading.Finish();
//
// Not thread-safe.
class ClusterHeading {
 public:
  ClusterHeading(absl::string_view cluster,
                 std::function<void(absl::string_view)> on_output);

  // A piece of the output, in their order; passes on what is no heading.
  void Feed(absl::string_view piece);
  // There is no more. Once.
  void Finish();

 private:
  const std::string line_;
  const std::function<void(absl::string_view)> on_output_;
  std::string held_;  // what may be the line's beginning
  bool passed_ = false;
};

}  // namespace smon::slurm

#endif  // SMON_SLURM_CLUSTER_HEADING_H_
