#include "testing/slurm_standin/options.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace smon::slurm_standin {
namespace {

class Parser {
 public:
  Parser(const std::vector<OptionSpec>& specs,
         const std::vector<std::string>& args)
      : specs_(specs), args_(args) {}

  Options Parse() {
    bool options_ended = false;
    while (next_ < args_.size() && result_.error.empty()) {
      const std::string& arg = args_[next_++];
      if (options_ended || arg.size() < 2 || arg[0] != '-') {
        result_.operands.push_back(arg);
      } else if (arg == "--") {
        options_ended = true;
      } else if (absl::StartsWith(arg, "--")) {
        ParseLong(arg);
      } else {
        ParseLetters(arg);
      }
    }
    return std::move(result_);
  }

 private:
  void ParseLong(const std::string& arg) {
    const size_t equals = arg.find('=');
    const std::string name = arg.substr(2, equals - 2);
    const OptionSpec* spec = FindByName(name);
    if (spec == nullptr) {
      result_.error = absl::StrCat("unrecognized option '--", name, "'");
    } else if (!spec->takes_value) {
      result_.values[spec->name] = "";
    } else if (equals != std::string::npos) {
      result_.values[spec->name] = arg.substr(equals + 1);
    } else if (next_ < args_.size()) {
      result_.values[spec->name] = args_[next_++];
    } else {
      result_.error =
          absl::StrCat("option '--", spec->name, "' requires an argument");
    }
  }

  // "-hr", "-tall", "-t" "all".
  void ParseLetters(const std::string& arg) {
    for (size_t i = 1; i < arg.size(); ++i) {
      const OptionSpec* spec = FindByLetter(arg[i]);
      if (spec == nullptr) {
        result_.error =
            absl::StrCat("invalid option -- '", arg.substr(i, 1), "'");
        return;
      }
      if (!spec->takes_value) {
        result_.values[spec->name] = "";
        continue;
      }
      if (i + 1 < arg.size()) {
        result_.values[spec->name] = arg.substr(i + 1);
      } else if (next_ < args_.size()) {
        result_.values[spec->name] = args_[next_++];
      } else {
        result_.error = absl::StrCat("option requires an argument -- '",
                                     arg.substr(i, 1), "'");
      }
      return;
    }
  }

  const OptionSpec* FindByLetter(char letter) const {
    for (const OptionSpec& spec : specs_) {
      if (spec.letter == letter) return &spec;
    }
    return nullptr;
  }

  // By the whole name, or a beginning that no other option shares.
  const OptionSpec* FindByName(const std::string& name) const {
    const OptionSpec* found = nullptr;
    for (const OptionSpec& spec : specs_) {
      if (spec.name == name) return &spec;
      if (!absl::StartsWith(spec.name, name)) continue;
      if (found != nullptr) return nullptr;
      found = &spec;
    }
    return found;
  }

  const std::vector<OptionSpec>& specs_;
  const std::vector<std::string>& args_;
  size_t next_ = 0;
  Options result_;
};

}  // namespace

std::string Options::Get(const std::string& name) const {
  const auto it = values.find(name);
  return it == values.end() ? "" : it->second;
}

std::vector<std::string> Options::List(const std::string& name) const {
  return absl::StrSplit(Get(name), ',', absl::SkipEmpty());
}

Options ParseOptions(const std::vector<OptionSpec>& specs,
                     const std::vector<std::string>& args) {
  return Parser(specs, args).Parse();
}

}  // namespace smon::slurm_standin
