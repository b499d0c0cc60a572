#ifndef SMON_TESTING_CONFORMANCE_ECHO_SERVICE_H_
#define SMON_TESTING_CONFORMANCE_ECHO_SERVICE_H_

#include <grpcpp/generic/async_generic_service.h>

namespace smon {

// Serves every method of every service that is linked in, as its client asks by
// metadata. The answer's initial metadata say what has arrived: x-request (the
// message as text) and x-metadata.
//
//   fake-code, fake-message(-bin)   the status to end with
//   fake-details                    its details: names of kDetails in the .cc
//   fake-fill                       how to fill the answer: 1, 2, ...; without
//                                   it, the answer is empty
//   fake-count                      messages of a stream; 1 without it
//   fake-headers, fake-trailers     answers with some
//   fake-content-type               of an HttpBody
//   fake-deadline                   tells the call's, in minutes, as x-deadline
//   fake-wait                       does not answer before the call is
//   cancelled
//
// A method whose answer is of its request's type answers with the request.
// Thread-safe.
class EchoService : public grpc::CallbackGenericService {
 public:
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override;
};

}  // namespace smon

#endif  // SMON_TESTING_CONFORMANCE_ECHO_SERVICE_H_
