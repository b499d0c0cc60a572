#include "server/config/problems.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/utf8.h"

namespace smon {
namespace {

// "port" of "--port: …"; empty if it begins otherwise.
std::string FlagOf(absl::string_view message) {
  if (!absl::ConsumePrefix(&message, "--")) return "";
  const auto end = std::find_if_not(message.begin(), message.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '_';
  });
  return std::string(message.begin(), end);
}

}  // namespace

void Problems::Add(const absl::Status& status) {
  if (status.ok()) return;
  std::string message = ToPrintable(std::string(status.message()));
  const auto source = settings_.sources.find(FlagOf(message));
  if (source != settings_.sources.end() &&
      !absl::StartsWith(source->second, "flag ")) {
    message = absl::StrCat(absl::StripPrefix(source->second, "environment "),
                           ": ", message);
  }
  problems_->push_back(message);
}

}  // namespace smon
