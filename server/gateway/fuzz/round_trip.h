#ifndef SMON_SERVER_GATEWAY_FUZZ_ROUND_TRIP_H_
#define SMON_SERVER_GATEWAY_FUZZ_ROUND_TRIP_H_

#include <google/protobuf/message.h>

namespace smon {

// That a request which has been read is one that gRPC can carry, and that its
// JSON, where it has any, is read as the same.
void CheckRoundTrip(const google::protobuf::Message& message);

}  // namespace smon

#endif  // SMON_SERVER_GATEWAY_FUZZ_ROUND_TRIP_H_
