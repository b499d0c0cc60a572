#ifndef SMON_SERVER_GATEWAY_COMPAT_JSON_H_
#define SMON_SERVER_GATEWAY_COMPAT_JSON_H_

#include <grpcpp/support/status.h>

#include <nlohmann/json.hpp>
#include <string>

#include "proto/smon/v1/monitor.pb.h"
#include "server/gateway/http_message.h"

namespace smon {

// What the Python service's endpoints answer, with its keys and nesting. All
// functions are thread-safe.

nlohmann::ordered_json HealthToJson(const v1::Health& health);
nlohmann::ordered_json StatsToJson(const v1::Stats& stats);
nlohmann::ordered_json JobToJson(const v1::Job& job);

// What the Python service called unhealthy. Neither accounting nor secrets that
// could not be read again are among it: jobs are found and logs sent all the
// same, and probes that look here restart services.
bool IsDegraded(const v1::Health& health);

// `pretty`: indented by two.
std::string DumpJson(const nlohmann::ordered_json& json, bool pretty);

HttpResponse JsonResponse(int status, const nlohmann::ordered_json& json,
                          bool pretty);

// Of a call that failed. The service is in this process, so that whatever keeps
// it from answering is its own trouble, not the client's.
HttpResponse FailedResponse(const grpc::Status& status, bool pretty);

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_COMPAT_JSON_H_
