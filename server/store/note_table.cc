#include "server/store/note_table.h"

#include <string>

#include "server/store/job_row.h"

namespace smon {

void PutClusterNote(soci::session& session, const ClusterNote& note) {
  const std::string cluster = ToText(note.cluster);
  const std::string text = ToText(note.text);
  // Who comes late, and does not poll the cluster any more, changes nothing.
  session << "INSERT INTO cluster_notes (cluster, token, note) "
             "VALUES (:cluster, :token, :note) "
             "ON CONFLICT (cluster) DO UPDATE SET "
             "token = excluded.token, note = excluded.note "
             "WHERE cluster_notes.token <= excluded.token",
      soci::use(cluster, "cluster"), soci::use(note.poll_token, "token"),
      soci::use(text, "note");
}

std::vector<ClusterNote> ReadClusterNotes(soci::session& session) {
  std::vector<ClusterNote> notes;
  ClusterNote note;
  soci::statement select =
      (session.prepare << "SELECT cluster, token, note FROM cluster_notes "
                          "ORDER BY cluster",
       soci::into(note.cluster), soci::into(note.poll_token),
       soci::into(note.text));
  for (bool more = select.execute(true); more; more = select.fetch()) {
    notes.push_back(note);
  }
  return notes;
}

}  // namespace smon
