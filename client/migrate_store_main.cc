// smonsvc-migrate-store: what smonctl admin migrate-store runs, a program of
// its own so that smonctl starts without a database's libraries.

#include <cstdio>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/exit_status.h"
#include "client/progress.h"
#include "common/utf8.h"
#include "server/store/move_store.h"

namespace smon::client {
namespace {

constexpr absl::string_view kPasswordFile = "--store_password_file=";

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "smonctl: %s\n",
               ToPrintable(std::string(status.message())).c_str());
  return static_cast<int>(ExitStatusFor(status));
}

absl::Status Print(const MoveReport& report) {
  for (const MovedTable& table : report.tables) {
    std::printf("%-13s %10lld  %s\n", table.name.c_str(),
                static_cast<long long>(table.rows), table.checksum.c_str());
  }
  if (report.mended > 0) {
    std::printf("%lld texts were not UTF-8 and were made that\n",
                static_cast<long long>(report.mended));
  }
  std::puts(report.was_moved
                ? "this store was moved there before; nothing was done"
                : "moved; all of it was read back and is the same");
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) {
    return absl::OkStatus();
  }
  return absl::InternalError(
      "the store was moved, but the report cannot be written");
}

int Run(const std::vector<std::string>& arguments) {
  MoveOptions options;
  std::vector<std::string> stores;
  for (const std::string& argument : arguments) {
    if (absl::StartsWith(argument, kPasswordFile)) {
      options.password_file = argument.substr(kPasswordFile.size());
    } else {
      stores.push_back(argument);
    }
  }
  if (stores.size() != 2) {
    return Fail(absl::InvalidArgumentError(
        "usage: smonctl admin migrate-store [--store_password_file=FILE] FROM "
        "TO"));
  }
  options.from = stores[0];
  options.to = stores[1];
  absl::StatusOr<MoveReport> report;
  {
    Progress progress(/*wanted=*/true);
    options.progress = [&](const std::string& table, bool checked, int64_t rows,
                           int64_t of) {
      progress.Show(absl::StrCat(checked ? "reading back " : "copying ", table,
                                 ": ", rows, " of ", of));
    };
    report = MoveStore(options);
  }
  if (!report.ok()) return Fail(report.status());
  const absl::Status printed = Print(*report);
  return printed.ok() ? 0 : Fail(printed);
}

}  // namespace
}  // namespace smon::client

int main(int argc, char** argv) {
  return smon::client::Run(std::vector<std::string>(argv + 1, argv + argc));
}
