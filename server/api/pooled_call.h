#ifndef SMON_SERVER_API_POOLED_CALL_H_
#define SMON_SERVER_API_POOLED_CALL_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <cstddef>
#include <functional>

#include "server/api/call_pool.h"
#include "server/api/unsent_answers.h"

namespace smon {

// How a unary call is answered.
struct UnaryWork {
  // Its status, once its response is filled in. May take long; `stop` returns
  // true from when nobody waits for the answer any more: the client has gone,
  // its deadline has passed, or the server stops.
  std::function<grpc::Status(const std::function<bool()>& stop)> answer;
  // Of the response that `answer` has filled in, in bytes.
  std::function<size_t()> size;
  // Told of the status of the call, whatever that is, right before it is sent.
  // May be empty.
  std::function<void(const grpc::Status&)> over;
};

// Answers a call on one of the pool's threads; without a pool at once. Both,
// and what counts answers that are not taken, must outlive the server.
// RESOURCE_EXHAUSTED when too many wait. A call that nobody waits for when its
// turn comes is not begun: CANCELLED, or DEADLINE_EXCEEDED.
//
//   grpc::ServerUnaryReactor* GetJob(grpc::CallbackServerContext* context,
//                                    const v1::GetJobRequest* request,
//                                    v1::Job* response) override {
//     return AnswerOnPool(
//         &pool_, &unsent_, context,
//         {[=](const auto& stop) { return Get(…); },
//          [=] { return response->ByteSizeLong(); }, nullptr});
//   }
grpc::ServerUnaryReactor* AnswerOnPool(CallPool* pool, UnsentAnswers* unsent,
                                       grpc::CallbackServerContext* context,
                                       UnaryWork work);

}  // namespace smon

#endif  // SMON_SERVER_API_POOLED_CALL_H_
