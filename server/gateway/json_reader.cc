#include "server/gateway/json_reader.h"

#include <google/protobuf/descriptor.h>

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/status_macros.h"
#include "server/gateway/go_text.h"
#include "server/gateway/json_scalar.h"
#include "server/gateway/json_scanner.h"
#include "server/gateway/json_tokens.h"
#include "server/gateway/json_well_known.h"

namespace smon {
namespace {

namespace pb = ::google::protobuf;
using Field = pb::FieldDescriptor;
using Kind = JsonToken::Kind;

constexpr int kMaxDepth = 100;

const Field* FindField(const pb::Descriptor* type, const std::string& name) {
  for (int i = 0; i < type->field_count(); ++i) {
    if (type->field(i)->json_name() == name) return type->field(i);
  }
  return type->FindFieldByName(name);
}

bool IsNullValue(const Field* field) {
  return field->enum_type() != nullptr &&
         field->enum_type()->full_name() == "google.protobuf.NullValue";
}

bool IsValue(const Field* field) {
  return field->message_type() != nullptr &&
         field->message_type()->well_known_type() ==
             pb::Descriptor::WELLKNOWNTYPE_VALUE;
}

class Reader {
 public:
  explicit Reader(absl::string_view json) : tokens_(json) {}

  absl::Status ReadMessage(pb::Message* message) {
    if (++depth_ > kMaxDepth) {
      return absl::InvalidArgumentError("proto: exceeded max recursion depth");
    }
    const absl::Status status = ReadMessageOrWellKnown(message);
    --depth_;
    return status;
  }

 private:
  absl::Status ErrorAt(size_t position, absl::string_view what) const {
    return absl::InvalidArgumentError(
        absl::StrCat("proto: ", tokens_.Place(position), ": ", what));
  }
  // `what` and the token.
  absl::Status Error(const JsonToken& token, absl::string_view what) const {
    return ErrorAt(token.position, absl::StrCat(what, token.raw));
  }
  absl::Status Unexpected(const JsonToken& token) const {
    return absl::InvalidArgumentError(
        absl::StrCat("proto: syntax error ", tokens_.Place(token.position),
                     ": unexpected token ", token.raw));
  }
  absl::Status Expect(Kind kind) {
    SMON_ASSIGN_OR_RETURN(const JsonToken token, tokens_.Next());
    return token.kind == kind ? absl::OkStatus() : Unexpected(token);
  }

  absl::Status ReadMessageOrWellKnown(pb::Message* message) {
    const pb::Descriptor* type = message->GetDescriptor();
    switch (type->well_known_type()) {
      case pb::Descriptor::WELLKNOWNTYPE_UNSPECIFIED:
        return ReadFields(message);
      case pb::Descriptor::WELLKNOWNTYPE_ANY:
        return absl::InvalidArgumentError(
            "proto: google.protobuf.Any is not taken");
      case pb::Descriptor::WELLKNOWNTYPE_VALUE:
        return ReadValue(message);
      case pb::Descriptor::WELLKNOWNTYPE_STRUCT:
        return ReadMap(message, type->field(0));
      case pb::Descriptor::WELLKNOWNTYPE_LISTVALUE:
        return ReadList(message, type->field(0));
      case pb::Descriptor::WELLKNOWNTYPE_TIMESTAMP:
      case pb::Descriptor::WELLKNOWNTYPE_DURATION:
      case pb::Descriptor::WELLKNOWNTYPE_FIELDMASK: {
        SMON_ASSIGN_OR_RETURN(const JsonToken token, tokens_.Next());
        if (token.kind != Kind::kString) return Unexpected(token);
        const absl::Status status = SetWellKnown(token, message);
        return status.ok() ? status : ErrorAt(token.position, status.message());
      }
      default:  // a wrapper
        return ReadScalar(message, type->field(0));
    }
  }

  absl::Status ReadFields(pb::Message* message) {
    SMON_RETURN_IF_ERROR(Expect(Kind::kObjectOpen));
    std::set<const void*> seen;  // fields and oneofs
    while (true) {
      SMON_ASSIGN_OR_RETURN(const JsonToken name, tokens_.Next());
      if (name.kind == Kind::kObjectClose) return absl::OkStatus();
      const Field* field = FindField(message->GetDescriptor(), name.text);
      if (field == nullptr) {
        SMON_RETURN_IF_ERROR(SkipValue());
        continue;
      }
      if (!seen.insert(field).second) return Error(name, "duplicate field ");
      if (tokens_.PeekKind() == Kind::kNull && !IsValue(field) &&
          !IsNullValue(field)) {
        SMON_RETURN_IF_ERROR(Expect(Kind::kNull));
        continue;
      }
      const pb::OneofDescriptor* oneof = field->containing_oneof();
      if (oneof != nullptr && !seen.insert(oneof).second) {
        return ErrorAt(name.position,
                       absl::StrCat("error parsing ", name.raw, ", oneof ",
                                    oneof->full_name(), " is already set"));
      }
      SMON_RETURN_IF_ERROR(ReadField(message, field));
    }
  }

  absl::Status ReadField(pb::Message* message, const Field* field) {
    if (field->is_map()) return ReadMap(message, field);
    if (field->is_repeated()) return ReadList(message, field);
    return ReadSingular(message, field);
  }

  // The value of a field, or one more of a repeated one.
  absl::Status ReadSingular(pb::Message* message, const Field* field) {
    if (field->cpp_type() != Field::CPPTYPE_MESSAGE) {
      return ReadScalar(message, field);
    }
    const pb::Reflection* r = message->GetReflection();
    return ReadMessage(field->is_repeated()
                           ? r->AddMessage(message, field)
                           : r->MutableMessage(message, field));
  }

  absl::Status ReadList(pb::Message* message, const Field* field) {
    SMON_RETURN_IF_ERROR(Expect(Kind::kArrayOpen));
    while (tokens_.PeekKind() != Kind::kArrayClose) {
      SMON_RETURN_IF_ERROR(ReadSingular(message, field));
    }
    return Expect(Kind::kArrayClose);
  }

  absl::Status ReadMap(pb::Message* message, const Field* field) {
    SMON_RETURN_IF_ERROR(Expect(Kind::kObjectOpen));
    const Field* key = field->message_type()->map_key();
    std::set<std::string> seen;
    while (true) {
      SMON_ASSIGN_OR_RETURN(const JsonToken name, tokens_.Next());
      if (name.kind == Kind::kObjectClose) return absl::OkStatus();
      pb::Message* entry = message->GetReflection()->AddMessage(message, field);
      if (!SetMapKey(name.text, key, entry)) {
        return Error(name, absl::StrCat("invalid value for ", key->type_name(),
                                        " key: "));
      }
      if (!seen.insert(MapKeyText(*entry, key)).second) {
        return Error(name, "duplicate map key ");
      }
      SMON_RETURN_IF_ERROR(
          ReadSingular(entry, field->message_type()->map_value()));
    }
  }

  absl::Status ReadScalar(pb::Message* message, const Field* field) {
    SMON_ASSIGN_OR_RETURN(const JsonToken token, tokens_.Next());
    if (SetScalar(token, field, message)) return absl::OkStatus();
    return Error(token, absl::StrCat("invalid value for ", field->type_name(),
                                     " type: "));
  }

  // google.protobuf.Value
  absl::Status ReadValue(pb::Message* message) {
    const pb::Descriptor* type = message->GetDescriptor();
    const auto field = [type](const char* name) {
      return type->FindFieldByName(name);
    };
    const pb::Reflection* r = message->GetReflection();
    switch (tokens_.PeekKind()) {
      case Kind::kObjectOpen:
        return ReadMessage(r->MutableMessage(message, field("struct_value")));
      case Kind::kArrayOpen:
        return ReadMessage(r->MutableMessage(message, field("list_value")));
      default:
        break;
    }
    SMON_ASSIGN_OR_RETURN(const JsonToken token, tokens_.Next());
    const char* const name = token.kind == Kind::kNull     ? "null_value"
                             : token.kind == Kind::kBool   ? "bool_value"
                             : token.kind == Kind::kNumber ? "number_value"
                                                           : "string_value";
    if (SetScalar(token, field(name), message)) return absl::OkStatus();
    return Error(token, "invalid google.protobuf.Value: ");
  }

  // Takes no stack.
  absl::Status SkipValue() {
    int open = 0;
    do {
      SMON_ASSIGN_OR_RETURN(const JsonToken token, tokens_.Next());
      if (token.kind == Kind::kObjectOpen || token.kind == Kind::kArrayOpen) {
        ++open;
      } else if (token.kind == Kind::kObjectClose ||
                 token.kind == Kind::kArrayClose) {
        --open;
      } else if (token.kind == Kind::kEnd) {
        return absl::InvalidArgumentError("proto: unexpected EOF");
      }
    } while (open > 0);
    return absl::OkStatus();
  }

  JsonTokens tokens_;
  int depth_ = 0;
};

}  // namespace

absl::Status JsonToMessage(absl::string_view json, pb::Message* message) {
  SMON_ASSIGN_OR_RETURN(const absl::string_view value, FirstJsonValue(json));
  if (value.empty()) return absl::OkStatus();
  return Reader(value).ReadMessage(message);
}

}  // namespace smon
