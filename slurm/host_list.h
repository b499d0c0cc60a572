#ifndef SMON_SLURM_HOST_LIST_H_
#define SMON_SLURM_HOST_LIST_H_

#include <string>

#include "absl/strings/string_view.h"

namespace smon::slurm {

// The first node of a node list as Slurm prints it: "n1" of "n1",
// "rack[01-03,07]n[1-4]" is "rack01n1". Empty when there is none: "",
// "None assigned", "n/a", or not a node list.
std::string FirstHost(absl::string_view node_list);

}  // namespace smon::slurm

#endif  // SMON_SLURM_HOST_LIST_H_
