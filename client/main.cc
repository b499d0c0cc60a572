// smonctl: asks smonsvc about jobs, their logs and verdicts.

#include <csignal>

#include "client/command_line.h"
#include "client/commands/commands.h"

int main(int argc, char** argv) {
  // A reader that goes away is an error of write(2); see client/output.h.
  std::signal(SIGPIPE, SIG_IGN);

  smon::client::CommandLine line;
  smon::client::AddJobsCommand(&line);
  smon::client::AddJobCommand(&line);
  smon::client::AddResultCommand(&line);
  smon::client::AddResubmitCommand(&line);
  smon::client::AddStatsCommand(&line);
  smon::client::AddHealthCommand(&line);
  smon::client::AddVersionCommand(&line);
  return line.Run(argc, argv);
}
