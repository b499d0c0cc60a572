#include "server/monitor/cluster_notes.h"

#include <optional>
#include <utility>

#include "absl/time/time.h"
#include "common/status_macros.h"
#include "google/protobuf/util/json_util.h"
#include "server/monitor/cluster_convert.h"

namespace smon {
namespace {

constexpr absl::Duration kInterval = absl::Seconds(2);

std::string ToText(const v1::Cluster& cluster) {
  std::string text;
  // It cannot fail but for text that is not UTF-8, which is none here.
  return google::protobuf::util::MessageToJsonString(cluster, &text).ok() ? text
                                                                          : "";
}

// Another version may have written it.
std::optional<v1::Cluster> FromText(const std::string& text) {
  v1::Cluster cluster;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  if (!google::protobuf::util::JsonStringToMessage(text, &cluster, options)
           .ok()) {
    return std::nullopt;
  }
  return cluster;
}

}  // namespace

ClusterNotes::ClusterNotes(
    Store* store, std::function<std::vector<ClusterWatch::Snapshot>()> watched)
    : store_(store), watched_(std::move(watched)) {}

ClusterNotes::~ClusterNotes() { Stop(); }

void ClusterNotes::Start() {
  if (!store_->replicas()->shared()) return;
  thread_ = std::thread([this] { Loop(); });
}

void ClusterNotes::Stop() {
  {
    MutexLock lock(&mu_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void ClusterNotes::Loop() {
  for (;;) {
    // What cannot be written is told by the renewals, which write as often.
    WriteOnce().IgnoreError();
    MutexLock lock(&mu_);
    if (!stopping_) changed_.WaitFor(&mu_, kInterval);
    if (stopping_) return;
  }
}

absl::Status ClusterNotes::WriteOnce() {
  if (!store_->replicas()->shared()) return absl::OkStatus();
  std::vector<ClusterNote> notes;
  for (const ClusterWatch::Snapshot& cluster : watched_()) {
    const std::optional<int64_t> token =
        store_->replicas()->PollToken(cluster.name);
    // The token may be newer than the snapshot, which then says nothing.
    if (!token.has_value() || !cluster.is_mine) continue;
    ClusterNote note = {cluster.name, *token, ToText(ToProto(cluster))};
    const auto last = written_.find(cluster.name);
    if (last != written_.end() && last->second.poll_token == note.poll_token &&
        last->second.text == note.text) {
      continue;
    }
    notes.push_back(std::move(note));
  }
  if (notes.empty()) return absl::OkStatus();
  SMON_RETURN_IF_ERROR(store_->WriteClusterNotes(notes));
  for (ClusterNote& note : notes) {
    std::string cluster = note.cluster;
    written_[std::move(cluster)] = std::move(note);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::map<std::string, v1::Cluster>> ClusterNotes::Read() const {
  std::map<std::string, v1::Cluster> clusters;
  if (!store_->replicas()->shared()) return clusters;
  SMON_ASSIGN_OR_RETURN(const std::vector<ClusterNote> notes,
                        store_->ReadClusterNotes());
  for (const ClusterNote& note : notes) {
    std::optional<v1::Cluster> cluster = FromText(note.text);
    if (cluster.has_value()) clusters[note.cluster] = *std::move(cluster);
  }
  return clusters;
}

}  // namespace smon
