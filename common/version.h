#ifndef SMON_COMMON_VERSION_H_
#define SMON_COMMON_VERSION_H_

namespace smon {

// Of smonsvc and smonctl alike; follows semver.org. The API's own version is in
// the proto package.
inline constexpr char kVersion[] = "0.1.0";

}  // namespace smon

#endif  // SMON_COMMON_VERSION_H_
