#ifndef SMON_TESTING_TLS_FILES_H_
#define SMON_TESTING_TLS_FILES_H_

#include <string>

namespace smon {

struct PemPair {
  std::string certificate;
  std::string key;
};

// For tests: a new key with a certificate for `name` (common name, and DNS
// name) that `issuer` signs, or itself without one. It is an authority, too.
PemPair MakeCertificate(const std::string& name,
                        const PemPair* issuer = nullptr, int valid_days = 1);

// Writes a file that nobody else may read, in one step as rename does it.
void WriteFile(const std::string& path, const std::string& text,
               unsigned mode = 0600);

}  // namespace smon

#endif  // SMON_TESTING_TLS_FILES_H_
