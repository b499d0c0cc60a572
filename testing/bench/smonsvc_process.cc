#include "testing/bench/smonsvc_process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"

namespace smon {
namespace {

constexpr absl::Duration kStart = absl::Seconds(60);

std::string Contents(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The number that follows `before`, 0 if it is not there.
int NumberAfter(const std::string& text, const std::string& before) {
  const size_t at = text.find(before);
  if (at == std::string::npos) return 0;
  return std::atoi(text.c_str() + at + before.size());
}

}  // namespace

SmonsvcProcess::SmonsvcProcess(const std::string& program,
                               const std::vector<std::string>& arguments,
                               const std::string& log) {
  std::vector<std::string> all = {program, "--grpc_address=127.0.0.1:0",
                                  "--port=0"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& argument : all) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 2, log.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  const int error = posix_spawn(&pid_, program.c_str(), &actions, nullptr,
                                argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  const absl::Time end = absl::Now() + kStart;
  while (error == 0 && http_port_ == 0 && absl::Now() < end &&
         waitpid(pid_, nullptr, WNOHANG) == 0) {
    absl::SleepFor(absl::Milliseconds(20));
    const std::string text = Contents(log);
    grpc_port_ = NumberAfter(text, "grpc_port=");
    http_port_ = NumberAfter(text, "http=127.0.0.1:");
  }
  if (http_port_ != 0) return;
  std::fprintf(stderr, "%s does not start:\n%s\n", program.c_str(),
               Contents(log).c_str());
  std::abort();
}

SmonsvcProcess::~SmonsvcProcess() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

absl::Duration SmonsvcProcess::CpuTime() const {
  const std::string stat = Contents(absl::StrCat("/proc/", pid_, "/stat"));
  // After the name, which may hold anything: user and kernel time are the 12th
  // and 13th.
  const std::vector<std::string> fields =
      absl::StrSplit(stat.substr(stat.rfind(')') + 2), ' ');
  int64_t ticks = 0;
  for (const size_t i : {11, 12}) ticks += std::atoll(fields[i].c_str());
  return absl::Seconds(1) * static_cast<double>(ticks) /
         static_cast<double>(sysconf(_SC_CLK_TCK));
}

int64_t SmonsvcProcess::MemoryKib(absl::string_view field) const {
  return NumberAfter(Contents(absl::StrCat("/proc/", pid_, "/status")),
                     std::string(field));
}

}  // namespace smon
