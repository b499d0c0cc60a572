#include "server/gateway/front_door.h"

#include <algorithm>
#include <utility>

#include "server/gateway/error_response.h"
#include "server/gateway/own_page.h"
#include "server/listen/bind_address.h"

namespace smon {
namespace {

constexpr char kChallenge[] = "WWW-Authenticate";

// A browser that shows some page of the web reaches what listens on its own
// host, and names that page in Origin.
bool IsFromWebPage(const HttpRequest& request) {
  return request.method != "GET" && request.method != "HEAD" &&
         request.method != "OPTIONS" &&
         !FindHeader(request.headers, "Origin").empty();
}

HttpResponse Refuse(const char* why) {
  return ErrorResponse(grpc::Status(grpc::PERMISSION_DENIED, why));
}

}  // namespace

bool FrontDoor::Pass(absl::string_view path, bool is_api, HttpRequest* request,
                     const Done& done) const {
  const auto refuse = [&done](HttpResponse response) {
    done(std::move(response));
    return false;
  };
  if (cross_origin_.IsPreflight(*request)) {
    return refuse(cross_origin_.AnswerPreflight());
  }
  Peer peer;
  if (request->peer != nullptr) peer = *request->peer;
  if (IsFromWebPage(*request) && !cross_origin_.Allows(*request) &&
      !(options_.has_page &&
        IsFromOwnPage(*request, options_.https && !peer.unix_socket,
                      options_.own_hosts))) {
    return refuse(
        Refuse("a web page may not change anything here (Origin header); for "
               "smonsvc's own page at this name, give --allowed_hosts"));
  }
  if (options_.check_host && !peer.unix_socket &&
      !IsOwnHost(FindHeader(request->headers, "Host"), options_.own_hosts)) {
    return refuse(
        Refuse("the Host header is no name of this server; ask by address or "
               "localhost, or add the name to --allowed_hosts"));
  }
  if (!is_api) {
    const auto caller =
        options_.authorizer == nullptr ||
                options_.open_paths.count(std::string(path)) > 0
            ? Caller()
            : options_.authorizer->Admit(
                  peer, FindHeader(request->headers, "Authorization"),
                  Permission::kRead);
    return caller.ok() || refuse(ErrorResponse(ToGrpcStatus(caller.status())));
  }
  if (options_.seal != nullptr) {
    peer.is_probe = path == "/healthz";
    request->own_metadata.emplace_back(kPeerMetadata,
                                       options_.seal->Seal(peer));
  }
  return true;
}

FrontDoor::Done FrontDoor::WithHeaders(const HttpRequest& request,
                                       Done done) const {
  return [origin = cross_origin_.HeadersFor(request),
          done = std::move(done)](HttpResponse response) {
    auto& headers = response.headers;
    if (response.status == 401) {
      // grpc-gateway puts the message there, which is no challenge.
      headers.erase(std::remove_if(headers.begin(), headers.end(),
                                   [](const auto& header) {
                                     return absl::EqualsIgnoreCase(header.first,
                                                                   kChallenge);
                                   }),
                    headers.end());
      headers.emplace_back(kChallenge, "Bearer realm=\"smonsvc\"");
    }
    headers.insert(headers.end(), origin.begin(), origin.end());
    done(std::move(response));
  };
}

}  // namespace smon
