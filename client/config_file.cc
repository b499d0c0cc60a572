#include "client/config_file.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/nearest.h"
#include "client/small_file.h"
#include "common/status_macros.h"
#include "yaml-cpp/yaml.h"

namespace smon::client {
namespace {

constexpr size_t kMaxNameBytes = 100;

// A key of a context, and where its value goes.
struct Setting {
  const char* key;
  std::string* value;
  bool is_file;
};

std::vector<Setting> SettingsOf(Context* context) {
  CredentialFiles& files = context->credentials;
  return {{"name", &context->name, false},
          {"address", &context->address, false},
          {"tls_ca", &files.tls_ca, true},
          {"tls_cert", &files.tls_cert, true},
          {"tls_key", &files.tls_key, true},
          {"token_file", &files.token, true},
          {"cluster", &context->cluster, false}};
}

absl::Status Bad(const std::string& path, absl::string_view problem) {
  return absl::FailedPreconditionError(
      absl::StrCat("bad configuration file '", path, "': ", problem));
}

std::string HomeFolder() {
  const char* home = std::getenv("HOME");
  if (home != nullptr && *home != '\0') return home;
  const passwd* user = getpwuid(getuid());
  return user != nullptr && user->pw_dir != nullptr ? user->pw_dir : "";
}

// Of a file that is not there, nothing.
absl::StatusOr<std::string> ReadText(const std::string& path) {
  absl::StatusOr<std::string> text = ReadSmallFile(path);
  if (absl::IsNotFound(text.status())) return std::string();
  if (!text.ok()) return Bad(path, text.status().message());
  return text;
}

std::string At(const YAML::Node& node) {
  return absl::StrCat("line ", node.Mark().line + 1, ": ");
}

absl::StatusOr<std::string> Scalar(const std::string& path,
                                   const YAML::Node& node,
                                   absl::string_view key) {
  if (node.IsNull()) return std::string();
  if (!node.IsScalar()) return Bad(path, At(node) + "a text is wanted");
  const std::string& text = node.Scalar();
  if (std::any_of(text.begin(), text.end(), absl::ascii_iscntrl)) {
    return Bad(path, absl::StrCat(At(node), key, " has a control character"));
  }
  return text;
}

absl::StatusOr<Context> ReadContext(const std::string& path,
                                    const YAML::Node& node) {
  if (!node.IsMap()) return Bad(path, At(node) + "a context is wanted");
  Context context;
  const std::vector<Setting> settings = SettingsOf(&context);
  for (const auto& entry : node) {
    SMON_ASSIGN_OR_RETURN(const std::string key,
                          Scalar(path, entry.first, "a key"));
    const auto setting =
        std::find_if(settings.begin(), settings.end(),
                     [&key](const Setting& s) { return s.key == key; });
    if (setting == settings.end()) {
      std::vector<std::string> keys;
      for (const Setting& s : settings) keys.push_back(s.key);
      return Bad(path, absl::StrCat(At(entry.first), "unknown key '", key, "'",
                                    DidYouMean(key, keys)));
    }
    SMON_ASSIGN_OR_RETURN(*setting->value, Scalar(path, entry.second, key));
    if (setting->is_file && !setting->value->empty()) {
      const std::filesystem::path folder =
          std::filesystem::path(path).parent_path();
      *setting->value = (folder / *setting->value).string();
    }
  }
  if (const absl::Status status = CheckContextName(context.name);
      !status.ok()) {
    return Bad(path, absl::StrCat(At(node), status.message()));
  }
  return context;
}

absl::StatusOr<Config> ReadConfig(const std::string& path,
                                  const YAML::Node& root) {
  Config config;
  if (root.IsNull()) return config;
  if (!root.IsMap()) return Bad(path, "it has no current-context and contexts");
  for (const auto& entry : root) {
    SMON_ASSIGN_OR_RETURN(const std::string key,
                          Scalar(path, entry.first, "a key"));
    if (key == "current-context") {
      SMON_ASSIGN_OR_RETURN(config.current_context,
                            Scalar(path, entry.second, key));
    } else if (key == "contexts") {
      if (!entry.second.IsSequence() && !entry.second.IsNull()) {
        return Bad(path, At(entry.second) + "a list of contexts is wanted");
      }
      for (const YAML::Node& node : entry.second) {
        SMON_ASSIGN_OR_RETURN(Context context, ReadContext(path, node));
        if (FindContext(config, context.name) != nullptr) {
          return Bad(path, absl::StrCat(At(node), "there are two contexts '",
                                        context.name, "'"));
        }
        config.contexts.push_back(std::move(context));
      }
    } else {
      return Bad(
          path, absl::StrCat(At(entry.first), "unknown key '", key, "'",
                             DidYouMean(key, {"current-context", "contexts"})));
    }
  }
  return config;
}

absl::Status CannotWrite(const std::string& path) {
  return absl::FailedPreconditionError(absl::StrCat(
      "cannot write the configuration file '", path,
      "': ", std::strerror(errno), " (SMONCTL_CONFIG names another)"));
}

// All of it, and on the disk.
bool WriteAndClose(int fd, absl::string_view text) {
  bool good = true;
  while (good && !text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    good = written > 0;
    if (good) text.remove_prefix(static_cast<size_t>(written));
  }
  good = good && fsync(fd) == 0;
  const int error = errno;
  good = close(fd) == 0 && good;
  if (error != 0 && !good) errno = error;
  return good;
}

// Makes the folders of which the last is `folder`; those that are made are for
// the user only.
bool MakeFolders(const std::filesystem::path& folder) {
  if (folder.empty()) return true;
  if (mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return true;
  return errno == ENOENT && folder.has_relative_path() &&
         MakeFolders(folder.parent_path()) && mkdir(folder.c_str(), 0700) == 0;
}

}  // namespace

const Context* FindContext(const Config& config, absl::string_view name) {
  for (const Context& context : config.contexts) {
    if (context.name == name) return &context;
  }
  return nullptr;
}

Context* FindContext(Config* config, absl::string_view name) {
  const Config& read_only = *config;
  return const_cast<Context*>(FindContext(read_only, name));
}

std::vector<std::string> ContextNames(const Config& config) {
  std::vector<std::string> names;
  for (const Context& context : config.contexts) names.push_back(context.name);
  return names;
}

absl::Status CheckContextName(absl::string_view name) {
  const bool good =
      !name.empty() && name.size() <= kMaxNameBytes && name[0] != '-' &&
      std::all_of(name.begin(), name.end(), [](char c) {
        return absl::ascii_isalnum(c) || absl::StrContains("._-@:/+", c);
      });
  if (good) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("'", name,
                   "' cannot name a context: up to 100 letters, digits, and "
                   "._-@:/+ can"));
}

std::string ConfigPath() {
  const char* given = std::getenv("SMONCTL_CONFIG");
  if (given != nullptr && *given != '\0') return given;
  // The specification of XDG folders has relative ones ignored.
  const char* xdg = std::getenv("XDG_CONFIG_HOME");
  std::string folder = xdg != nullptr && *xdg == '/' ? xdg : "";
  if (folder.empty()) {
    const std::string home = HomeFolder();
    if (home.empty()) return "";
    folder = home + "/.config";
  }
  return folder + "/smonctl/config.yaml";
}

absl::StatusOr<Config> LoadConfig(const std::string& path) {
  if (path.empty()) return Config();
  SMON_ASSIGN_OR_RETURN(const std::string text, ReadText(path));
  try {
    return ReadConfig(path, YAML::Load(text));
  } catch (const YAML::Exception& error) {
    return Bad(path, absl::StrCat("it is not YAML: ", error.what()));
  }
}

std::string ToYaml(const Config& config) {
  YAML::Emitter out;
  out << YAML::BeginMap;
  if (!config.current_context.empty()) {
    out << YAML::Key << "current-context" << YAML::Value
        << config.current_context;
  }
  out << YAML::Key << "contexts" << YAML::Value << YAML::BeginSeq;
  for (Context context : config.contexts) {
    out << YAML::BeginMap;
    for (const Setting& setting : SettingsOf(&context)) {
      if (setting.value->empty()) continue;
      out << YAML::Key << setting.key << YAML::Value << *setting.value;
    }
    out << YAML::EndMap;
  }
  out << YAML::EndSeq << YAML::EndMap;
  return absl::StrCat(out.c_str(), "\n");
}

absl::Status SaveConfig(const std::string& path, const Config& config) {
  if (path.empty()) {
    return absl::FailedPreconditionError(
        "there is no home folder for the configuration file: set "
        "SMONCTL_CONFIG");
  }
  std::error_code error;
  // A rename would put a file in the place of a pipe, or of /dev/null.
  if (std::filesystem::exists(path, error) &&
      !std::filesystem::is_regular_file(path, error)) {
    return Bad(path, "it is not a file that can be replaced");
  }
  std::filesystem::path target = std::filesystem::canonical(path, error);
  if (error) target = std::filesystem::absolute(path, error);
  if (error || !MakeFolders(target.parent_path())) return CannotWrite(path);

  std::string draft = (target.parent_path() / ".config.yaml.XXXXXX").string();
  const int fd = mkostemp(draft.data(), O_CLOEXEC);  // with the mode 0600
  if (fd < 0) return CannotWrite(path);
  if (!WriteAndClose(fd, ToYaml(config)) ||
      rename(draft.c_str(), target.c_str()) != 0) {
    const absl::Status status = CannotWrite(path);
    unlink(draft.c_str());
    return status;
  }
  return absl::OkStatus();
}

}  // namespace smon::client
