#ifndef SMON_SERVER_DIAGNOSIS_DELIVERY_FINDINGS_H_
#define SMON_SERVER_DIAGNOSIS_DELIVERY_FINDINGS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/diagnosis/finding.h"
#include "server/monitor/store.h"

namespace smon {

// One kind of trouble with logs that were not delivered for it.
struct LogTrouble {
  int64_t jobs = 0;
  std::string job_id;  // of one of them, the newest
  std::string log_path;
  std::string error;  // in attrsvc's words
};

// What is known of attrsvc, and of the logs that it is to read.
struct DeliveryFacts {
  std::string attrsvc;           // its address, as in messages
  absl::Status answer;           // to a question asked now
  bool questions_block = false;  // attrsvc's documented form
  absl::Time now;
  absl::Time newest_end = absl::InfinitePast();  // of all jobs
  LogTrouble not_permitted;                      // PERMISSION_DENIED
  LogTrouble not_found;                          // NOT_FOUND
  LogTrouble unresolved;                         // UNRESOLVED_PATH
};

// Asks the store for what it knows of the logs, some short questions.
absl::Status AddLogFacts(Store* store, DeliveryFacts* facts);

// "attrsvc", "log_root", "logs", "log_paths", "slurm_clock".
Findings DeliveryFindings(const DeliveryFacts& facts);

}  // namespace smon

#endif  // SMON_SERVER_DIAGNOSIS_DELIVERY_FINDINGS_H_
