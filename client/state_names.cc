#include "client/state_names.h"

#include <string>

#include "google/protobuf/descriptor.h"

namespace smon::client {
namespace {

// LAUNCH_FAILED, RECONFIG_FAIL and smonsvc's own two have no short name.
std::string ShortName(v1::Job::State state) {
  switch (state) {
    case v1::Job::PENDING:
      return "PD";
    case v1::Job::RUNNING:
      return "R";
    case v1::Job::SUSPENDED:
      return "S";
    case v1::Job::CONFIGURING:
      return "CF";
    case v1::Job::COMPLETING:
      return "CG";
    case v1::Job::STAGE_OUT:
      return "SO";
    case v1::Job::SIGNALING:
      return "SI";
    case v1::Job::STOPPED:
      return "ST";
    case v1::Job::RESIZING:
      return "RS";
    case v1::Job::RESV_DEL_HOLD:
      return "RD";
    case v1::Job::REQUEUE_FED:
      return "RF";
    case v1::Job::REQUEUE_HOLD:
      return "RH";
    case v1::Job::REQUEUED:
      return "RQ";
    case v1::Job::SPECIAL_EXIT:
      return "SE";
    case v1::Job::COMPLETED:
      return "CD";
    case v1::Job::FAILED:
      return "F";
    case v1::Job::CANCELLED:
      return "CA";
    case v1::Job::TIMEOUT:
      return "TO";
    case v1::Job::OUT_OF_MEMORY:
      return "OOM";
    case v1::Job::NODE_FAIL:
      return "NF";
    case v1::Job::PREEMPTED:
      return "PR";
    case v1::Job::BOOT_FAIL:
      return "BF";
    case v1::Job::DEADLINE:
      return "DL";
    case v1::Job::REVOKED:
      return "RV";
    default:
      return "";
  }
}

std::vector<ValueName> BuildStateNames() {
  std::vector<ValueName> names = NamesOf(*v1::Job::State_descriptor());
  ValueName active{"active", "", {}};
  ValueName ended{"ended", "", {}};
  ValueName unsuccessful{"unsuccessful", "", {}};
  for (ValueName& name : names) {
    const auto state = static_cast<v1::Job::State>(name.values.front());
    name.short_name = ShortName(state);
    (IsEnded(state) ? ended : active).values.push_back(state);
    if (IsUnsuccessful(state)) unsuccessful.values.push_back(state);
  }
  names.insert(names.end(), {active, ended, unsuccessful});
  return names;
}

}  // namespace

const std::vector<ValueName>& StateNames() {
  static const auto& names = *new std::vector<ValueName>(BuildStateNames());
  return names;
}

bool IsEnded(v1::Job::State state) {
  return (state >= v1::Job::COMPLETED && state <= v1::Job::RECONFIG_FAIL) ||
         state == v1::Job::FINISHED;
}

bool IsUnsuccessful(v1::Job::State state) {
  return IsEnded(state) && state != v1::Job::COMPLETED;
}

}  // namespace smon::client
