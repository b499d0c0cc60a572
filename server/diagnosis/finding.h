#ifndef SMON_SERVER_DIAGNOSIS_FINDING_H_
#define SMON_SERVER_DIAGNOSIS_FINDING_H_

#include <string>
#include <vector>

#include "proto/smon/v1/monitor.pb.h"

namespace smon {

// One thing that was looked at; see v1::Diagnosis::Finding. Text of Slurm or
// attrsvc may be any bytes.
struct Finding {
  std::string name;
  v1::Diagnosis::Level level = v1::Diagnosis::OK;
  std::string text;
  std::string mend;  // empty when it is OK
  std::string cluster = "";
};

using Findings = std::vector<Finding>;

}  // namespace smon

#endif  // SMON_SERVER_DIAGNOSIS_FINDING_H_
