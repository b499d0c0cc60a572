#include "server/attrsvc/answer_fields.h"

#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"

namespace smon {
namespace {

constexpr int kMaxDepth = 500;

constexpr absl::string_view kWanted[] = {"status",
                                         "mode",
                                         "error_code",
                                         "message",
                                         "error",
                                         "detail",
                                         "detail.error_code",
                                         "detail.message",
                                         "recommendation.action",
                                         "recommendation.reason",
                                         "recommendation.source",
                                         "result.state",
                                         "result.error",
                                         "result.mode"};

// Called by the parser for one token after the other. Returning false stops it.
class FieldReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  const AnswerFields& fields() const { return fields_; }
  bool is_object() const { return is_object_; }

  bool start_object(std::size_t) override {
    if (depth_ == 0) is_object_ = true;
    if (depth_ == 1 && key_ == "recommendation") {
      fields_.has_recommendation = true;
    }
    if (depth_ == 1 && key_ == "result") fields_.has_result = true;
    return Open();
  }
  bool start_array(std::size_t) override { return Open(); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }

  bool key(string_t& name) override {
    if (depth_ == 1) key_ = name;
    if (depth_ == 2) sub_key_ = name;
    return true;
  }

  bool string(string_t& value) override {
    const std::string path = depth_ == 1   ? key_
                             : depth_ == 2 ? absl::StrCat(key_, ".", sub_key_)
                                           : "";
    for (const absl::string_view wanted : kWanted) {
      if (path == wanted) fields_.texts[path] = std::move(value);
    }
    return true;
  }
  bool boolean(bool value) override {
    if (depth_ == 1 && key_ == "submitted") fields_.not_submitted = !value;
    return true;
  }
  bool null() override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::detail::exception&) override {
    return false;
  }

 private:
  bool Open() {
    // An element of an array has no key.
    if (depth_ == 1) sub_key_.clear();
    return ++depth_ <= kMaxDepth;
  }
  bool Close() {
    --depth_;
    return true;
  }

  AnswerFields fields_;
  bool is_object_ = false;
  int depth_ = 0;
  std::string key_;
  std::string sub_key_;
};

}  // namespace

std::string AnswerFields::Text(absl::string_view path) const {
  const auto found = texts.find(std::string(path));
  return found == texts.end() ? "" : found->second;
}

std::optional<AnswerFields> ReadAnswerFields(const std::string& body) {
  // No JSON has a NUL. The parser takes one for the end, whatever follows.
  if (body.find('\0') != std::string::npos) return std::nullopt;
  FieldReader reader;
  if (!nlohmann::json::sax_parse(body, &reader) || !reader.is_object()) {
    return std::nullopt;
  }
  return reader.fields();
}

}  // namespace smon
