// Input: the query of a request, without the "?".

#include <cstdint>

#include "proto/smon/v1/monitor.pb.h"
#include "server/gateway/field_text.h"
#include "server/gateway/fuzz/round_trip.h"
#include "server/gateway/url.h"
#include "slurm/fuzz/fuzz.h"
#include "testing/conformance/every_type.pb.h"

namespace {

void Read(const smon::QueryParameters& parameters,
          google::protobuf::Message* message) {
  const absl::Status status =
      smon::SetFieldsFromQuery(message, parameters, {"job_id"});
  if (status.ok()) {
    smon::CheckRoundTrip(*message);
  } else {
    SMON_FUZZ_CHECK(!status.message().empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  smon::FuzzInput input(data, size);
  const auto parameters = smon::ParseQuery(input.Rest());
  if (!parameters.ok()) return 0;
  for (const auto& [name, values] : *parameters) {
    SMON_FUZZ_CHECK(!values.empty());
    SMON_FUZZ_CHECK(smon::FindParameter(*parameters, name) == &values.front());
  }
  smon::v1::ListJobsRequest list;
  Read(*parameters, &list);
  smon::v1::GetJobRequest get;
  Read(*parameters, &get);
  SMON_FUZZ_CHECK(get.job_id().empty());
  smon::testing::v1::Everything everything;
  Read(*parameters, &everything);
  return 0;
}
