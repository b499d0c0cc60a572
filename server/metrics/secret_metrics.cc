#include "server/metrics/secret_metrics.h"

#include "server/metrics/families.h"

namespace smon {

std::vector<prometheus::MetricFamily> SecretMetrics::Collect() const {
  const Reading reading = read_();
  Families families;
  if (!reading.has_secrets) return families.Take();
  families.Gauge("smonsvc_secrets_usable",
                 "Whether the certificate and the tokens could be read when "
                 "they changed, and are good.",
                 reading.usable);
  families.Timestamp("smonsvc_certificate_expiry_timestamp_seconds",
                     "End of the certificate that both ports show.",
                     reading.certificate_expires);
  return families.Take();
}

}  // namespace smon
