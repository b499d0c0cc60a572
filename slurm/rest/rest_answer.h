#ifndef SMON_SLURM_REST_REST_ANSWER_H_
#define SMON_SLURM_REST_REST_ANSWER_H_

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "slurm/rest/byte_source.h"

namespace smon::slurm {

// The fields to take out of a JSON object, each under a number of the caller's,
// from 0 on. What is not named is skipped.
//
//   static const RestFields* const fields =
//       new RestFields({{"job_id", kId}, {"state/current", kState}});
class RestFields {
 public:
  struct Field {
    const char* path;  // keys joined by '/'
    int id;
  };
  // Several paths may have the same id.
  RestFields(std::initializer_list<Field> fields);
  RestFields(const RestFields&) = delete;
  RestFields& operator=(const RestFields&) = delete;

  int size() const { return size_; }

  // How a key is reached, and what its value stands for. Since v0.0.39 a number
  // may be {"set":true,"infinite":false,"number":5}.
  enum class Role { kValue, kSet, kInfinite };
  struct Node {
    int field = -1;  // none
    Role role = Role::kValue;
    absl::flat_hash_map<std::string, std::unique_ptr<Node>> children;
  };
  const Node& root() const { return root_; }

 private:
  Node root_;
  int size_ = 0;
};

// The fields of one JSON object. Text is the bytes as they came, after JSON's
// escapes were resolved; they need not be valid UTF-8.
class RestRecord {
 public:
  explicit RestRecord(int fields) : values_(fields) {}

  // Of a string; empty when there is none, or something else. An array of
  // strings is joined by commas.
  absl::string_view Text(int field) const;
  // A number that is there, set and not infinite; as it was written.
  absl::string_view NumberText(int field) const;
  // As ParseNumber() of NumberText().
  std::optional<int64_t> Number(int field) const;
  std::optional<bool> Bool(int field) const;
  // Whether the key was there, with whatever value.
  bool Has(int field) const;
  // Some text holds a NUL, which nothing in Slurm can: forged or broken.
  bool has_nul() const { return has_nul_; }
  // A hash of all fields but these; the same for the same values while the
  // process lives.
  uint64_t Print(std::initializer_list<int> without) const;

 private:
  friend class RestAnswerReader;
  enum class Kind { kAbsent, kNull, kBool, kNumber, kText };
  struct Value {
    Kind kind = Kind::kAbsent;
    bool unset = false;  // {"set":false} or {"infinite":true}
    bool flag = false;
    std::string text;
  };
  void Clear();

  std::vector<Value> values_;
  bool has_nul_ = false;
};

// What slurmrestd says beside the list that was asked for.
struct RestAnswer {
  struct Error {
    int64_t number = 0;  // Slurm's errno, 0 when not told
    std::string text;    // "Unable to connect to database"
    std::string source;  // "slurmdb_jobs_get"
  };
  std::vector<Error> errors;
  std::string release;  // "22.05.8"
  std::string cluster;  // v0.0.40 and newer; else empty
  bool has_list = false;
};

// Reads {"meta":…, "errors":[…], "LIST":[{…}, …]} while it arrives, and calls
// `on_record` for each object in the list. The document is never whole in
// memory. INTERNAL when it is not JSON, is cut, or is nested deeper than 64;
// errors of the source as they are. A pure function but for its arguments.
absl::StatusOr<RestAnswer> ReadRestAnswer(
    ByteSource* source, absl::string_view list, const RestFields& fields,
    absl::FunctionRef<void(const RestRecord&)> on_record);

}  // namespace smon::slurm

#endif  // SMON_SLURM_REST_REST_ANSWER_H_
