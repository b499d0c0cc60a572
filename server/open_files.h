#ifndef SMON_SERVER_OPEN_FILES_H_
#define SMON_SERVER_OPEN_FILES_H_

namespace smon {

// Raises this process's limit of open files (RLIMIT_NOFILE) as far as it may be
// raised, though not beyond what the service can use: its children inherit it.
// Returns the limit, whether or not it could be raised.
int RaiseOpenFiles();

// How many of `open_files` HTTP clients may have, so that the store, Slurm's
// commands and gRPC are never left without. At most `wanted`, at least 1.
int HttpShareOfFiles(int open_files, int wanted);

}  // namespace smon

#endif  // SMON_SERVER_OPEN_FILES_H_
