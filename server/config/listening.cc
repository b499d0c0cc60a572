#include "server/config/listening.h"

#include <gflags/gflags.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/utf8.h"
#include "server/listen/bind_address.h"

DECLARE_string(grpc_address);
DECLARE_string(host);
DECLARE_int32(port);
DECLARE_bool(ui);
DECLARE_string(grpc_socket);
DECLARE_string(http_socket);
DECLARE_string(unix_socket_mode);
DECLARE_string(tls_cert);
DECLARE_string(tls_key);
DECLARE_string(tls_client_ca);
DECLARE_string(token_file);
DECLARE_string(allowed_hosts);
DECLARE_string(cors_allowed_origins);
DECLARE_bool(insecure_allow_remote);

namespace smon {
namespace {

absl::Status Invalid(absl::string_view flag, absl::string_view value,
                     absl::string_view problem) {
  return absl::InvalidArgumentError(
      absl::StrCat("--", flag, ": '", ToPrintable(value), "' ", problem));
}

// What a port that others reach lacks; empty if nothing.
std::string Missing() {
  const bool tls = !FLAGS_tls_cert.empty();
  const bool auth = !FLAGS_token_file.empty() || !FLAGS_tls_client_ca.empty();
  if (tls && auth) return "";
  if (!tls && !auth) {
    return "and there is no authentication: listen on 127.0.0.1, set up "
           "--tls_cert, --tls_key and --token_file (see docs/SECURITY.md),";
  }
  return tls ? "and there is no authentication: give --token_file or "
               "--tls_client_ca,"
             : "and without TLS tokens can be seen on the network: give "
               "--tls_cert and --tls_key,";
}

absl::Status CheckListener(absl::string_view flag, absl::string_view value,
                           absl::string_view host) {
  const std::string missing = Missing();
  if (missing.empty() || FLAGS_insecure_allow_remote || IsLoopback(host)) {
    return absl::OkStatus();
  }
  return Invalid(
      flag, value,
      absl::StrCat("is no loopback address, ", missing,
                   " or give --insecure_allow_remote if all who reach the "
                   "network may read and resubmit"));
}

absl::Status CheckGrpcAddress(const std::string& address) {
  const size_t colon = address.rfind(':');
  int port = 0;
  if (colon == std::string::npos || colon == 0 ||
      !absl::SimpleAtoi(address.substr(colon + 1), &port) || port < 0 ||
      port > 65535) {
    return Invalid("grpc_address", address,
                   "is not host:port, e.g. 127.0.0.1:8101");
  }
  return CheckListener("grpc_address", address, address.substr(0, colon));
}

absl::Status ReadTls(SecurityConfig* security) {
  security->tls_cert = FLAGS_tls_cert;
  security->tls_key = FLAGS_tls_key;
  security->tls_client_ca = FLAGS_tls_client_ca;
  if (FLAGS_tls_cert.empty() != FLAGS_tls_key.empty()) {
    return absl::InvalidArgumentError(
        "--tls_cert and --tls_key: give both, or none");
  }
  if (FLAGS_tls_cert.empty() && !FLAGS_tls_client_ca.empty()) {
    return absl::InvalidArgumentError(
        "--tls_client_ca needs --tls_cert and --tls_key");
  }
  return absl::OkStatus();
}

absl::Status ReadSockets(SecurityConfig* security) {
  security->grpc_socket = FLAGS_grpc_socket;
  security->http_socket = FLAGS_http_socket;
  char* end = nullptr;
  const std::string& mode = FLAGS_unix_socket_mode;
  const unsigned long value = std::strtoul(mode.c_str(), &end, 8);
  if (mode.empty() || mode[0] == '-' || *end != '\0' || value > 0777) {
    return Invalid("unix_socket_mode", mode,
                   "is no mode in octal, e.g. 0600 or 0660");
  }
  security->unix_socket_mode = static_cast<uint32_t>(value);
  return absl::OkStatus();
}

// As browsers write it in Origin: https://board.example:8443.
bool IsOrigin(absl::string_view text) {
  const bool scheme = absl::ConsumePrefix(&text, "https://") ||
                      absl::ConsumePrefix(&text, "http://");
  return scheme && !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) ||
                  absl::StrContains("-.:[]", c);
         });
}

absl::Status ReadCors(SecurityConfig* security) {
  security->cors_allowed_origins = absl::StrSplit(
      FLAGS_cors_allowed_origins, absl::ByAnyChar(", "), absl::SkipEmpty());
  for (const std::string& origin : security->cors_allowed_origins) {
    if (IsOrigin(origin)) continue;
    return Invalid("cors_allowed_origins", origin,
                   "is no origin, e.g. https://board.example:8443 (in lower "
                   "case, without a path)");
  }
  return absl::OkStatus();
}

}  // namespace

void ReadListening(Config* config, Problems* problems) {
  SecurityConfig* const security = &config->security;
  problems->Add(ReadTls(security));
  problems->Add(ReadSockets(security));
  problems->Add(ReadCors(security));
  security->token_file = FLAGS_token_file;
  security->allowed_hosts = absl::StrSplit(
      FLAGS_allowed_hosts, absl::ByAnyChar(", "), absl::SkipEmpty());
  if (!FLAGS_grpc_address.empty() || FLAGS_grpc_socket.empty()) {
    problems->Add(CheckGrpcAddress(FLAGS_grpc_address));
  }
  config->grpc_address = FLAGS_grpc_address;
  config->host = FLAGS_host;
  config->ui = FLAGS_ui;
  if (FLAGS_port > 65535 || FLAGS_port < -1) {
    problems->Add(Invalid("port", absl::StrCat(FLAGS_port),
                          "is not between 0 and 65535"));
  } else if (FLAGS_port >= 0) {
    problems->Add(CheckListener("host", FLAGS_host, FLAGS_host));
    config->port = FLAGS_port;
  }
}

}  // namespace smon
