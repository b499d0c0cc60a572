#ifndef SMON_SERVER_CONFIG_FLAG_TABLE_H_
#define SMON_SERVER_CONFIG_FLAG_TABLE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace smon {

// The settings of smonsvc: a gflag for each, which flag_table.cc defines, with
// the names by which they are given. Thread-safe but for the flags' values.

// All flags, in the order of --help.
std::vector<std::string> FlagNames();

// Variables that set a flag, the stronger first. Only the Attribution Service
// has other names than the rule gives: its own deployment sets those.
std::vector<std::string> VariablesOf(const std::string& flag);

// "attrsvc-endpoint" to "attrsvc_url"; empty when there is no such flag.
std::string FindFlag(absl::string_view spelled);

// The flag that this is most likely a slip of; empty when none is near.
std::string NearestFlag(absl::string_view spelled);

enum class FlagType { kBool, kNumber, kText };
// Of a flag that exists.
FlagType TypeOf(const std::string& flag);

// The manual that --help prints.
std::string HelpText();

}  // namespace smon

#endif  // SMON_SERVER_CONFIG_FLAG_TABLE_H_
