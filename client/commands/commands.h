#ifndef SMON_CLIENT_COMMANDS_COMMANDS_H_
#define SMON_CLIENT_COMMANDS_COMMANDS_H_

#include "client/command_line.h"

namespace smon::client {

// Each adds the command of its name, in the file of its name.
void AddJobsCommand(CommandLine* line);
void AddWatchCommand(CommandLine* line);        // in jobs.cc
void AddDeadLettersCommand(CommandLine* line);  // in jobs.cc
void AddJobCommand(CommandLine* line);
void AddExplainCommand(CommandLine* line);
void AddTopCommand(CommandLine* line);
void AddResultCommand(CommandLine* line);
void AddResubmitCommand(CommandLine* line);
void AddStatsCommand(CommandLine* line);
void AddHealthCommand(CommandLine* line);
void AddClustersCommand(CommandLine* line);
void AddAttrsvcStatsCommand(CommandLine* line);
void AddNotifyCommand(CommandLine* line);
void AddDoctorCommand(CommandLine* line);
void AddAdminCommand(CommandLine* line);
void AddConfigCommand(CommandLine* line);
void AddCompletionCommand(CommandLine* line);
void AddVersionCommand(CommandLine* line);

// All of them.
void AddAllCommands(CommandLine* line);

}  // namespace smon::client

#endif  // SMON_CLIENT_COMMANDS_COMMANDS_H_
