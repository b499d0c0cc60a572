#ifndef SMON_SERVER_TLS_TLS_SOURCE_H_
#define SMON_SERVER_TLS_TLS_SOURCE_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/mutex.h"
#include "server/tls/server_context.h"

namespace smon {

// PEM files.
struct TlsPaths {
  std::string certificate;  // the server's, and those between it and the root
  std::string key;
  std::string client_ca;  // may be empty: clients are asked for no certificate
};

// What the files held at one time: a key that fits its certificate.
struct TlsMaterial {
  std::string certificate;
  std::string key;
  std::string client_ca;
  absl::Time expires;
  std::shared_ptr<boost::asio::ssl::context> context;  // TLS 1.2 or newer
};

// Errors name the file and the mend, and never what is in it.
absl::StatusOr<std::shared_ptr<const TlsMaterial>> LoadTls(
    const TlsPaths& paths);

// What new connections are made with; those that are open stay as they are.
// Thread-safe.
class TlsSource : public ServerContextSource {
 public:
  explicit TlsSource(std::shared_ptr<const TlsMaterial> material)
      : material_(std::move(material)) {}

  void Set(std::shared_ptr<const TlsMaterial> material) {
    MutexLock lock(&mu_);
    material_ = std::move(material);
  }
  std::shared_ptr<const TlsMaterial> Current() const {
    MutexLock lock(&mu_);
    return material_;
  }
  std::shared_ptr<boost::asio::ssl::context> ServerContext() override {
    return Current()->context;
  }

 private:
  mutable Mutex mu_;
  std::shared_ptr<const TlsMaterial> material_ ABSL_GUARDED_BY(mu_);
};

}  // namespace smon

#endif  // SMON_SERVER_TLS_TLS_SOURCE_H_
