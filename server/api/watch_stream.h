#ifndef SMON_SERVER_API_WATCH_STREAM_H_
#define SMON_SERVER_API_WATCH_STREAM_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "proto/smon/v1/monitor.pb.h"
#include "server/api/text_signer.h"
#include "server/monitor/job_feed.h"
#include "server/monitor/job_watch.h"

namespace smon {

// How WatchJobs is served by smonsvc. `signer` must outlive the feed.
JobFeed::Options WatchOptions(const TextSigner* signer);

// The answer to one call of WatchJobs: a stream that the feed tells its changes
// to. It owns itself, and is gone when gRPC is done with the call. No thread
// waits for the client. `feed` and `signer` must outlive the server, and
// `context` is the call's. See JobWatch for `check`.
grpc::ServerWriteReactor<v1::WatchJobsResponse>* NewWatchStream(
    JobFeed* feed, const TextSigner* signer,
    grpc::CallbackServerContext* context, const v1::WatchJobsRequest& request,
    JobWatch::Check check = nullptr);

}  // namespace smon

#endif  // SMON_SERVER_API_WATCH_STREAM_H_
