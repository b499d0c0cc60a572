#ifndef SMON_SERVER_STORE_SCHEMA_H_
#define SMON_SERVER_STORE_SCHEMA_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "soci/soci.h"

namespace smon {

// The statements that take the schema from one version to the next.
using Migration = std::vector<std::string>;

// Every migration there is: the first makes version 1 of an empty database.
// Never change one that was released; append.
const std::vector<Migration>& Migrations();

// The version of the database's schema; 0 when it is empty. Throws what SOCI
// throws.
int SchemaVersion(soci::session& session);

// FAILED_PRECONDITION when the schema is newer than the last migration. Throws
// what SOCI throws.
absl::Status CheckVersion(soci::session& session,
                          const std::vector<Migration>& migrations);

// Runs the migrations that the database has not seen yet. The caller holds a
// transaction. Errors as CheckVersion.
absl::Status Migrate(soci::session& session,
                     const std::vector<Migration>& migrations);

}  // namespace smon

#endif  // SMON_SERVER_STORE_SCHEMA_H_
