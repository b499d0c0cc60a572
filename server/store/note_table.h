#ifndef SMON_SERVER_STORE_NOTE_TABLE_H_
#define SMON_SERVER_STORE_NOTE_TABLE_H_

#include <vector>

#include "server/monitor/store.h"
#include "soci/soci.h"

// The table cluster_notes, in the caller's transaction. Throws what SOCI
// throws.
namespace smon {

// See Store::WriteClusterNotes.
void PutClusterNote(soci::session& session, const ClusterNote& note);
std::vector<ClusterNote> ReadClusterNotes(soci::session& session);

}  // namespace smon

#endif  // SMON_SERVER_STORE_NOTE_TABLE_H_
