// smonctl: asks smonsvc about jobs, their logs and verdicts.

#include <csignal>

#include "client/command_line.h"
#include "client/commands/commands.h"

int main(int argc, char** argv) {
  // A reader that goes away is an error of write(2); see client/output.h.
  std::signal(SIGPIPE, SIG_IGN);

  smon::client::CommandLine line;
  smon::client::AddAllCommands(&line);
  return line.Run(argc, argv);
}
