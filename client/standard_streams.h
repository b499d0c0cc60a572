#ifndef SMON_CLIENT_STANDARD_STREAMS_H_
#define SMON_CLIENT_STANDARD_STREAMS_H_

namespace smon::client {

// Gives stdin, stdout and stderr that were closed at the start ("smonctl jobs
// >&-") a file descriptor on which every read or write fails, as on a closed
// one. Otherwise the next file that is opened would take the number, and data
// and errors would go into a connection. To be called before anything is
// opened.
void KeepStandardStreams();

}  // namespace smon::client

#endif  // SMON_CLIENT_STANDARD_STREAMS_H_
