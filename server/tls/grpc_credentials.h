#ifndef SMON_SERVER_TLS_GRPC_CREDENTIALS_H_
#define SMON_SERVER_TLS_GRPC_CREDENTIALS_H_

#include <grpcpp/security/server_credentials.h>

#include <memory>

#include "server/tls/tls_source.h"

namespace smon {

// TLS 1.2 or newer with what `source` holds at each handshake; a client may
// show a certificate when `source` has a client CA. For one port. `source` and
// the result outlive the server.
//
// gRPC's own FileWatcherCertificateProvider would tell nobody that a new file
// is broken, and could not be shared with HTTP.
std::shared_ptr<grpc::ServerCredentials> TlsCredentials(
    const TlsSource* source);

}  // namespace smon

#endif  // SMON_SERVER_TLS_GRPC_CREDENTIALS_H_
