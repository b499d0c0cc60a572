#ifndef SMON_SERVER_SECURITY_H_
#define SMON_SERVER_SECURITY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "proto/smon/v1/monitor.pb.h"
#include "server/auth/authorizer.h"
#include "server/auth/protected_file.h"
#include "server/tls/tls_source.h"

namespace smon {

// The secrets that the ports work with, from files that are read again when
// they change. What is new but cannot be used is reported, and the old stays.
class Security {
 public:
  struct Options {
    TlsPaths tls;            // without a certificate: no TLS
    std::string token_file;  // may be empty
  };

  // Reads all files. Errors name the flag, the file and the mend. `clock`
  // outlives the result.
  static absl::StatusOr<std::unique_ptr<Security>> Open(Options options,
                                                        const Clock* clock);

  // Reads what has changed and has then stayed the same since the last call;
  // all of it, if `at_once`. To be called by one thread, each second.
  void Refresh(bool at_once);

  Authorizer* authorizer() { return &authorizer_; }
  // Null without TLS.
  TlsSource* tls() { return tls_.get(); }

  // Whether there are any. Thread-safe.
  bool has_secrets() const {
    return !token_file_.paths.empty() || !tls_files_.paths.empty();
  }
  // What is wrong with the files; OK when nothing is. Thread-safe.
  absl::Status Check() const;
  // Adds the component "secrets", where there are any. Thread-safe.
  void AddHealth(v1::Health* health) const;

 private:
  // A file, or some that belong together.
  struct Watched {
    std::vector<std::string> paths;
    std::vector<FileStamp> seen;  // at the last call
    std::vector<FileStamp> read;  // when read last
  };

  Security(Options options, const Clock* clock);
  absl::Status LoadTokens();
  absl::Status LoadCertificates();
  // Whether to read the files now.
  bool IsDue(Watched* watched, bool at_once);
  void Note(absl::string_view what, const std::string& path,
            const absl::Status& status, absl::Status* problem);

  const Options options_;
  const Clock* const clock_;
  Authorizer authorizer_;
  std::unique_ptr<TlsSource> tls_;
  Watched token_file_;
  Watched tls_files_;
  mutable Mutex mu_;
  absl::Status token_problem_;               // guarded by mu_
  absl::Status tls_problem_;                 // guarded by mu_
  absl::Time changed_ ABSL_GUARDED_BY(mu_);  // one of them, last
};

}  // namespace smon

#endif  // SMON_SERVER_SECURITY_H_
