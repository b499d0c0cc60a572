#include "server/auth/authorizer.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/log.h"

namespace smon {
namespace {

constexpr absl::string_view kScheme = "bearer ";

absl::Status Unauthenticated(absl::string_view problem) {
  return absl::UnauthenticatedError(absl::StrCat(
      problem, "; send 'Authorization: Bearer TOKEN' (smonctl: --token_file)"));
}

}  // namespace

void Authorizer::SetTokens(std::shared_ptr<const TokenTable> tokens) {
  if (tokens == nullptr) tokens = std::make_shared<TokenTable>();
  MutexLock lock(&mu_);
  tokens_ = std::move(tokens);
}

absl::StatusOr<Caller> Authorizer::Admit(const Peer& peer,
                                         absl::string_view authorization,
                                         Permission needs) {
  auto caller = Decide(peer, authorization, needs);
  if (absl::IsUnauthenticated(caller.status()) && !authorization.empty()) {
    LogWarning("authentication failed", {{"peer", peer.address}});
  }
  return caller;
}

absl::StatusOr<Caller> Authorizer::Decide(const Peer& peer,
                                          absl::string_view authorization,
                                          Permission needs) {
  MutexLock lock(&mu_);
  auto caller = Identify(peer, authorization);
  if (!caller.ok()) return caller;
  if (!Covers(caller->permission, needs)) {
    ++counts_.forbidden;
    return absl::PermissionDeniedError(
        absl::StrCat(caller->id, " may read only; this needs the role write"));
  }
  ++counts_.admitted;
  return caller;
}

absl::StatusOr<Caller> Authorizer::Identify(const Peer& peer,
                                            absl::string_view authorization) {
  if (peer.unix_socket) {
    return Caller{
        peer.uid.has_value() ? absl::StrCat("unix:uid=", *peer.uid) : "unix:",
        Permission::kWrite};
  }
  if (!required_) {
    return Caller{absl::StrCat("peer:", peer.address), Permission::kWrite};
  }
  if (!authorization.empty()) return IdentifyByToken(peer, authorization);
  if (!peer.certificate_names.empty()) {
    if (const auto* entry = tokens_->FindCertificate(peer.certificate_names)) {
      return Caller{absl::StrCat("cert:", entry->name), entry->permission};
    }
    return Caller{absl::StrCat("cert:", peer.certificate_names.front()),
                  Permission::kRead};
  }
  ++counts_.missing;
  return Unauthenticated("a token is wanted");
}

absl::StatusOr<Caller> Authorizer::IdentifyByToken(
    const Peer& peer, absl::string_view authorization) {
  const absl::Duration now = clock_->Monotonic();
  const bool is_bearer = absl::StartsWithIgnoreCase(authorization, kScheme);
  const absl::string_view token =
      is_bearer
          ? absl::StripAsciiWhitespace(authorization.substr(kScheme.size()))
          : "";
  const TokenTable::Digest digest = TokenTable::DigestOf(token);
  const TokenTable::Entry* const entry = tokens_->FindToken(digest);
  if (limit_.IsExhausted(peer.address, now) &&
      (entry == nullptr || !limit_.IsProven(peer.address, entry->name))) {
    ++counts_.rate_limited;
    return absl::ResourceExhaustedError(
        "too many failed attempts from this address; try again in some "
        "seconds, with a good token");
  }
  if (entry != nullptr) {
    limit_.Prove(peer.address, entry->name);
    return Caller{absl::StrCat("token:", entry->name), entry->permission,
                  digest, tokens_};
  }
  ++counts_.invalid;
  limit_.Fail(peer.address, now);
  return Unauthenticated(is_bearer ? "the token is not known"
                                   : "only bearer tokens are taken");
}

absl::Status Authorizer::Recheck(Caller* caller) const {
  if (!caller->token.has_value()) return absl::OkStatus();
  std::shared_ptr<const TokenTable> tokens;
  {
    MutexLock lock(&mu_);
    tokens = tokens_;
  }
  if (tokens == caller->tokens) return absl::OkStatus();
  if (tokens->FindToken(*caller->token) == nullptr) {
    return Unauthenticated("the token has been withdrawn");
  }
  caller->tokens = std::move(tokens);
  return absl::OkStatus();
}

AuthCounts Authorizer::counts() const {
  MutexLock lock(&mu_);
  return counts_;
}

}  // namespace smon
