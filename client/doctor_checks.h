#ifndef SMON_CLIENT_DOCTOR_CHECKS_H_
#define SMON_CLIENT_DOCTOR_CHECKS_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/credentials.h"
#include "proto/smon/v1/monitor.pb.h"

namespace smon::client {

using Finding = v1::Diagnosis::Finding;

// `mend` is empty when it is OK.
Finding MakeFinding(const std::string& name, v1::Diagnosis::Level level,
                    const std::string& text, const std::string& mend = "");

// "client_version": whether smonctl is of the same version as smonsvc.
Finding CheckVersions(const std::string& own, const std::string& server);

// "client_clock": whether this host's clock is that of smonsvc's host, told at
// some time between `asked` and `answered`.
Finding CheckClock(absl::Time asked, absl::Time server, absl::Time answered,
                   const std::string& server_zone);

// "token_file" and "client_certificate", where there are such: whether others
// may read the token and the key, and until when the certificates hold.
std::vector<Finding> CheckCredentials(const CredentialFiles& files,
                                      absl::Time now);

// "munge", for smonsvc's own host: whether something listens on the socket.
// Where Slurm answers it authenticates, by another socket or without munge.
Finding CheckMunge(const std::string& socket_path, bool slurm_answers);

// "log_access", for smonsvc's own host: which of the logs can be opened here.
// A file system that does not answer within `patience` is a failure, and leaves
// a thread behind that waits for it.
Finding CheckLogs(const std::vector<std::string>& paths,
                  absl::Duration patience);

}  // namespace smon::client

#endif  // SMON_CLIENT_DOCTOR_CHECKS_H_
