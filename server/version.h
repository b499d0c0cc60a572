#ifndef SMON_SERVER_VERSION_H_
#define SMON_SERVER_VERSION_H_

namespace smon {

// Follows semver.org; the API's own version is in the proto package.
inline constexpr char kVersion[] = "0.1.0";

}  // namespace smon

#endif  // SMON_SERVER_VERSION_H_
