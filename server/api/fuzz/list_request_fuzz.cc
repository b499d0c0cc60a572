// Input: a ListJobsRequest in protobuf's wire format.

#include <cstdint>
#include <string>

#include "common/utf8.h"
#include "proto/smon/v1/monitor.pb.h"
#include "server/api/job_requests.h"
#include "server/api/status_details.h"
#include "server/api/text_signer.h"
#include "slurm/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  smon::v1::ListJobsRequest request;
  if (!request.ParseFromArray(data, static_cast<int>(size))) return 0;
  const smon::TextSigner signer(std::string(32, 'k'));
  const auto query = smon::ReadListJobsRequest(request, signer);
  if (query.ok()) {
    SMON_FUZZ_CHECK(query->limit >= 1 && query->limit <= 1000);
    SMON_FUZZ_CHECK(!query->after.has_value());  // no token is from us
    return 0;
  }
  const grpc::Status status = smon::ToApiStatus(query.status());
  SMON_FUZZ_CHECK(status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  SMON_FUZZ_CHECK(!status.error_message().empty());
  SMON_FUZZ_CHECK(smon::IsValidUtf8(status.error_message()));
  SMON_FUZZ_CHECK(!status.error_details().empty());
  // It fits into headers of 8 KiB, in which they grow.
  SMON_FUZZ_CHECK(status.error_message().size() <= 700);
  SMON_FUZZ_CHECK(status.error_details().size() <= 4200);
  return 0;
}
