#ifndef SMON_SERVER_GATEWAY_FRONT_DOOR_H_
#define SMON_SERVER_GATEWAY_FRONT_DOOR_H_

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/auth/authorizer.h"
#include "server/auth/sealed_peer.h"
#include "server/gateway/cross_origin.h"
#include "server/gateway/http_message.h"

namespace smon {

// What each HTTP request passes first. Calls of the API are let through: the
// service looks at them, and is told here who asks, in a way that a client
// cannot imitate. Thread-safe.
class FrontDoor {
 public:
  struct Options {
    // Null: all may do all. Both outlive this object.
    Authorizer* authorizer = nullptr;
    const PeerSeal* seal = nullptr;
    // Refuses names in Host that are not ours: for ports that only this host
    // reaches and that ask for no token, where a browser would be the way in.
    bool check_host = false;
    std::vector<std::string> own_hosts;
    // Besides the API's: answered without a token.
    std::set<std::string> open_paths = {"/livez", "/readyz"};
    // Whose pages browsers let read the answers, and change something:
    // "https://board.example". No others'.
    std::set<std::string> cors_origins;
    // We show a page of our own, which may change something, too.
    bool has_page = false;
    // Ports speak TLS, so that page comes over https.
    bool https = false;
  };

  using Done = std::function<void(HttpResponse)>;

  explicit FrontDoor(Options options)
      : options_(std::move(options)), cross_origin_(options_.cors_origins) {}

  // Whether the request may go on; if not, `done` has been called. `path` is
  // decoded, `is_api` for what the service itself looks at.
  bool Pass(absl::string_view path, bool is_api, HttpRequest* request,
            const Done& done) const;

  // `done`, with the challenge that a 401 must have, and what browsers want to
  // be told before a page may read the answer.
  Done WithHeaders(const HttpRequest& request, Done done) const;

 private:
  const Options options_;
  const CrossOrigin cross_origin_;
};

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_FRONT_DOOR_H_
