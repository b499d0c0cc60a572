// The list of commands, in the order of --help.

#include "client/commands/commands.h"

namespace smon::client {

void AddAllCommands(CommandLine* line) {
  AddJobsCommand(line);
  AddJobCommand(line);
  AddResultCommand(line);
  AddExplainCommand(line);
  AddWatchCommand(line);
  AddTopCommand(line);
  AddDeadLettersCommand(line);
  AddResubmitCommand(line);
  AddNotifyCommand(line);
  AddStatsCommand(line);
  AddAttrsvcStatsCommand(line);
  AddHealthCommand(line);
  AddClustersCommand(line);
  AddDoctorCommand(line);
  AddAdminCommand(line);
  AddConfigCommand(line);
  AddCompletionCommand(line);
  AddVersionCommand(line);
}

}  // namespace smon::client
