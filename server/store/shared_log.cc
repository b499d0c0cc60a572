#include "server/store/shared_log.h"

namespace smon {
namespace {

constexpr auto kCopy = [](const char*, auto& to, const auto& from) {
  to = from;
};

}  // namespace

void Follow(const JobRow& owner, JobRow* row) {
  row->log_owner_id = {owner.id, soci::i_ok};
  row->log_owner_job_id = owner.job_id;
  VisitDeliveryColumns(*row, owner, kCopy);
  VisitVerdictColumns(*row, owner, kCopy);
  row->facts |= owner.facts & (kSent | kAccepted);
}

void UpdateFollowers(JobTable* table, const JobRow& owner) {
  for (const JobRow& before : table->FindFollowers(owner.id)) {
    JobRow after = before;
    Follow(owner, &after);
    if (!owner.has_own_log()) {
      after.log_owner_id = owner.log_owner_id;
      after.log_owner_job_id = owner.log_owner_job_id;
    }
    table->Update(before, &after);
  }
}

bool FindOwner(JobTable* table, const JobRow& row, JobRow* owner) {
  if (row.has_own_log() || !table->FindById(row.log_owner_id.value, owner)) {
    return false;
  }
  if (!owner->has_own_log() && owner->log_owner_id.value != row.id &&
      !table->FindById(owner->log_owner_id.value, owner)) {
    return false;
  }
  return owner->id != row.id;
}

bool FindWithOwner(JobTable* table, int64_t id, JobRow* row, JobRow* owner) {
  if (!table->FindById(id, row)) return false;
  if (!FindOwner(table, *row, owner)) *owner = *row;
  return true;
}

}  // namespace smon
