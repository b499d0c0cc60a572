#include "server/gateway/fuzz/round_trip.h"

#include <memory>
#include <string>

#include "common/utf8.h"
#include "server/gateway/json_reader.h"
#include "server/gateway/json_writer.h"
#include "slurm/fuzz/fuzz.h"

namespace smon {

void CheckRoundTrip(const google::protobuf::Message& message) {
  const std::unique_ptr<google::protobuf::Message> copy(message.New());
  // Fails where text is not UTF-8.
  SMON_FUZZ_CHECK(copy->ParseFromString(message.SerializeAsString()));
  const auto json = MessageToJson(message);
  if (!json.ok()) return;
  SMON_FUZZ_CHECK(IsValidUtf8(*json));
  copy->Clear();
  SMON_FUZZ_CHECK(JsonToMessage(*json, copy.get()).ok());
  // Not the messages: a google.protobuf.Value that is not set is null, as one
  // that is set to null.
  const auto again = MessageToJson(*copy);
  SMON_FUZZ_CHECK(again.ok() && *again == *json);
}

}  // namespace smon
