#ifndef SMON_SERVER_ATTRSVC_ANSWER_FIELDS_H_
#define SMON_SERVER_ATTRSVC_ANSWER_FIELDS_H_

#include <map>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace smon {

// What smonsvc reads out of a JSON object that attrsvc answered.
struct AnswerFields {
  // The text at a path, e.g. "mode" or "recommendation.action", when there is
  // one and it is a string; else "". Of a repeated key the last one counts.
  std::string Text(absl::string_view path) const;

  // Only the paths that are asked for somewhere, whatever the object's size.
  std::map<std::string, std::string> texts;
  // Whether "recommendation" and "result" are objects.
  bool has_recommendation = false;
  bool has_result = false;
  // Whether it says "submitted": false.
  bool not_submitted = false;
};

// Nothing when the body is not one valid JSON object (UTF-8 included), or is
// nested deeper than 500. The rest of it is checked but not kept, so a body of
// any shape costs no more memory than its own size.
std::optional<AnswerFields> ReadAnswerFields(const std::string& body);

}  // namespace smon

#endif  // SMON_SERVER_ATTRSVC_ANSWER_FIELDS_H_
