#ifndef SMON_TESTING_CONFORMANCE_FILL_MESSAGE_H_
#define SMON_TESTING_CONFORMANCE_FILL_MESSAGE_H_

#include <google/protobuf/message.h>

namespace smon {

// Sets every field of a message and of those in it, to values that are hard to
// write as JSON; which ones, `seed` decides.
void FillMessage(int seed, google::protobuf::Message* message);

}  // namespace smon

#endif  // SMON_TESTING_CONFORMANCE_FILL_MESSAGE_H_
