#ifndef SMON_SERVER_CONFIG_PROBLEMS_H_
#define SMON_SERVER_CONFIG_PROBLEMS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/config/flags.h"

namespace smon {

// Takes values that are good, and notes what is wrong with the others.
class Problems {
 public:
  // Both outlive it. `problems` gets a line for each.
  Problems(const Settings& settings, std::vector<std::string>* problems)
      : settings_(settings), problems_(problems) {}

  // Messages begin with the flag that they are about, "--port: …", and are
  // put behind the place where it was given: "/etc/smonsvc/smonsvc.yaml:3: ".
  void Add(const absl::Status& status);

  template <typename T>
  void Take(absl::StatusOr<T> value, T* to) {
    Add(value.status());
    if (value.ok()) *to = *std::move(value);
  }

 private:
  const Settings& settings_;
  std::vector<std::string>* const problems_;
};

}  // namespace smon

#endif  // SMON_SERVER_CONFIG_PROBLEMS_H_
