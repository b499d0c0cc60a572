// Which database a url means.

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "common/status_macros.h"
#include "common/utf8.h"
#include "server/store/postgres.h"
#include "server/store/postgres_database.h"
#include "server/store/sql_store.h"
#include "server/store/sqlite_database.h"

namespace smon {
namespace {

constexpr absl::string_view kMemoryUrl = "memory:";
constexpr absl::string_view kFilePrefix = "sqlite://";

absl::StatusOr<std::unique_ptr<Database>> OpenDatabase(
    const StoreOptions& options) {
  if (options.url == kMemoryUrl) return SqliteDatabase::OpenMemory();
  if (IsPostgresUrl(options.url)) {
    return PostgresDatabase::Open(options.url, options.password_file);
  }
  return SqliteDatabase::OpenFile(
      std::string(absl::StripPrefix(options.url, kFilePrefix)));
}

}  // namespace

absl::Status CheckStoreUrl(const std::string& url) {
  if (url == kMemoryUrl) return absl::OkStatus();
  if (IsPostgresUrl(url)) return CheckPostgresUrl(url);
  const absl::string_view path = absl::StripPrefix(url, kFilePrefix);
  if (path.size() < url.size() && absl::StartsWith(path, "/") &&
      !absl::EndsWith(path, "/") && !absl::StrContains(path, '"') &&
      ToPrintable(path) == path) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "--store: '", ToPrintable(url),
      "' is no store; use sqlite:///absolute/path/smon.db (without quotes and "
      "control characters in it), postgresql://host/database or memory:"));
}

absl::StatusOr<std::unique_ptr<Store>> OpenStore(const StoreOptions& options,
                                                 Clock* clock,
                                                 StoreObserver* observer) {
  SMON_RETURN_IF_ERROR(CheckStoreUrl(options.url));
  SMON_ASSIGN_OR_RETURN(std::unique_ptr<Database> database,
                        OpenDatabase(options));
  database->SetObserver(observer);
  return std::unique_ptr<Store>(std::make_unique<SqlStore>(
      std::move(database), clock, IsPostgresUrl(options.url)));
}

absl::StatusOr<std::unique_ptr<Store>> OpenStore(const std::string& url,
                                                 Clock* clock,
                                                 StoreObserver* observer) {
  return OpenStore(StoreOptions{url}, clock, observer);
}

}  // namespace smon
