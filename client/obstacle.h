#ifndef SMON_CLIENT_OBSTACLE_H_
#define SMON_CLIENT_OBSTACLE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "client/credentials.h"

namespace smon::client {

// Why there is no connection to smonsvc.
struct Obstacle {
  std::string what;
  std::string mend;  // empty: nothing special
};

// Of what gRPC says of a connection that it could not make, or that ended
// before an answer came. Where gRPC's words tell users nothing, ours.
Obstacle ExplainObstacle(absl::string_view grpc_message,
                         const CredentialFiles& files);

}  // namespace smon::client

#endif  // SMON_CLIENT_OBSTACLE_H_
