#ifndef SMON_COMMON_MESSAGE_BYTES_H_
#define SMON_COMMON_MESSAGE_BYTES_H_

#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>

#include <string>

namespace smon {

// A message as gRPC carries it, and back. Empty when gRPC cannot give the
// bytes.
grpc::ByteBuffer BufferOf(const google::protobuf::Message& message);
std::string BytesOf(const grpc::ByteBuffer& buffer);

}  // namespace smon

#endif  // SMON_COMMON_MESSAGE_BYTES_H_
