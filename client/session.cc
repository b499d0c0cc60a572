#include "client/session.h"

#include <cstdio>
#include <string>

#include "common/utf8.h"

namespace smon::client {

void PrintError(const absl::Status& status) {
  const std::string message(status.message().data(), status.message().size());
  std::fprintf(stderr, "smonctl: %s\n", ToPrintable(message).c_str());
}

}  // namespace smon::client
