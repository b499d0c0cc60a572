#ifndef SMON_SERVER_OPEN_FILES_H_
#define SMON_SERVER_OPEN_FILES_H_

namespace smon {

// Raises this process's limit of open files (RLIMIT_NOFILE) as far as it may be
// raised, though not beyond what the service can use: its children inherit it.
// Returns the limit, whether or not it could be raised.
int RaiseOpenFiles();

// How many files the connections of each may take.
struct FileShares {
  int http = 0;
  int grpc_port = 0;
  int grpc_socket = 0;
};

// Of `open_files`: 9/16, 4/16 and 1/16, each 1 at least and 16384 at most, so
// that none takes what the others need, and the store, attrsvc and Slurm's
// commands have the rest.
FileShares ShareFiles(int open_files);

}  // namespace smon

#endif  // SMON_SERVER_OPEN_FILES_H_
