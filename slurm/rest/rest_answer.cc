#include "slurm/rest/rest_answer.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "rapidjson/error/en.h"
#include "rapidjson/reader.h"
#include "slurm/record_fields.h"
#include "slurm/rest/source_stream.h"

namespace smon::slurm {
namespace {

constexpr size_t kMaxDepth = 64;
constexpr size_t kMaxErrors = 20;
constexpr size_t kMaxErrorText = 400;

enum ErrorField { kDescription, kError, kNumber, kSource, kErrorFields };
enum MetaField { kRelease, kCluster, kMetaFields };

const RestFields& ErrorFields() {
  static const auto* const fields = new RestFields({
      {"description", kDescription},
      {"error", kError},
      {"error_number", kNumber},
      {"source", kSource},
  });
  return *fields;
}

// "Slurm" up to v0.0.39, "slurm" since.
const RestFields& MetaFields() {
  static const auto* const fields = new RestFields({
      {"Slurm/release", kRelease},
      {"slurm/release", kRelease},
      {"slurm/cluster", kCluster},
  });
  return *fields;
}

std::string Shorten(absl::string_view text) {
  return std::string(text.substr(0, kMaxErrorText));
}

}  // namespace

RestFields::RestFields(std::initializer_list<Field> fields) {
  for (const Field& field : fields) {
    Node* node = &root_;
    for (const absl::string_view key : absl::StrSplit(field.path, '/')) {
      std::unique_ptr<Node>& child = node->children[std::string(key)];
      if (child == nullptr) child = std::make_unique<Node>();
      node = child.get();
    }
    node->field = field.id;
    size_ = std::max(size_, field.id + 1);
    for (const auto& [key, role] :
         {std::pair("number", Role::kValue), std::pair("set", Role::kSet),
          std::pair("infinite", Role::kInfinite)}) {
      auto child = std::make_unique<Node>();
      child->field = field.id;
      child->role = role;
      node->children[key] = std::move(child);
    }
  }
}

absl::string_view RestRecord::Text(int field) const {
  const Value& value = values_[field];
  return value.kind == Kind::kText ? absl::string_view(value.text)
                                   : absl::string_view();
}

absl::string_view RestRecord::NumberText(int field) const {
  const Value& value = values_[field];
  return value.kind == Kind::kNumber && !value.unset
             ? absl::string_view(value.text)
             : absl::string_view();
}

std::optional<int64_t> RestRecord::Number(int field) const {
  return ParseNumber(NumberText(field));
}

std::optional<bool> RestRecord::Bool(int field) const {
  const Value& value = values_[field];
  if (value.kind != Kind::kBool) return std::nullopt;
  return value.flag;
}

bool RestRecord::Has(int field) const {
  return values_[field].kind != Kind::kAbsent;
}

uint64_t RestRecord::Print(std::initializer_list<int> without) const {
  uint64_t print = 0;
  for (size_t i = 0; i < values_.size(); ++i) {
    if (std::count(without.begin(), without.end(), static_cast<int>(i)) > 0) {
      continue;
    }
    const Value& value = values_[i];
    print = absl::HashOf(print, static_cast<int>(value.kind), value.unset,
                         value.flag, absl::string_view(value.text));
  }
  return print;
}

void RestRecord::Clear() {
  for (Value& value : values_) {
    value.kind = Kind::kAbsent;
    value.unset = false;
    value.flag = false;
    value.text.clear();  // keeps its memory for the next record
  }
  has_nul_ = false;
}

// Takes the parser's events.
class RestAnswerReader
    : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, RestAnswerReader> {
 public:
  RestAnswerReader(absl::string_view list, const RestFields& fields,
                   absl::FunctionRef<void(const RestRecord&)> on_record)
      : list_(list),
        fields_(fields),
        on_record_(on_record),
        record_(fields.size()),
        error_(kErrorFields),
        meta_(kMetaFields) {}

  bool Null() { return Set(RestRecord::Kind::kNull, {}, false); }
  bool Bool(bool b) { return Set(RestRecord::Kind::kBool, {}, b); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    return Set(RestRecord::Kind::kNumber, {text, size}, false);
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    return Set(RestRecord::Kind::kText, {text, size}, false);
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    const absl::string_view key(text, size);
    if (frames_.size() == 1) {
      EnterPart(key);
    } else if (const RestFields::Node* const node = frames_.back().node;
               node != nullptr) {
      const auto child = node->children.find(key);
      next_ = child == node->children.end() ? nullptr : child->second.get();
    }
    return true;
  }
  bool StartObject() { return Open(false); }
  bool EndObject(rapidjson::SizeType) { return Close(); }
  bool StartArray() { return Open(true); }
  bool EndArray(rapidjson::SizeType) { return Close(); }

  RestAnswer Finish() {
    answer_.release = Shorten(meta_.Text(kRelease));
    answer_.cluster = Shorten(meta_.Text(kCluster));
    return std::move(answer_);
  }

 private:
  enum class Part { kOther, kList, kErrors, kMeta };
  struct Frame {
    const RestFields::Node* node;  // null: skipped
    bool is_array;
    bool is_record;
  };

  // A key of the outermost object.
  void EnterPart(absl::string_view key) {
    next_ = nullptr;
    part_ = Part::kOther;
    if (key == list_) {
      part_ = Part::kList;
      next_ = &fields_.root();
    } else if (key == "errors") {
      part_ = Part::kErrors;
      next_ = &ErrorFields().root();
    } else if (key == "meta") {
      part_ = Part::kMeta;
      next_ = &MetaFields().root();
    }
  }

  bool Open(bool is_array) {
    if (frames_.size() >= kMaxDepth) return false;
    const RestFields::Node* node = !frames_.empty() && frames_.back().is_array
                                       ? frames_.back().node
                                       : next_;
    // The lists hold objects; what is in an array there belongs to none.
    if (frames_.size() == 2 && frames_[1].is_array && is_array) node = nullptr;
    const bool is_record = frames_.size() == 2 && frames_[1].is_array &&
                           !is_array &&
                           (part_ == Part::kList || part_ == Part::kErrors);
    if (frames_.size() == 1 && is_array && part_ == Part::kList) {
      answer_.has_list = true;
    }
    frames_.push_back({node, is_array, is_record});
    next_ = nullptr;
    return true;
  }

  bool Close() {
    const bool was_record = frames_.back().is_record;
    frames_.pop_back();
    next_ = nullptr;
    if (!was_record) return true;
    if (part_ == Part::kList) {
      on_record_(record_);
      record_.Clear();
    } else {
      AddError();
      error_.Clear();
    }
    return true;
  }

  void AddError() {
    if (answer_.errors.size() >= kMaxErrors) return;
    RestAnswer::Error error;
    // Negative ones too: -1 is SLURM_ERROR.
    if (!absl::SimpleAtoi(error_.NumberText(kNumber), &error.number)) {
      error.number = 0;
    }
    const absl::string_view description = error_.Text(kDescription);
    const absl::string_view name = error_.Text(kError);
    error.text = Shorten(description.empty() ? name
                         : name.empty() || name == description
                             ? description
                             : absl::StrCat(name, ": ", description));
    error.source = Shorten(error_.Text(kSource));
    answer_.errors.push_back(std::move(error));
  }

  bool Set(RestRecord::Kind kind, absl::string_view text, bool flag) {
    if (frames_.size() < 2) return true;
    const Frame& frame = frames_.back();
    const RestFields::Node* const node = frame.is_array ? frame.node : next_;
    if (node == nullptr || node->field < 0) return true;
    RestRecord& record = part_ == Part::kList     ? record_
                         : part_ == Part::kErrors ? error_
                                                  : meta_;
    RestRecord::Value& value = record.values_[node->field];
    if (node->role != RestFields::Role::kValue) {
      if (flag == (node->role == RestFields::Role::kInfinite)) {
        value.unset = true;
      }
      return true;
    }
    if (text.find('\0') != absl::string_view::npos) record.has_nul_ = true;
    if (frame.is_array && value.kind == RestRecord::Kind::kText) {
      absl::StrAppend(&value.text, ",", text);
    } else {
      value.text.assign(text.data(), text.size());
    }
    value.kind = kind;
    value.flag = flag;
    return true;
  }

  const absl::string_view list_;
  const RestFields& fields_;
  const absl::FunctionRef<void(const RestRecord&)> on_record_;

  std::vector<Frame> frames_;
  const RestFields::Node* next_ = nullptr;  // of the value that comes next
  Part part_ = Part::kOther;
  RestRecord record_;
  RestRecord error_;
  RestRecord meta_;
  RestAnswer answer_;
};

absl::StatusOr<RestAnswer> ReadRestAnswer(
    ByteSource* source, absl::string_view list, const RestFields& fields,
    absl::FunctionRef<void(const RestRecord&)> on_record) {
  // Iterative: the depth costs no stack. As strings: no number is too large.
  // NaN: json-c writes it. UTF-8 is not checked: names may hold any bytes.
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag |
                              rapidjson::kParseNumbersAsStringsFlag |
                              rapidjson::kParseNanAndInfFlag;
  SourceStream stream(source);
  RestAnswerReader reader(list, fields, on_record);
  rapidjson::Reader parser;
  const rapidjson::ParseResult result = parser.Parse<kFlags>(stream, reader);
  if (!stream.status().ok()) return stream.status();
  if (result.IsError()) {
    return absl::InternalError(absl::StrCat(
        "the answer is no JSON that can be read (at byte ", result.Offset(),
        ": ", rapidjson::GetParseError_En(result.Code()), ")"));
  }
  return reader.Finish();
}

}  // namespace smon::slurm
