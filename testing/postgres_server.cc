#include "testing/postgres_server.h"

#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace smon {
namespace {

constexpr uid_t kNobody = 65534;
// Exit status of a child that cannot make a disk.
constexpr int kNoDisk = 77;
constexpr absl::Duration kStartWithin = absl::Seconds(60);

[[noreturn]] void Die(const std::string& message) {
  std::fprintf(stderr, "PostgresServer: %s\n", message.c_str());
  std::_Exit(1);
}

// The newest version that is installed.
std::string Program(const std::string& name) {
  glob_t found;
  const std::string pattern = absl::StrCat("/usr/lib/postgresql/*/bin/", name);
  std::string path;
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    path = found.gl_pathv[found.gl_pathc - 1];
  }
  ::globfree(&found);
  if (path.empty()) Die(absl::StrCat("no ", pattern, "; install postgresql"));
  return path;
}

std::string MakeDirectory() {
  // Short, for the name of the socket.
  std::string name = "/tmp/smon_pg_XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) Die("cannot make a directory in /tmp");
  return name;
}

std::string LogOf(const std::string& directory) { return directory + "/log"; }

void WriteOnce(const char* path, const std::string& text) {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  if (::write(fd, text.data(), text.size()) < 0) std::perror(path);
  ::close(fd);
}

// PostgreSQL refuses to run as root: to it, this process is somebody else; in a
// chroot, where there are no user namespaces, it really is, and owns the
// directory. In the child only.
void BecomeSomebody(const std::string& directory) {
  if (::geteuid() != 0) return;
  if (::unshare(CLONE_NEWUSER) == 0) {
    WriteOnce("/proc/self/setgroups", "deny");
    WriteOnce("/proc/self/uid_map", absl::StrCat(kNobody, " 0 1"));
    WriteOnce("/proc/self/gid_map", absl::StrCat(kNobody, " 0 1"));
  } else if (::chown(directory.c_str(), kNobody, kNobody) != 0 ||
             ::setgroups(0, nullptr) != 0 || ::setgid(kNobody) != 0 ||
             ::setuid(kNobody) != 0) {
    Die("cannot become another user than root");
  }
  if (::geteuid() == 0) Die("is still root");
}

std::string SmallDiskOf(const std::string& directory) {
  return directory + "/small";
}

// Mounts a disk that nobody but this process and its children see. False if
// that cannot be done. In the child only, instead of BecomeSomebody.
bool BecomeSomebodyWithDisk(const std::string& directory, int64_t bytes) {
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  WriteOnce("/proc/self/setgroups", "deny");
  WriteOnce("/proc/self/uid_map", absl::StrCat(kNobody, " ", user, " 1"));
  WriteOnce("/proc/self/gid_map", absl::StrCat(kNobody, " ", group, " 1"));
  return ::mount("tmpfs", SmallDiskOf(directory).c_str(), "tmpfs", 0,
                 absl::StrCat("size=", bytes, ",mode=700").c_str()) == 0;
}

pid_t Fork() {
#if defined(__SANITIZE_THREAD__)
  // Its fork() gives the child a second thread, and who has one cannot become
  // another user.
  return static_cast<pid_t>(
      ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr));
#else
  return ::fork();
#endif
}

// Starts a program with its output in a file of the directory, to die with this
// one.
pid_t Spawn(const std::vector<std::string>& arguments,
            const std::string& directory, int64_t disk_bytes = 0) {
  const pid_t parent = ::getpid();
  const pid_t child = Fork();
  if (child < 0) Die("cannot fork");
  if (child > 0) return child;
  if (disk_bytes == 0) {
    BecomeSomebody(directory);
  } else if (!BecomeSomebodyWithDisk(directory, disk_bytes)) {
    std::_Exit(kNoDisk);
  }
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
  if (::getppid() != parent) std::_Exit(1);
  const int fd =
      ::open(LogOf(directory).c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(fd, STDOUT_FILENO);
  ::dup2(fd, STDERR_FILENO);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) {
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);
  ::execv(argv[0], argv.data());
  std::_Exit(127);
}

bool Run(const std::vector<std::string>& arguments,
         const std::string& directory, int64_t disk_bytes = 0) {
  const pid_t child = Spawn(arguments, directory, disk_bytes);
  int status = -1;
  return ::waitpid(child, &status, 0) == child && status == 0;
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace

PostgresServer& PostgresServer::Shared() {
  static PostgresServer server(
      {"fsync = off", "full_page_writes = off", "synchronous_commit = off"});
  return server;
}

PostgresServer::PostgresServer(WithoutData, int port)
    : directory_(MakeDirectory()), port_(port) {}

PostgresServer::PostgresServer(std::vector<std::string> settings, int port)
    : PostgresServer(WithoutData(), port) {
  const std::string data = directory_ + "/data";
  if (!Run({Program("initdb"), "-D", data, "-U", "postgres", "-A", "trust",
            "-E", "UTF8", "--no-locale", "--no-sync"},
           directory_)) {
    Die(absl::StrCat("initdb failed: ", ReadFile(LogOf(directory_))));
  }
  Configure(settings);
  Start();
}

std::unique_ptr<PostgresServer> PostgresServer::WithSmallDisk(int64_t bytes) {
  std::unique_ptr<PostgresServer> server(new PostgresServer({"fsync = off"}));
  server->Stop();
  const std::string disk = SmallDiskOf(server->directory_);
  ::mkdir(disk.c_str(), 0700);
  if (!Run({"/bin/true"}, server->directory_, bytes)) return nullptr;
  server->small_disk_bytes_ = bytes;
  server->Start();
  server->Execute(
      absl::StrCat("CREATE TABLESPACE small LOCATION '", disk, "'"));
  return server;
}

std::unique_ptr<PostgresServer> PostgresServer::StandbyOf(
    const PostgresServer& primary) {
  std::unique_ptr<PostgresServer> server(
      new PostgresServer(WithoutData(), primary.port_));
  if (!Run({Program("pg_basebackup"), "-D", server->directory_ + "/data", "-h",
            primary.directory_, "-p", absl::StrCat(primary.port_), "-U",
            "postgres", "-R", "-X", "stream", "-c", "fast", "--no-sync"},
           server->directory_)) {
    Die(absl::StrCat("pg_basebackup failed: ",
                     ReadFile(LogOf(server->directory_))));
  }
  server->Configure({"wal_receiver_status_interval = 1"});
  server->Start();
  return server;
}

void PostgresServer::Configure(const std::vector<std::string>& settings) {
  std::ofstream(directory_ + "/data/postgresql.conf", std::ios::app)
      << "listen_addresses = ''\nport = " << port_
      << "\nmax_connections = 40\nshared_buffers = 32MB\n"
      << "log_min_error_statement = panic\n"
      << "unix_socket_directories = '" << directory_ << "'\n"
      << absl::StrJoin(settings, "\n") << "\n";
}

PostgresServer::~PostgresServer() {
  Stop();
  std::error_code error;
  std::filesystem::remove_all(directory_, error);
}

void PostgresServer::Start() {
  pid_ = Spawn({Program("postgres"), "-D", directory_ + "/data"}, directory_,
               small_disk_bytes_);
  const absl::Time until = absl::Now() + kStartWithin;
  while (!Run({Program("pg_isready"), "-q", "-h", directory_, "-p",
               absl::StrCat(port_)},
              directory_)) {
    if (absl::Now() > until || ::waitpid(pid_, nullptr, WNOHANG) != 0) {
      Die(absl::StrCat("it does not start: ", ReadFile(LogOf(directory_))));
    }
    absl::SleepFor(absl::Milliseconds(20));
  }
}

void PostgresServer::Stop() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGQUIT);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void PostgresServer::SignalAll(int signal) {
  // Its processes are its children, and have none themselves.
  const std::string children =
      ReadFile(absl::StrCat("/proc/", pid_, "/task/", pid_, "/children"));
  ::kill(pid_, signal);
  const char* at = children.c_str();
  char* end = nullptr;
  for (long child = std::strtol(at, &end, 10); end != at;
       child = std::strtol(at, &end, 10)) {
    ::kill(static_cast<pid_t>(child), signal);
    at = end;
  }
}

void PostgresServer::Pause() { SignalAll(SIGSTOP); }

void PostgresServer::Resume() { SignalAll(SIGCONT); }

void PostgresServer::Promote() { Execute("SELECT pg_promote()"); }

std::string PostgresServer::Url() const {
  return absl::StrCat("postgresql://postgres@/postgres?host=", directory_,
                      "&port=", port_);
}

std::string PostgresServer::NewSchema() {
  const std::string name = absl::StrCat("s", ++schemas_);
  Execute(absl::StrCat("CREATE SCHEMA ", name));
  return absl::StrCat(Url(), "&options=-csearch_path%3D", name);
}

void PostgresServer::Execute(const std::string& sql) {
  if (!Run({Program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h",
            directory_, "-p", absl::StrCat(port_), "-U", "postgres", "-d",
            "postgres", "-c", sql},
           directory_)) {
    Die(absl::StrCat("psql failed: ", ReadFile(LogOf(directory_))));
  }
}

}  // namespace smon
