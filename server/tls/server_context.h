#ifndef SMON_SERVER_TLS_SERVER_CONTEXT_H_
#define SMON_SERVER_TLS_SERVER_CONTEXT_H_

#include <boost/asio/ssl/context.hpp>
#include <memory>

namespace smon {

// Where a server takes its certificate from, anew for each connection, so that
// it can change while the server runs. Thread-safe.
class ServerContextSource {
 public:
  virtual ~ServerContextSource() = default;
  // Never null, and not to be changed.
  virtual std::shared_ptr<boost::asio::ssl::context> ServerContext() = 0;
};

}  // namespace smon

#endif  // SMON_SERVER_TLS_SERVER_CONTEXT_H_
