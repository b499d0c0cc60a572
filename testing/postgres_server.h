#ifndef SMON_TESTING_POSTGRES_SERVER_H_
#define SMON_TESTING_POSTGRES_SERVER_H_

#include <sys/types.h>

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

  // Of the socket; the data is in its folder "data".
  const std::string& directory() const { return directory_; }

 private:
  void SignalAll(int signal);

  const std::string directory_;
  const int port_;
  pid_t pid_ = 0;
  int schemas_ = 0;
};

}  // namespace smon

#endif  // SMON_TESTING_POSTGRES_SERVER_H_
