#include "testing/conformance/fill_message.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/timestamp.pb.h>

#include <cstdint>
#include <limits>
#include <string>

namespace smon {
namespace {

namespace pb = ::google::protobuf;
using Field = pb::FieldDescriptor;

constexpr int kMaxDepth = 6;

const char* const kTexts[] = {
    "plain",
    "",
    "<b>&\"'\\/",
    "line\nreturn\rtab\t\b\f\x01\x1f\x7f",
    "é€😀",
    "\xe2\x80\xa8 \xe2\x80\xa9 \xef\xbb\xbf",
    "/v1/jobs?x=%2F+ ",
};
constexpr double kNumbers[] = {
    0,
    -0.0,
    0.1,
    1e21,
    1e20,
    123456789012345680.0,
    1e-6,
    9.999e-7,
    5e-324,
    1.7976931348623157e308,
    1.0 / 3,
    -2.5,
    std::numeric_limits<double>::infinity(),
    -std::numeric_limits<double>::infinity(),
    std::numeric_limits<double>::quiet_NaN(),
};
constexpr int64_t kIntegers[] = {
    0,
    1,
    -1,
    std::numeric_limits<int64_t>::max(),
    std::numeric_limits<int64_t>::min(),
    1234567890123,
};
// Of a second; what is left out are zeros.
constexpr int32_t kNanos[] = {0, 1, 500000000, 120000, 999999999, 1000};
constexpr int64_t kSeconds[] = {0, 1764115200, -62135596800, 253402300799, -1};

template <typename T, size_t size>
T Pick(const T (&values)[size], int which) {
  return values[static_cast<size_t>(which) % size];
}

class Filler {
 public:
  explicit Filler(int seed) : next_(seed) {}

  void Fill(pb::Message* message, int depth) {
    if (auto* time = dynamic_cast<pb::Timestamp*>(message)) {
      ++next_;
      time->set_seconds(Pick(kSeconds, next_));
      time->set_nanos(Pick(kNanos, next_));
      return;
    }
    const pb::Descriptor* type = message->GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
      ++next_;
      const int times = type->field(i)->is_repeated() ? next_ % 3 : 1;
      for (int n = 0; n < times; ++n) Set(message, type->field(i), depth);
    }
  }

 private:
  void Set(pb::Message* message, const Field* field, int depth) {
    const pb::Reflection* r = message->GetReflection();
    const bool add = field->is_repeated();
    const int64_t integer = Pick(kIntegers, next_);
    const double number = Pick(kNumbers, next_);
    switch (field->cpp_type()) {
      case Field::CPPTYPE_BOOL:
        return add ? r->AddBool(message, field, true)
                   : r->SetBool(message, field, true);
      case Field::CPPTYPE_INT32:
        return add ? r->AddInt32(message, field, integer)
                   : r->SetInt32(message, field, integer);
      case Field::CPPTYPE_UINT32:
        return add ? r->AddUInt32(message, field, integer)
                   : r->SetUInt32(message, field, integer);
      case Field::CPPTYPE_INT64:
        return add ? r->AddInt64(message, field, integer)
                   : r->SetInt64(message, field, integer);
      case Field::CPPTYPE_UINT64:
        return add ? r->AddUInt64(message, field, integer)
                   : r->SetUInt64(message, field, integer);
      case Field::CPPTYPE_FLOAT:
        return add ? r->AddFloat(message, field, number)
                   : r->SetFloat(message, field, number);
      case Field::CPPTYPE_DOUBLE:
        return add ? r->AddDouble(message, field, number)
                   : r->SetDouble(message, field, number);
      case Field::CPPTYPE_ENUM: {
        // Now and then one that this version does not know.
        const auto* type = field->enum_type();
        const int value =
            next_ % 7 == 0 ? 12345
                           : type->value(next_ % type->value_count())->number();
        return add ? r->AddEnumValue(message, field, value)
                   : r->SetEnumValue(message, field, value);
      }
      case Field::CPPTYPE_STRING:
        return add ? r->AddString(message, field, Pick(kTexts, next_))
                   : r->SetString(message, field, Pick(kTexts, next_));
      case Field::CPPTYPE_MESSAGE:
        if (depth == kMaxDepth) return;
        return Fill(add ? r->AddMessage(message, field)
                        : r->MutableMessage(message, field),
                    depth + 1);
    }
  }

  int next_;
};

}  // namespace

void FillMessage(int seed, pb::Message* message) {
  Filler(seed).Fill(message, 0);
}

}  // namespace smon
