#include "client/completion.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace smon::client {
namespace {

// The parts of the bash script around its tables.
constexpr char kBashBegin[] =
    R"sh(# bash completion for smonctl: source <(smonctl completion bash)

# What may follow a command: its commands and options.
_smonctl_words() {
  case $1 in
)sh";
constexpr char kBashValues[] = R"(  esac
}

# The words that an option, or a command's argument, takes.
_smonctl_values() {
  case $1 in
)";
constexpr char kBashEnd[] = R"sh(  esac
}

_smonctl() {
  local cur=${COMP_WORDS[COMP_CWORD]} command=smonctl option= values= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ ${COMP_WORDS[i]} != -* ]] || continue
    case " $(_smonctl_words "$command") " in
      *" ${COMP_WORDS[i]} "*) command+=" ${COMP_WORDS[i]}" ;;
    esac
  done
  # bash takes "--state=failed" for three words.
  if [[ $cur == = ]]; then
    option=${COMP_WORDS[COMP_CWORD - 1]} cur=
  elif [[ ${COMP_WORDS[COMP_CWORD - 1]} == = ]]; then
    option=${COMP_WORDS[COMP_CWORD - 2]}
  elif [[ ${COMP_WORDS[COMP_CWORD - 1]} == -* ]]; then
    option=${COMP_WORDS[COMP_CWORD - 1]}
  fi
  if [[ $option == -* ]]; then
    values=$(_smonctl_values "$command $option")
  elif [[ $cur != -* ]]; then
    values=$(_smonctl_values "$command")
  fi
  COMPREPLY=()
  case $values in
    FILE) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    TEXT) ;;
    "") mapfile -t COMPREPLY < <(compgen -W "$(_smonctl_words "$command")" -- "$cur") ;;
    *)
      local before=
      [[ $cur != *,* ]] || before=${cur%,*},
      mapfile -t COMPREPLY < <(compgen -P "$before" -W "$values" -- "${cur##*,}")
      ;;
  esac
  [[ ${COMPREPLY[*]} != --*= ]] || compopt -o nospace 2>/dev/null
}
complete -F _smonctl smonctl
)sh";

constexpr char kZshEnd[] = R"sh(  esac
}

_smonctl() {
  local command=smonctl word option
  local -a known values
  for word in ${words[2,CURRENT-1]}; do
    [[ $word != -* ]] || continue
    known=("${(@f)$(_smonctl_words $command)}")
    (( ! ${known[(I)$word:*]} )) || command+=" $word"
  done
  if [[ $PREFIX == --*=* ]]; then
    option=${PREFIX%%=*}
    compset -P '*='
  elif [[ ${words[CURRENT-1]} == -* ]]; then
    option=${words[CURRENT-1]}
  fi
  if [[ -n $option ]]; then
    values=($(_smonctl_values "$command $option"))
  elif [[ $PREFIX != -* ]]; then
    values=($(_smonctl_values $command))
  fi
  case ${values[*]} in
    FILE) _files ;;
    TEXT) _message value ;;
    ?*)
      compset -P '*,'
      compadd -a values
      ;;
    *)
      known=("${(@f)$(_smonctl_words $command)}")
      if [[ $PREFIX == -* ]]; then
        known=(${(M)known:#-*})
      else
        known=(${known:#-*})
      fi
      _describe word known
      ;;
  esac
}
compdef _smonctl smonctl
)sh";

constexpr char kFishBegin[] =
    R"sh(# fish completion for smonctl: smonctl completion fish | source

# Whether the command on the line is the one given.
function __smonctl_is
    set -l line smonctl
    for word in (commandline -opc)[2..-1]
        string match -q -- '-*' $word; and continue
        contains -- "$line $word" $__smonctl_commands; and set line "$line $word"
    end
    test "$line" = "$argv"
end
)sh";

constexpr char kContexts[] =
    "$(smonctl config get-contexts -o name 2>/dev/null)";

// Only names that mean nothing to a shell, whatever the server says: compgen
// expands its words.
constexpr char kClusters[] =
    "$(smonctl clusters -o name --timeout=1 2>/dev/null | "
    "grep -xE '[A-Za-z0-9._-]+')";

bool TakesValue(const OptionModel& option) {
  return option.kind != ValueKind::kNone;
}

// The words that complete a value, as a shell's double-quoted text.
std::string Values(const OptionModel& option) {
  switch (option.kind) {
    case ValueKind::kWords:
      return absl::StrJoin(option.words, " ");
    case ValueKind::kContext:
      return kContexts;
    case ValueKind::kCluster:
      return kClusters;
    case ValueKind::kFile:
      return "FILE";
    default:
      return "TEXT";
  }
}

// In single quotes, for any of the three.
std::string Quoted(const std::string& text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "'\\''"}}), "'");
}

// "'smonctl jobs --state' | 'smonctl jobs -t') echo …", and arguments of which
// the words are known, for bash and zsh.
std::string ValueCases(const CommandModel& smonctl) {
  std::string cases;
  for (const CommandModel* command : AllCommands(smonctl)) {
    for (const OptionModel& option : command->options) {
      if (!TakesValue(option)) continue;
      std::vector<std::string> patterns;
      for (const std::string& name : option.names) {
        patterns.push_back(absl::StrCat("'", command->name, " ", name, "'"));
      }
      absl::StrAppend(&cases, "    ", absl::StrJoin(patterns, " | "),
                      ") echo \"", Values(option), "\" ;;\n");
    }
    for (const OptionModel& argument : command->arguments) {
      if (argument.kind == ValueKind::kText) continue;
      absl::StrAppend(&cases, "    '", command->name, "') echo \"",
                      Values(argument), "\" ;;\n");
    }
  }
  return cases;
}

std::string BashWords(const CommandModel& command) {
  std::vector<std::string> words;
  for (const CommandModel& below : command.commands) {
    words.push_back(LastWord(below));
  }
  for (const OptionModel& option : command.options) {
    for (const std::string& name : option.names) {
      const bool is_long = name.rfind("--", 0) == 0;
      words.push_back(is_long && TakesValue(option) ? name + "=" : name);
    }
  }
  return absl::StrJoin(words, " ");
}

// "word:description" lines, as _describe takes them.
std::string ZshWords(const CommandModel& command) {
  std::string lines;
  const auto add = [&lines](const std::string& word, const std::string& text) {
    absl::StrAppend(&lines, lines.empty() ? "" : "\n",
                    absl::StrReplaceAll(word, {{":", "\\:"}}), ":",
                    absl::StrReplaceAll(text, {{":", "\\:"}, {"\n", " "}}));
  };
  for (const CommandModel& below : command.commands) {
    add(LastWord(below), below.description);
  }
  for (const OptionModel& option : command.options) {
    for (const std::string& name : option.names) add(name, option.description);
  }
  return lines;
}

// The options of "complete" that say what a value is.
std::string FishValue(const OptionModel& option) {
  switch (option.kind) {
    case ValueKind::kNone:
      return "";
    case ValueKind::kFile:
      return " -r -F";
    case ValueKind::kWords:
      return absl::StrCat(" -x -a ", Quoted(absl::StrJoin(option.words, " ")));
    case ValueKind::kContext:
      return " -x -a '(smonctl config get-contexts -o name 2>/dev/null)'";
    case ValueKind::kCluster:
      return " -x -a '(smonctl clusters -o name --timeout=1 2>/dev/null | "
             "string match -r \"^[A-Za-z0-9._-]+\\$\")'";
    case ValueKind::kText:
      return " -x";
  }
  return "";
}

std::string FishOption(const OptionModel& option) {
  std::string text;
  for (const std::string& name : option.names) {
    const bool is_long = name.rfind("--", 0) == 0;
    absl::StrAppend(&text, is_long ? " -l " : " -s ",
                    name.substr(is_long ? 2 : 1));
  }
  return absl::StrCat(text, FishValue(option), " -d ",
                      Quoted(option.description));
}

}  // namespace

std::string BashCompletion(const CommandModel& smonctl) {
  std::string script = kBashBegin;
  for (const CommandModel* command : AllCommands(smonctl)) {
    absl::StrAppend(&script, "    '", command->name, "') echo \"",
                    BashWords(*command), "\" ;;\n");
  }
  return absl::StrCat(script, kBashValues, ValueCases(smonctl), kBashEnd);
}

std::string ZshCompletion(const CommandModel& smonctl) {
  std::string script =
      "#compdef smonctl\n"
      "# zsh completion for smonctl: source <(smonctl completion zsh)\n\n"
      "# What may follow a command, one \"word:description\" a line.\n"
      "_smonctl_words() {\n  case $1 in\n";
  for (const CommandModel* command : AllCommands(smonctl)) {
    absl::StrAppend(&script, "    '", command->name, "') print -r -- ",
                    Quoted(ZshWords(*command)), " ;;\n");
  }
  return absl::StrCat(script,
                      "  esac\n}\n\n"
                      "# The words that an option, or a command's argument, "
                      "takes.\n_smonctl_values() {\n  case $1 in\n",
                      ValueCases(smonctl), kZshEnd);
}

std::string FishCompletion(const CommandModel& smonctl) {
  std::string script = kFishBegin;
  std::vector<std::string> names;
  for (const CommandModel* command : AllCommands(smonctl)) {
    names.push_back(Quoted(command->name));
  }
  absl::StrAppend(&script, "set -g __smonctl_commands ",
                  absl::StrJoin(names, " "), "\ncomplete -c smonctl -f\n");
  for (const CommandModel* command : AllCommands(smonctl)) {
    const std::string begin =
        absl::StrCat("complete -c smonctl -n ",
                     Quoted(absl::StrCat("__smonctl_is ", command->name)));
    for (const CommandModel& below : command->commands) {
      absl::StrAppend(&script, begin, " -a ", LastWord(below), " -d ",
                      Quoted(below.description), "\n");
    }
    for (const OptionModel& option : command->options) {
      absl::StrAppend(&script, begin, FishOption(option), "\n");
    }
    for (const OptionModel& argument : command->arguments) {
      if (argument.kind == ValueKind::kText) continue;
      absl::StrAppend(&script, begin, FishValue(argument), "\n");
    }
  }
  return script;
}

}  // namespace smon::client
