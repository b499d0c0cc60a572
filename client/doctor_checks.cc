#include "client/doctor_checks.h"

#include <fcntl.h>
#include <openssl/asn1.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace smon::client {
namespace {

using Diagnosed = v1::Diagnosis;

constexpr absl::Duration kClockSlack = absl::Seconds(5);
constexpr absl::Duration kDay = absl::Hours(24);

// When the first certificate of a PEM file expires; unset when there is none.
std::optional<absl::Time> Expiry(const std::string& path) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(
      std::fopen(path.c_str(), "r"), std::fclose);
  if (file == nullptr) return std::nullopt;
  const std::unique_ptr<X509, void (*)(X509*)> certificate(
      PEM_read_X509(file.get(), nullptr, nullptr, nullptr), X509_free);
  tm expires{};
  if (certificate == nullptr ||
      ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &expires) != 1) {
    return std::nullopt;
  }
  return absl::FromTM(expires, absl::UTCTimeZone());
}

Finding CheckCertificate(const std::string& option, const std::string& path,
                         absl::Time now) {
  constexpr char kName[] = "client_certificate";
  const std::string what = absl::StrCat(option, " ", path);
  const std::optional<absl::Time> expires = Expiry(path);
  if (!expires.has_value()) {
    return MakeFinding(kName, Diagnosed::FAILURE,
                       absl::StrCat(what, " holds no certificate to be read"),
                       "give a PEM file");
  }
  const std::string date =
      absl::FormatTime("%Y-%m-%d", *expires, absl::UTCTimeZone());
  if (*expires <= now) {
    return MakeFinding(kName, Diagnosed::FAILURE,
                       absl::StrCat(what, " expired on ", date),
                       "put a new one there");
  }
  const int64_t days = (*expires - now) / kDay;
  const std::string text = absl::StrCat(what, " expires on ", date, ", in ",
                                        days, days == 1 ? " day" : " days");
  return days >= 30 ? MakeFinding(kName, Diagnosed::OK, text)
                    : MakeFinding(kName, Diagnosed::WARNING, text,
                                  "put a new one there soon");
}

// A file that is nobody's business but the user's.
Finding CheckSecret(const std::string& name, const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    return MakeFinding(name, Diagnosed::FAILURE,
                       absl::StrCat(path, ": ", std::strerror(errno)),
                       "name another file, or make this one");
  }
  if ((info.st_mode & (S_IRGRP | S_IROTH)) != 0) {
    return MakeFinding(name, Diagnosed::WARNING,
                       absl::StrCat("others may read ", path),
                       absl::StrCat("chmod 600 ", path));
  }
  return MakeFinding(name, Diagnosed::OK,
                     absl::StrCat(path, " is the user's alone"));
}

// What came of opening the logs.
struct Opened {
  size_t good = 0;
  std::string failure;  // of the first that could not be opened
};

Opened OpenAll(const std::vector<std::string>& paths) {
  Opened opened;
  for (const std::string& path : paths) {
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0) {
      ++opened.good;
      close(fd);
    } else if (opened.failure.empty()) {
      opened.failure = absl::StrCat(path, ": ", std::strerror(errno));
    }
  }
  return opened;
}

}  // namespace

Finding MakeFinding(const std::string& name, v1::Diagnosis::Level level,
                    const std::string& text, const std::string& mend) {
  Finding finding;
  finding.set_name(name);
  finding.set_level(level);
  finding.set_text(text);
  finding.set_mend(mend);
  return finding;
}

Finding CheckVersions(const std::string& own, const std::string& server) {
  const std::string text = absl::StrCat("smonctl ", own, ", smonsvc ", server);
  return own == server ? MakeFinding("client_version", Diagnosed::OK, text)
                       : MakeFinding("client_version", Diagnosed::WARNING, text,
                                     "install both from the same release");
}

Finding CheckClock(absl::Time asked, absl::Time server, absl::Time answered,
                   const std::string& server_zone) {
  const absl::Duration ahead = server > answered ? server - answered
                               : server < asked  ? server - asked
                                                 : absl::ZeroDuration();
  const std::string zone =
      absl::FormatTime("%Z (%z)", answered, absl::LocalTimeZone());
  if (absl::AbsDuration(ahead) > kClockSlack) {
    return MakeFinding(
        "client_clock", Diagnosed::WARNING,
        absl::StrCat("the clock of smonsvc's host is ",
                     absl::FormatDuration(absl::Trunc(absl::AbsDuration(ahead),
                                                      absl::Seconds(1))),
                     ahead > absl::ZeroDuration() ? " ahead of" : " behind",
                     " the one here"),
        "let NTP set both clocks");
  }
  return MakeFinding("client_clock", Diagnosed::OK,
                     absl::StrCat("as smonsvc's host's; the time zone is ",
                                  zone, " here, ", server_zone, " there"));
}

std::vector<Finding> CheckCredentials(const CredentialFiles& files,
                                      absl::Time now) {
  std::vector<Finding> findings;
  if (!files.token.empty()) {
    findings.push_back(CheckSecret("token_file", files.token));
  }
  if (!files.tls_key.empty()) {
    findings.push_back(CheckSecret("client_key", files.tls_key));
  }
  if (!files.tls_cert.empty()) {
    findings.push_back(CheckCertificate("--tls_cert", files.tls_cert, now));
  }
  if (!files.tls_ca.empty()) {
    findings.push_back(CheckCertificate("--tls_ca", files.tls_ca, now));
  }
  return findings;
}

Finding CheckMunge(const std::string& socket_path, bool slurm_answers) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket_path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const bool listens =
      fd >= 0 && connect(fd, reinterpret_cast<const sockaddr*>(&address),
                         sizeof(address)) == 0;
  const int error = errno;
  if (fd >= 0) close(fd);
  if (listens || error == EAGAIN) {
    return MakeFinding("munge", Diagnosed::OK,
                       absl::StrCat("munged listens on ", socket_path));
  }
  const std::string text = absl::StrCat("nobody listens on ", socket_path, ": ",
                                        std::strerror(error));
  if (slurm_answers) {
    return MakeFinding("munge", Diagnosed::OK,
                       absl::StrCat("Slurm answers, though ", text));
  }
  return MakeFinding(
      "munge", Diagnosed::WARNING, text,
      "where Slurm uses munge: 'systemctl start munge', with the cluster's key "
      "in /etc/munge/munge.key");
}

Finding CheckLogs(const std::vector<std::string>& paths,
                  absl::Duration patience) {
  constexpr char kName[] = "log_access";
  if (paths.empty()) {
    return MakeFinding(kName, Diagnosed::OK, "no job has left a log yet");
  }
  // A thread that nobody joins: a dead file server holds it for ever.
  std::promise<Opened> promise;
  std::future<Opened> future = promise.get_future();
  std::thread([paths, promise = std::move(promise)]() mutable {
    promise.set_value(OpenAll(paths));
  }).detach();
  if (future.wait_for(absl::ToChronoMilliseconds(patience)) !=
      std::future_status::ready) {
    return MakeFinding(
        kName, Diagnosed::FAILURE,
        absl::StrCat("the file system of ", paths.front(), " does not answer"),
        "look at its server and mount");
  }
  const Opened opened = future.get();
  const std::string text =
      absl::StrCat(opened.good, " of the last ", paths.size(),
                   " logs can be read by this user");
  if (opened.failure.empty()) return MakeFinding(kName, Diagnosed::OK, text);
  return MakeFinding(
      kName, Diagnosed::WARNING, absl::StrCat(text, "; ", opened.failure),
      "it is attrsvc that has to read them: run 'smonctl doctor' as its user, "
      "on its host");
}

}  // namespace smon::client
