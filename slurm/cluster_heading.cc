#include "slurm/cluster_heading.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace smon::slurm {

ClusterHeading::ClusterHeading(absl::string_view cluster,
                               std::function<void(absl::string_view)> on_output)
    : line_(absl::StrCat("CLUSTER: ", cluster, "\n")),
      on_output_(std::move(on_output)) {}

void ClusterHeading::Feed(absl::string_view piece) {
  if (passed_) return on_output_(piece);
  held_.append(piece.data(), piece.size());
  const size_t known = std::min(held_.size(), line_.size());
  const bool may_be_it = held_.compare(0, known, line_, 0, known) == 0;
  if (may_be_it && known < line_.size()) return;
  const absl::string_view rest =
      absl::string_view(held_).substr(may_be_it ? line_.size() : 0);
  passed_ = true;
  if (!rest.empty()) on_output_(rest);
  held_.clear();
}

void ClusterHeading::Finish() {
  if (!passed_ && !held_.empty()) on_output_(held_);
  passed_ = true;
}

}  // namespace smon::slurm
