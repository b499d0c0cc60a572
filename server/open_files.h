#ifndef SMON_SERVER_OPEN_FILES_H_
#define SMON_SERVER_OPEN_FILES_H_

namespace smon {

// Raises this process's limit of open files (RLIMIT_NOFILE) as far as it may be
// raised, though not beyond what the service can use: its children inherit it.
// Returns the limit, whether or not it could be raised.
int RaiseOpenFiles();

// How many of `open_files` each may have of: HTTP clients, those of the gRPC
// port, and those of the gRPC socket; so that none of them leaves the others
// without, or the store and Slurm's commands. At most `wanted`, at least 1.
int ShareOfFiles(int open_files, int wanted);

}  // namespace smon

#endif  // SMON_SERVER_OPEN_FILES_H_
