// smonctl admin: what is done on smonsvc's host, while it is stopped.

#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/commands/commands.h"

namespace smon::client {
namespace {

constexpr char kProgram[] = "smonsvc-migrate-store";

struct MigrateOptions {
  std::string from;
  std::string to;
  std::string password_file;
};

// The folder that this program is in; empty if that is not known.
std::string OwnFolder() {
  std::array<char, PATH_MAX> path;
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
  if (size <= 0 || size == static_cast<ssize_t>(path.size())) return "";
  const std::string own(path.data(), size);
  return own.substr(0, own.rfind('/'));
}

// Becomes the program that moves stores; returns only if it cannot be had.
absl::StatusOr<ExitStatus> MigrateStore(const MigrateOptions& options) {
  std::vector<std::string> arguments = {kProgram};
  if (!options.password_file.empty()) {
    arguments.push_back(
        absl::StrCat("--store_password_file=", options.password_file));
  }
  arguments.push_back(options.from);
  arguments.push_back(options.to);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);

  const std::string folder = OwnFolder();
  // Beside smonctl, or where Debian's package has it.
  for (const char* const where : {"/", "/../libexec/smonsvc/"}) {
    execv(absl::StrCat(folder, where, kProgram).c_str(), argv.data());
    if (errno != ENOENT && errno != ENOTDIR) break;
  }
  return absl::FailedPreconditionError(
      absl::StrCat("cannot run ", kProgram, ": ", std::strerror(errno),
                   "; it comes with smonsvc: run this on smonsvc's host"));
}

}  // namespace

void AddAdminCommand(CommandLine* line) {
  CLI::App* const admin =
      line->AddGroup("admin", "What is done on smonsvc's host, as its user",
                     {"smonctl admin migrate-store --help"});
  const auto options = std::make_shared<MigrateOptions>();
  CLI::App* const migrate = line->AddTo(
      admin, "migrate-store",
      "Copy the store of a stopped smonsvc to another database",
      {"smonctl admin migrate-store sqlite:///var/lib/smonsvc/smon.db "
       "postgresql://smon@db1/smon --store_password_file=/etc/smonsvc/secret",
       "runuser -u smonsvc -- smonctl admin migrate-store FROM TO   # as root"},
      [options](Session&) { return MigrateStore(*options); });
  migrate->add_option("FROM", options->from, "What smonsvc had as --store")
      ->option_text(" ")
      ->required();
  migrate
      ->add_option("TO", options->to,
                   "What it will have: an empty database, or a new file")
      ->option_text(" ")
      ->required();
  migrate
      ->add_option("--store_password_file", options->password_file,
                   "File whose first line is PostgreSQL's password")
      ->option_text("FILE");
}

}  // namespace smon::client
