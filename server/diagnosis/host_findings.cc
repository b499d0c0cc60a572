#include "server/diagnosis/host_findings.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace smon {
namespace {

using Diagnosed = v1::Diagnosis;

constexpr int64_t kMiB = 1 << 20;
// Below these, the disk is soon full, or as good as full.
constexpr int64_t kLittleSpace = 1024 * kMiB;
constexpr int64_t kNoSpace = 64 * kMiB;
constexpr absl::Duration kDay = absl::Hours(24);

// "12.3 MiB", "1.2 GiB".
std::string Bytes(int64_t bytes) {
  const double mib = static_cast<double>(bytes) / kMiB;
  return mib < 1024 ? absl::StrFormat("%.1f MiB", mib)
                    : absl::StrFormat("%.1f GiB", mib / 1024);
}

Finding SettingsFinding(const HostFacts& facts) {
  const std::string since =
      absl::StrCat("those of ",
                   absl::FormatTime("%Y-%m-%d %H:%M:%SZ", facts.settings_since,
                                    absl::UTCTimeZone()),
                   " are in use");
  if (facts.settings.ok()) return {"settings", Diagnosed::OK, since, ""};
  return {"settings", Diagnosed::WARNING,
          absl::StrCat(facts.settings.message(), "; ", since),
          "mend the file of --config, look with smonsvc --check_config, and "
          "reload: with this file the service would not start"};
}

Finding StoreFinding(const HostFacts& facts) {
  if (!facts.store_use.ok()) {
    return {"store", Diagnosed::FAILURE,
            absl::StrCat(facts.store, ": ", facts.store_use.message()),
            "see docs/STORE.md: a full disk, a read-only or a damaged file"};
  }
  if (!facts.store_size.has_value()) {
    return {"store", Diagnosed::OK, absl::StrCat(facts.store, " is in use"),
            ""};
  }
  const StoreSize& size = *facts.store_size;
  const std::string text = absl::StrCat(
      facts.store, ": ", Bytes(size.database_bytes + size.wal_bytes), ", ",
      Bytes(size.free_bytes), " of its disk are free");
  if (size.free_bytes >= kLittleSpace) {
    return {"store", Diagnosed::OK, text, ""};
  }
  return {"store",
          size.free_bytes < kNoSpace ? Diagnosed::FAILURE : Diagnosed::WARNING,
          text,
          "make room on the disk; --retention_age and --retention_jobs say how "
          "much is kept"};
}

Finding PortsFinding(const HostFacts& facts) {
  const std::string text = absl::StrCat(
      "gRPC ", facts.grpc, ", HTTP ", facts.http, ", ",
      facts.has_tls ? "TLS" : "no TLS", ", ",
      facts.has_authentication ? "callers say who they are"
                               : "whoever connects may read and write");
  if (facts.on_loopback || (facts.has_tls && facts.has_authentication)) {
    return {"ports", Diagnosed::OK, text, ""};
  }
  return {"ports", Diagnosed::WARNING, text,
          "other hosts reach these ports: set --tls_cert, --tls_key and "
          "--token_file (docs/SECURITY.md)"};
}

Finding Certificate(const HostFacts& facts) {
  if (!facts.secrets.ok()) {
    return {"certificate", Diagnosed::FAILURE,
            std::string(facts.secrets.message()),
            "until it is mended the secrets of before are used"};
  }
  if (!facts.has_tls) {
    return {"certificate", Diagnosed::OK, "none is used", ""};
  }
  const absl::Duration left = facts.certificate_expires - facts.now;
  const std::string date = absl::FormatTime(
      "%Y-%m-%d", facts.certificate_expires, absl::UTCTimeZone());
  const std::string mend =
      "put a new certificate and key in place: they are read without a restart";
  if (left <= absl::ZeroDuration()) {
    return {"certificate", Diagnosed::FAILURE,
            absl::StrCat("expired on ", date), mend};
  }
  const std::string text =
      absl::StrCat("expires on ", date, ", in ", left / kDay, " days");
  if (left >= 30 * kDay) return {"certificate", Diagnosed::OK, text, ""};
  return {"certificate", Diagnosed::WARNING, text, mend};
}

}  // namespace

Findings HostFindings(const HostFacts& facts) {
  return {SettingsFinding(facts), StoreFinding(facts), PortsFinding(facts),
          Certificate(facts)};
}

}  // namespace smon
