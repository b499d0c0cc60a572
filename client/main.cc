// smonctl: asks smonsvc about jobs, their logs and verdicts.

#include <csignal>
#include <cstdlib>

#include "client/command_line.h"
#include "client/commands/commands.h"
#include "client/standard_streams.h"

int main(int argc, char** argv) {
  smon::client::KeepStandardStreams();
  // A reader that goes away is an error of write(2); see client/output.h.
  std::signal(SIGPIPE, SIG_IGN);
  // What gRPC has to say is in our errors; more of it for who asks for more.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);

  smon::client::CommandLine line;
  smon::client::AddAllCommands(&line);
  return line.Run(argc, argv);
}
