#ifndef SMON_SERVER_DIAGNOSIS_HOST_FINDINGS_H_
#define SMON_SERVER_DIAGNOSIS_HOST_FINDINGS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/diagnosis/finding.h"
#include "server/monitor/store.h"

namespace smon {

// What is known of the service's own host: its settings, disk, ports, secrets.
struct HostFacts {
  // What was wrong with the settings when they were read again last; those of
  // `settings_since` are in use.
  absl::Status settings;
  absl::Time settings_since;
  std::string store;       // --store
  absl::Status store_use;  // why it cannot be read or written; OK: it can
  std::optional<StoreSize> store_size;
  std::string grpc;         // "127.0.0.1:8101"
  std::string http;         // "127.0.0.1:8100", or "off"
  bool on_loopback = true;  // both
  bool has_tls = false;
  bool has_authentication = false;  // tokens or client certificates
  absl::Status secrets;             // what is wrong with their files
  absl::Time now;
  absl::Time certificate_expires = absl::InfiniteFuture();
};

// "settings", "store", "ports", "certificate".
Findings HostFindings(const HostFacts& facts);

}  // namespace smon

#endif  // SMON_SERVER_DIAGNOSIS_HOST_FINDINGS_H_
