#ifndef SMON_SERVER_API_WATCH_STREAM_H_
#define SMON_SERVER_API_WATCH_STREAM_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "proto/smon/v1/monitor.pb.h"
#include "server/monitor/job_feed.h"

namespace smon {

// How WatchJobs is served by smonsvc.
JobFeed::Options WatchOptions();

// The answer to one call of WatchJobs: a stream that the feed tells its changes
// to. It owns itself, and is gone when gRPC is done with the call. No thread
// waits for the client. `feed` must outlive the server, and
// `context` is the call's.
grpc::ServerWriteReactor<v1::WatchJobsResponse>* NewWatchStream(
    JobFeed* feed, grpc::CallbackServerContext* context,
    const v1::WatchJobsRequest& request);

}  // namespace smon

#endif  // SMON_SERVER_API_WATCH_STREAM_H_
