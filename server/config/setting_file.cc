#include "server/config/setting_file.h"

#include <algorithm>
#include <exception>
#include <map>
#include <sstream>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/utf8.h"
#include "server/auth/protected_file.h"
#include "server/config/flag_table.h"
#include "yaml-cpp/eventhandler.h"
#include "yaml-cpp/yaml.h"

namespace smon {
namespace {

// What stands between the values of a flag that holds several; none for those
// that hold one.
const char* SeparatorOf(const std::string& flag) {
  if (flag == "partitions") return " ";
  if (flag == "allowed_hosts" || flag == "cors_allowed_origins" ||
      flag == "clusters") {
    return ",";
  }
  return nullptr;
}

// Reads one document. Borrows all that it is given.
class Reader {
 public:
  Reader(const std::string& path, SettingFile* file)
      : path_(path), file_(file) {}

  void Read(const YAML::Node& root) {
    if (root.IsNull()) return;  // nothing but comments
    if (!root.IsMap()) {
      return Add(root, "settings are wanted, such as 'interval: 60'");
    }
    for (const auto& entry : root) ReadEntry(entry.first, entry.second);
  }

  void Add(int line, absl::string_view problem) {
    file_->problems.push_back(
        absl::StrCat(ToPrintable(path_), ":", line, ": ", problem));
  }

 private:
  static int LineOf(const YAML::Node& node) { return node.Mark().line + 1; }

  void Add(const YAML::Node& node, absl::string_view problem) {
    Add(LineOf(node), problem);
  }

  void ReadEntry(const YAML::Node& key, const YAML::Node& value) {
    if (!key.IsScalar()) return Add(key, "the name of a setting is wanted");
    const std::string shown = ToPrintable(key.Scalar());
    const std::string flag = FindFlag(key.Scalar());
    if (flag.empty()) {
      const std::string nearest = NearestFlag(key.Scalar());
      return Add(key, absl::StrCat("unknown setting '", shown, "'",
                                   nearest.empty() ? "" : "; did you mean ",
                                   nearest, nearest.empty() ? "" : "?"));
    }
    if (flag == "config") {
      return Add(key, "config is for the command line or the environment only");
    }
    const auto [first, is_first] = lines_.emplace(flag, LineOf(key));
    if (!is_first) {
      return Add(key, absl::StrCat(shown, " was set in line ", first->second,
                                   " already"));
    }
    std::string text;
    if (ReadValue(flag, value, LineOf(key), &text)) {
      file_->settings.push_back({flag, text, LineOf(key)});
    }
  }

  bool ReadValue(const std::string& flag, const YAML::Node& value, int line,
                 std::string* text) {
    const char* const separator = SeparatorOf(flag);
    if (!value.IsSequence() || separator == nullptr) {
      return ReadText(flag, value, line, text);
    }
    std::vector<std::string> items;
    for (const YAML::Node& node : value) {
      std::string item;
      if (!ReadText(flag, node, line, &item)) return false;
      if (item.empty() || item.find_first_of(" ,\t") != std::string::npos) {
        Add(node, absl::StrCat(flag,
                               ": an item of the list is empty, or "
                               "holds a blank or a comma"));
        return false;
      }
      items.push_back(item);
    }
    *text = absl::StrJoin(items, separator);
    return true;
  }

  bool ReadText(const std::string& flag, const YAML::Node& node, int line,
                std::string* text) {
    if (node.IsNull()) {
      Add(line, absl::StrCat(flag, " has no value; \"\" is an empty one"));
    } else if (!node.IsScalar()) {
      Add(node, absl::StrCat(flag, " takes ",
                             SeparatorOf(flag) == nullptr
                                 ? "one value, not a list or a map"
                                 : "values or a list of them"));
    } else if (std::any_of(node.Scalar().begin(), node.Scalar().end(),
                           absl::ascii_iscntrl)) {
      Add(node, absl::StrCat(flag, " holds a control character"));
    } else {
      *text = node.Scalar();
      return true;
    }
    return false;
  }

  const std::string& path_;
  SettingFile* const file_;
  std::map<std::string, int> lines_;  // by flag
};

// Where the documents of a stream begin.
class DocumentStarts final : public YAML::EventHandler {
 public:
  const std::vector<YAML::Mark>& marks() const { return marks_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    marks_.push_back(mark);
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

 private:
  std::vector<YAML::Mark> marks_;
};

// Says what is wrong if there is more than one document. YAML::LoadAll would
// not do: it takes ",x" for documents without end, since it never gets past the
// comma.
bool HasOneDocument(const std::string& text, Reader* reader) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentStarts starts;
  if (!parser.HandleNextDocument(starts)) return true;  // none, or comments
  if (!parser.HandleNextDocument(starts)) return true;
  const YAML::Mark& first = starts.marks().front();
  const YAML::Mark& second = starts.marks().back();
  reader->Add(second.line + 1,
              first.pos == second.pos
                  ? "no YAML: a setting cannot begin with this character"
                  : "a second document; there is room for one");
  return false;
}

}  // namespace

SettingFile ParseSettings(const std::string& path, absl::string_view text) {
  SettingFile file;
  Reader reader(path, &file);
  // The library throws what is wrong.
  try {
    const std::string copy(text);
    if (HasOneDocument(copy, &reader)) reader.Read(YAML::Load(copy));
  } catch (const YAML::Exception& error) {
    reader.Add(error.mark.line + 1,
               absl::StrCat("no YAML: ", ToPrintable(error.msg)));
  } catch (const std::exception& error) {
    reader.Add(1, absl::StrCat("no YAML: ", ToPrintable(error.what())));
  }
  return file;
}

SettingFile ReadSettingFile(const std::string& path) {
  const auto text = ReadProtectedFile(path, Secrecy::kPublic);
  if (text.ok()) return ParseSettings(path, *text);
  SettingFile file;
  file.problems.push_back(absl::StrCat(
      "--config: ", ToPrintable(std::string(text.status().message()))));
  return file;
}

}  // namespace smon
