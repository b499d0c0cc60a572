// Prints smonctl's manual page, for the build.

#include <cstdio>

#include "client/command_line.h"
#include "client/command_model.h"
#include "client/commands/commands.h"
#include "client/manual.h"

int main() {
  smon::client::CommandLine line;
  smon::client::AddAllCommands(&line);
  const std::string page =
      smon::client::Manual(smon::client::DescribeCommands(line.app()));
  return std::fputs(page.c_str(), stdout) == EOF ? 1 : 0;
}
