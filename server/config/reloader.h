#ifndef SMON_SERVER_CONFIG_RELOADER_H_
#define SMON_SERVER_CONFIG_RELOADER_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "server/config/config.h"
#include "server/config/flags.h"
#include "server/config/reload_record.h"

namespace smon {

// Reads the settings again while the service runs, as SIGHUP asks for. Not
// thread-safe; no other thread may read the flags.
class Reloader {
 public:
  // To be made while the flags hold what the service runs with, which
  // `arguments` and `environment` set. `apply` gets settings of which those
  // have changed that can change; it ignores the others. What comes of each
  // reading is noted in `record`, which outlives this object.
  Reloader(std::vector<std::string> arguments, Environment environment,
           ReloadRecord* record, std::function<void(const Config&)> apply);

  // Reads the file of --config, if there is one. Where anything is wrong with
  // it, all settings stay as they are. Logs what has changed, what would need a
  // restart, and what is wrong.
  void Reload();

 private:
  const std::vector<std::string> arguments_;
  const Environment environment_;
  ReloadRecord* const record_;
  const std::function<void(const Config&)> apply_;
  std::map<std::string, std::string> running_;  // values by flag
};

}  // namespace smon

#endif  // SMON_SERVER_CONFIG_RELOADER_H_
