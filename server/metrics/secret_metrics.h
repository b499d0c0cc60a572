#ifndef SMON_SERVER_METRICS_SECRET_METRICS_H_
#define SMON_SERVER_METRICS_SECRET_METRICS_H_

#include <prometheus/collectable.h>

#include <functional>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace smon {

// The certificate and the tokens that the ports work with. Nothing is shown of
// what they hold. Thread-safe, if what it is given is.
class SecretMetrics final : public prometheus::Collectable {
 public:
  struct Reading {
    bool has_secrets = false;  // otherwise nothing is shown
    // Whether the files could be read when they changed last, and the
    // certificate has not expired.
    bool usable = true;
    // Of the server's certificate; InfinitePast without TLS.
    absl::Time certificate_expires = absl::InfinitePast();
  };

  // `read` is called at each scrape, and must not block.
  explicit SecretMetrics(std::function<Reading()> read)
      : read_(std::move(read)) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::function<Reading()> read_;
};

}  // namespace smon

#endif  // SMON_SERVER_METRICS_SECRET_METRICS_H_
