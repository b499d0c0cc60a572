#include "slurm/host_list.h"

#include <algorithm>

namespace smon::slurm {
namespace {

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

}  // namespace

std::string FirstHost(absl::string_view node_list) {
  std::string host;
  size_t i = 0;
  while (i < node_list.size() && node_list[i] != ',') {
    if (node_list[i] != '[') {
      if (!IsNameCharacter(node_list[i])) return "";
      host.push_back(node_list[i++]);
      continue;
    }
    // The first index ends where its range or the list does.
    const size_t close = node_list.find(']', i);
    if (close == absl::string_view::npos) return "";
    const size_t end = std::min(node_list.find_first_of("-,", i), close);
    const absl::string_view index = node_list.substr(i + 1, end - i - 1);
    if (index.empty() ||
        index.find_first_not_of("0123456789") != absl::string_view::npos) {
      return "";
    }
    host.append(index.data(), index.size());
    i = close + 1;
  }
  return host;
}

}  // namespace smon::slurm
