#include "server/gateway/path_template.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/status_macros.h"

namespace smon {
namespace {

bool IsIdentifier(absl::string_view text) {
  if (text.empty() || absl::ascii_isdigit(text[0])) return false;
  for (const char c : text) {
    if (!absl::ascii_isalnum(c) && c != '_') return false;
  }
  return true;
}

// The characters of RFC 3986's pchar; "%" without a check of what follows.
bool IsSegmentText(absl::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isalnum(c) &&
        !absl::StrContains("-._~!$&'()*+,;=:@%", absl::string_view(&c, 1))) {
      return false;
    }
  }
  return !text.empty();
}

// Cuts ":verb" off the end of `text` and returns the verb, or nothing.
std::string CutVerb(absl::string_view* text) {
  const size_t last = text->find_last_of("}/");
  absl::string_view tail = text->substr(last);
  // After a variable the verb is all that follows; after a literal it starts
  // at the last colon.
  const size_t colon = tail[0] == '}' ? tail.find(':') : tail.rfind(':');
  if (colon == absl::string_view::npos) return "";
  const std::string verb(tail.substr(colon + 1));
  text->remove_suffix(tail.size() - colon);
  return verb;
}

}  // namespace

absl::StatusOr<PathTemplate> PathTemplate::Parse(absl::string_view text) {
  PathTemplate result;
  const auto parse = [&]() -> absl::Status {
    absl::string_view rest = text;
    if (!absl::StartsWith(rest, "/")) {
      return absl::InvalidArgumentError("it does not start with \"/\"");
    }
    result.verb_ = CutVerb(&rest);
    while (!rest.empty()) {
      rest.remove_prefix(1);  // the '/'
      if (absl::StartsWith(rest, "{")) {
        const size_t close = rest.find('}');
        if (close == absl::string_view::npos) {
          return absl::InvalidArgumentError("a \"{\" is not closed");
        }
        SMON_RETURN_IF_ERROR(result.AddVariable(rest.substr(1, close - 1)));
        rest.remove_prefix(close + 1);
        if (!rest.empty() && rest[0] != '/') {
          return absl::InvalidArgumentError("there is text after a \"}\"");
        }
      } else {
        const size_t slash = std::min(rest.find('/'), rest.size());
        SMON_RETURN_IF_ERROR(result.AddSegment(rest.substr(0, slash)));
        rest.remove_prefix(slash);
      }
    }
    return absl::OkStatus();
  };
  if (const absl::Status status = parse(); !status.ok()) {
    return Annotate(status, absl::StrCat("bad path template ", text));
  }
  return result;
}

absl::Status PathTemplate::AddSegment(absl::string_view text) {
  if (text == "**") {
    if (has_rest_) return absl::InvalidArgumentError("\"**\" appears twice");
    has_rest_ = true;
    segments_.push_back({Kind::kRest, ""});
  } else if (text == "*") {
    segments_.push_back({Kind::kAny, ""});
  } else if (IsSegmentText(text)) {
    segments_.push_back({Kind::kLiteral, std::string(text)});
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is not a path segment"));
  }
  return absl::OkStatus();
}

absl::Status PathTemplate::AddVariable(absl::string_view inside) {
  const size_t equals = inside.find('=');
  const absl::string_view path = inside.substr(0, equals);
  for (const absl::string_view name : absl::StrSplit(path, '.')) {
    if (!IsIdentifier(name)) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", path, "\" is not a field path"));
    }
  }
  Variable variable;
  variable.field_path = std::string(path);
  variable.begin = segments_.size();
  const absl::string_view pattern =
      equals == absl::string_view::npos ? "*" : inside.substr(equals + 1);
  for (const absl::string_view segment : absl::StrSplit(pattern, '/')) {
    SMON_RETURN_IF_ERROR(AddSegment(segment));
  }
  variable.end = segments_.size();
  variables_.push_back(std::move(variable));
  return absl::OkStatus();
}

PathTemplate::Result PathTemplate::Match(
    const std::vector<std::string>& path_segments, Bindings* bindings) const {
  std::vector<absl::string_view> path(path_segments.begin(),
                                      path_segments.end());
  if (!verb_.empty()) {
    const std::string suffix = absl::StrCat(":", verb_);
    if (path.back() == suffix) return Result::kNothingBeforeVerb;
    if (!absl::ConsumeSuffix(&path.back(), suffix)) return Result::kNoMatch;
  }

  // Where in the path each segment of the template starts.
  std::vector<size_t> starts;
  size_t at = 0;
  for (size_t i = 0; i < segments_.size(); ++i) {
    starts.push_back(at);
    if (segments_[i].kind == Kind::kRest) {
      const size_t after = segments_.size() - i - 1;
      if (path.size() < at + after) return Result::kNoMatch;
      at = path.size() - after;
      continue;
    }
    if (at >= path.size()) return Result::kNoMatch;
    if (segments_[i].kind == Kind::kLiteral &&
        segments_[i].literal != path[at]) {
      return Result::kNoMatch;
    }
    ++at;
  }
  if (at != path.size()) return Result::kNoMatch;
  starts.push_back(at);

  bindings->clear();
  for (const Variable& variable : variables_) {
    // What each segment of the template took; "**" may have taken nothing.
    std::vector<std::string> taken;
    for (size_t i = variable.begin; i < variable.end; ++i) {
      taken.push_back(absl::StrJoin(path.begin() + starts[i],
                                    path.begin() + starts[i + 1], "/"));
    }
    bindings->emplace_back(variable.field_path, absl::StrJoin(taken, "/"));
  }
  return Result::kMatch;
}

std::vector<std::string> PathTemplate::field_paths() const {
  std::vector<std::string> paths;
  for (const Variable& variable : variables_) {
    paths.push_back(variable.field_path);
  }
  return paths;
}

}  // namespace smon
