#include "server/security.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log.h"
#include "common/status_macros.h"
#include "server/monitor/proto_convert.h"

namespace smon {
namespace {

std::vector<FileStamp> StampsOf(const std::vector<std::string>& paths) {
  std::vector<FileStamp> stamps;
  for (const std::string& path : paths) stamps.push_back(StampOf(path));
  return stamps;
}

}  // namespace

Security::Security(Options options, const Clock* clock)
    : options_(std::move(options)),
      clock_(clock),
      authorizer_(
          !options_.token_file.empty() || !options_.tls.client_ca.empty(),
          clock),
      changed_(clock->Now()) {
  if (!options_.token_file.empty()) token_file_.paths = {options_.token_file};
  if (options_.tls.certificate.empty()) return;
  tls_files_.paths = {options_.tls.certificate, options_.tls.key};
  if (!options_.tls.client_ca.empty()) {
    tls_files_.paths.push_back(options_.tls.client_ca);
  }
}

absl::StatusOr<std::unique_ptr<Security>> Security::Open(Options options,
                                                         const Clock* clock) {
  std::unique_ptr<Security> security(new Security(std::move(options), clock));
  security->IsDue(&security->token_file_, /*at_once=*/true);
  security->IsDue(&security->tls_files_, /*at_once=*/true);
  if (!security->token_file_.paths.empty()) {
    SMON_RETURN_IF_ERROR(security->LoadTokens());
  }
  if (!security->tls_files_.paths.empty()) {
    SMON_RETURN_IF_ERROR(security->LoadCertificates());
  }
  return security;
}

void Security::Refresh(bool at_once) {
  if (IsDue(&token_file_, at_once)) {
    Note("the tokens", options_.token_file, LoadTokens(), &token_problem_);
  }
  if (IsDue(&tls_files_, at_once)) {
    Note("the certificate", options_.tls.certificate, LoadCertificates(),
         &tls_problem_);
  }
}

void Security::Note(absl::string_view what, const std::string& path,
                    const absl::Status& status, absl::Status* problem) {
  if (status.ok()) {
    LogInfo(absl::StrCat(what, " read again"), {{"path", path}});
  } else {
    LogError(absl::StrCat(what, " not taken: what was read before stays"),
             {{"error", status.message()}});
  }
  MutexLock lock(&mu_);
  if (problem->ok() != status.ok()) changed_ = clock_->Now();
  *problem = status;
}

bool Security::IsDue(Watched* watched, bool at_once) {
  if (watched->paths.empty()) return false;
  std::vector<FileStamp> now = StampsOf(watched->paths);
  const bool quiet = now == watched->seen;
  watched->seen = now;
  if (!at_once && (!quiet || now == watched->read)) return false;
  watched->read = std::move(now);
  return true;
}

absl::Status Security::LoadTokens() {
  const auto load = [this]() -> absl::StatusOr<TokenTable> {
    SMON_ASSIGN_OR_RETURN(
        const std::string text,
        ReadProtectedFile(options_.token_file, Secrecy::kHashes));
    auto table = TokenTable::Parse(text);
    if (table.ok()) return table;
    return Annotate(table.status(), options_.token_file);
  };
  auto table = load();
  if (!table.ok()) return Annotate(table.status(), "--token_file");
  if (table->size() == 0) {
    LogWarning("the token file has no entries: no token is good");
  }
  authorizer_.SetTokens(std::make_shared<TokenTable>(*std::move(table)));
  return absl::OkStatus();
}

absl::Status Security::LoadCertificates() {
  auto material = LoadTls(options_.tls);
  if (!material.ok()) return material.status();
  if (tls_ == nullptr) {
    tls_ = std::make_unique<TlsSource>(*std::move(material));
  } else {
    tls_->Set(*std::move(material));
  }
  return absl::OkStatus();
}

absl::Status Security::Check() const {
  {
    MutexLock lock(&mu_);
    if (!token_problem_.ok()) return token_problem_;
    if (!tls_problem_.ok()) return tls_problem_;
  }
  if (tls_ == nullptr || tls_->Current()->expires > clock_->Now()) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      absl::StrCat("--tls_cert: the certificate in '", options_.tls.certificate,
                   "' has expired"));
}

void Security::AddHealth(v1::Health* health) const {
  if (!has_secrets()) return;
  const absl::Status problem = Check();
  v1::Health::Component* const component = health->add_components();
  component->set_name("secrets");
  component->set_status(problem.ok() ? v1::Health::OK : v1::Health::DEGRADED);
  component->set_last_error(std::string(problem.message()));
  {
    MutexLock lock(&mu_);
    *component->mutable_since_time() = ToProto(changed_);
  }
  if (problem.ok()) return;
  health->set_status(v1::Health::DEGRADED);
  health->add_issues("secrets_not_usable");
}

}  // namespace smon
