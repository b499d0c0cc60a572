// Input: the JSON body of a request.

#include <cstdint>

#include "proto/smon/v1/monitor.pb.h"
#include "server/gateway/fuzz/round_trip.h"
#include "server/gateway/json_reader.h"
#include "slurm/fuzz/fuzz.h"
#include "testing/conformance/every_type.pb.h"

namespace {

void Read(absl::string_view json, google::protobuf::Message* message) {
  const absl::Status status = smon::JsonToMessage(json, message);
  if (status.ok()) {
    smon::CheckRoundTrip(*message);
  } else {
    SMON_FUZZ_CHECK(!status.message().empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  smon::FuzzInput input(data, size);
  const absl::string_view json = input.Rest();
  smon::v1::ResubmitJobsRequest request;
  Read(json, &request);
  smon::testing::v1::Everything everything;
  Read(json, &everything);
  return 0;
}
