#ifndef SMON_TESTING_ATTRSVC_STANDIN_TARGET_H_
#define SMON_TESTING_ATTRSVC_STANDIN_TARGET_H_

#include <map>
#include <string>

#include "absl/strings/string_view.h"

namespace smon::attrsvc_standin {

// An HTTP request's target, with its escapes undone.
struct Target {
  std::string path;
  std::map<std::string, std::string> query;  // the last of a repeated name

  // The parameter's value, or "".
  std::string Get(const std::string& name) const;
};

Target ParseTarget(absl::string_view text);

}  // namespace smon::attrsvc_standin

#endif  // SMON_TESTING_ATTRSVC_STANDIN_TARGET_H_
