#include "slurm/sbatch_options.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "slurm/sbatch_option_table.h"

namespace smon::slurm {
namespace {

using Answer = OutputOption::Answer;

OutputOption Ambiguous() {
  OutputOption option;
  option.answer = Answer::kAmbiguous;
  return option;
}

// An option in a word of its own, or the word's last one: "-Qo" is -Q and -o.
struct Option {
  OptionKind kind = OptionKind::kUnknown;
  bool has_value = false;  // in the same word: --output=x, -ox
  absl::string_view value;
};

bool IsOptionWord(absl::string_view word) {
  return word.size() > 1 && word[0] == '-';
}

Option ParseOptionWord(absl::string_view word) {
  Option option;
  if (absl::StartsWith(word, "--")) {
    const size_t equals = word.find('=');
    option.kind = LongOptionKind(word.substr(2, equals - 2));
    option.has_value = equals != absl::string_view::npos;
    if (option.has_value) option.value = word.substr(equals + 1);
    return option;
  }
  for (size_t i = 1; i < word.size(); ++i) {
    option.kind = ShortOptionKind(word[i]);
    if (word[i] == 'k') return option;  // the rest is its optional value
    if (option.kind == OptionKind::kNone) continue;
    option.has_value = i + 1 < word.size();
    option.value = word.substr(i + 1);
    return option;
  }
  return option;
}

bool TakesValue(OptionKind kind) {
  return kind != OptionKind::kNone && kind != OptionKind::kUnknown;
}

// Whether the word might be an output option. Rather too often than too seldom.
bool MayBeOutput(absl::string_view word) {
  if (absl::StartsWith(word, "--")) return absl::StartsWith(word, "--ou");
  return IsOptionWord(word) && word.find('o') != absl::string_view::npos;
}

absl::string_view BaseName(absl::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

bool LooksLikeScript(absl::string_view word) {
  for (const absl::string_view suffix :
       {".sh", ".bash", ".zsh", ".csh", ".sbatch", ".batch", ".slurm", ".slm",
        ".job", ".py", ".pl"}) {
    if (absl::EndsWith(word, suffix)) return true;
  }
  return false;
}

// Reads one command line from left to right.
class SubmitLine {
 public:
  SubmitLine(absl::string_view line, absl::string_view job_name)
      : words_(absl::StrSplit(line, ' ')), job_name_(job_name) {}

  OutputOption Read() {
    if (BaseName(words_[0]) != "sbatch") return Ambiguous();
    next_ = 1;
    while (next_ < words_.size()) {
      const absl::string_view word = words_[next_];
      if (word == ":") return UpToHere(/*is_certain=*/!seen_free_text_);
      if (!IsOptionWord(word)) return UpToHere(IsScript());
      ++next_;
      if (word == "--") return UpToHere(/*is_certain=*/!seen_free_text_);
      if (!ReadOption(ParseOptionWord(word))) return Ambiguous();
      if (found_.is_wrapped) return UpToHere(/*is_certain=*/false);
    }
    return found_;
  }

 private:
  // Takes the option and its value. False when it cannot be told where that
  // ends, and an output option may follow.
  bool ReadOption(Option option) {
    last_ = option.kind;
    if (option.kind == OptionKind::kUnknown) return !OutputMayFollow();
    if (!TakesValue(option.kind)) return true;
    if (!option.has_value) {
      if (next_ == words_.size()) return false;
      option.value = words_[next_++];
    }
    switch (option.kind) {
      case OptionKind::kOutput:
        found_.answer = Answer::kPresent;
        found_.pattern = std::string(option.value);
        break;
      case OptionKind::kName:
        return ReadName(option.value);
      case OptionKind::kProse:
        seen_free_text_ = true;
        return !OutputMayFollow();
      case OptionKind::kWrap:
        found_.is_wrapped = true;
        break;
      case OptionKind::kPath:
        seen_free_text_ = true;
        break;
      default:
        break;
    }
    return true;
  }

  // The name in accounting tells how many words it has. Where the two differ
  // (someone changed the name, or it is a later component's), nothing does.
  bool ReadName(absl::string_view first_word) {
    std::string name(first_word);
    size_t end = next_;
    while (name != job_name_ && end < words_.size() &&
           name.size() < job_name_.size()) {
      absl::StrAppend(&name, " ", words_[end++]);
    }
    if (name == job_name_) {
      next_ = end;
      return true;
    }
    // sacct shows an empty name so.
    if (first_word.empty() && job_name_ == "allocation") return true;
    seen_free_text_ = true;
    return found_.answer == Answer::kAbsent && !OutputMayFollow();
  }

  // Whether the word at next_ is certainly the script, and not the rest of the
  // value of the option before it.
  bool IsScript() const {
    const absl::string_view word = words_[next_];
    if (BaseName(word) == job_name_ || LooksLikeScript(word)) return true;
    const bool may_be_value =
        last_ == OptionKind::kPath || last_ == OptionKind::kOutput;
    if (!may_be_value) return true;
    if (last_ == OptionKind::kOutput) return false;
    // Without a script, sbatch reads it from its input and calls the job so.
    return next_ + 1 == words_.size() && job_name_ != "sbatch";
  }

  bool OutputMayFollow() const {
    return std::any_of(words_.begin() + next_, words_.end(), MayBeOutput);
  }

  // The answer when no more options follow; if that is not certain, only if
  // what follows cannot change it.
  OutputOption UpToHere(bool is_certain) const {
    if (is_certain) return found_;
    if (OutputMayFollow() || last_ == OptionKind::kOutput) return Ambiguous();
    return found_;
  }

  const std::vector<absl::string_view> words_;
  const absl::string_view job_name_;
  size_t next_ = 0;
  OptionKind last_ = OptionKind::kUnknown;  // of the last option read
  // A value was read that may have had spaces in it.
  bool seen_free_text_ = false;
  OutputOption found_;
};

// Splits a #SBATCH line as sbatch does: at white space, with ' and " around
// parts of a word, up to a '#'. False when it cannot be told.
bool SplitDirective(absl::string_view text, std::vector<std::string>* words) {
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (const char c : text) {
    if (c == '\\') return false;
    if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word.push_back(c);
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_word = true;
    } else if (c == '#') {
      break;
    } else if (absl::ascii_isspace(c)) {
      if (in_word) words->push_back(std::move(word));
      word.clear();
      in_word = false;
    } else {
      word.push_back(c);
      in_word = true;
    }
  }
  if (in_word) words->push_back(std::move(word));
  return quote == 0;
}

// Takes the output option of one #SBATCH line into `found`. False when it
// cannot be told.
bool ReadDirective(const std::vector<std::string>& words, OutputOption* found) {
  for (size_t i = 0; i < words.size(); ++i) {
    if (!IsOptionWord(words[i])) continue;  // sbatch refuses such a script
    const Option option = ParseOptionWord(words[i]);
    if (option.kind == OptionKind::kUnknown) {
      return std::none_of(words.begin() + i + 1, words.end(), MayBeOutput);
    }
    if (!TakesValue(option.kind)) continue;
    if (!option.has_value && ++i == words.size()) {
      return option.kind != OptionKind::kOutput;
    }
    if (option.kind != OptionKind::kOutput) continue;
    found->answer = Answer::kPresent;
    found->pattern = option.has_value ? std::string(option.value) : words[i];
  }
  return true;
}

}  // namespace

OutputOption OutputFromSubmitLine(absl::string_view line,
                                  absl::string_view job_name) {
  return SubmitLine(line, job_name).Read();
}

OutputOption OutputFromScript(absl::string_view script) {
  OutputOption found;
  for (absl::string_view line : absl::StrSplit(script, '\n')) {
    const absl::string_view text = absl::StripLeadingAsciiWhitespace(line);
    if (text.empty()) continue;
    if (text[0] != '#') break;  // the first command
    if (absl::StartsWith(line, "#PBS") || absl::StartsWith(line, "#BSUB")) {
      const std::vector<absl::string_view> words =
          absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
      if (std::any_of(words.begin(), words.end(), MayBeOutput)) {
        return Ambiguous();
      }
      continue;
    }
    if (!absl::StartsWith(line, "#SBATCH")) continue;
    std::vector<std::string> words;
    const bool is_clear = SplitDirective(line.substr(7), &words);
    if (!words.empty() && (words[0] == "hetjob" || words[0] == "packjob")) {
      break;  // what follows is the next component's
    }
    if (!is_clear || !ReadDirective(words, &found)) return Ambiguous();
  }
  return found;
}

}  // namespace smon::slurm
