#ifndef SMON_SERVER_STORE_DIALECT_H_
#define SMON_SERVER_STORE_DIALECT_H_

#include "soci/soci.h"

namespace smon {

// Whether the session is one with PostgreSQL, where each statement costs a
// round trip, and not with SQLite.
inline bool IsPostgresql(soci::session& session) {
  return session.get_backend_name() == "postgresql";
}

}  // namespace smon

#endif  // SMON_SERVER_STORE_DIALECT_H_
