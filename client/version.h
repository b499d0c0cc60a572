#ifndef SMON_CLIENT_VERSION_H_
#define SMON_CLIENT_VERSION_H_

namespace smon::client {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace smon::client

#endif  // SMON_CLIENT_VERSION_H_
