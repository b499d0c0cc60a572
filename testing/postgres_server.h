#ifndef SMON_TESTING_POSTGRES_SERVER_H_
#define SMON_TESTING_POSTGRES_SERVER_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace smon {

// For tests: a PostgreSQL server of its own, from Debian's package postgresql,
// with its data in a new directory, which goes with the object. It listens on a
// Unix socket there, and dies with the test. Ends the program with a message
// where it cannot be started. Not thread-safe.
class PostgresServer {
 public:
  // One for the whole test program, started when it is first asked for. Quick
  // and not durable.
  static PostgresServer& Shared();

  // `settings` are lines of postgresql.conf, such as "fsync = off".
  // The port is in the name of the socket, too.
  explicit PostgresServer(std::vector<std::string> settings, int port = 5432);
  // One that also has a disk of its own, of so many bytes, as the tablespace
  // "small". It is gone with a Stop. Null where no disk can be made (there are
  // no user namespaces).
  static std::unique_ptr<PostgresServer> WithSmallDisk(int64_t bytes);
  // A hot standby, which streams from the other: its exact copy, that only
  // reads until it is promoted.
  static std::unique_ptr<PostgresServer> StandbyOf(
      const PostgresServer& primary);
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // A new, empty schema in the server's one database, as a --store.
  std::string NewSchema();
  // The server's database as its superuser.
  std::string Url() const;
  // Runs the statements as the superuser, outside of any transaction.
  void Execute(const std::string& sql);

  // Stop kills it as a crash does; Start waits until it can be used.
  void Start();
  void Stop();
  // Stops and continues all its processes (SIGSTOP, SIGCONT).
  void Pause();
  void Resume();

  // Makes a standby one that can be written to.
  void Promote();

  // Of the socket; the data is in its folder "data".
  const std::string& directory() const { return directory_; }

 private:
  struct WithoutData {};
  PostgresServer(WithoutData, int port);
  void Configure(const std::vector<std::string>& settings);
  void SignalAll(int signal);

  const std::string directory_;
  const int port_;
  pid_t pid_ = 0;
  int schemas_ = 0;
  int64_t small_disk_bytes_ = 0;
};

}  // namespace smon

#endif  // SMON_TESTING_POSTGRES_SERVER_H_
