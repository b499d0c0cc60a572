#ifndef SMON_CLIENT_TEXT_WRAP_H_
#define SMON_CLIENT_TEXT_WRAP_H_

#include <string>

#include "absl/strings/string_view.h"

namespace smon::client {

// `text` in lines of at most `columns` columns, broken at its spaces. A word
// that is wider has a line of its own and stays whole, so that a path can be
// copied.
std::string WrapText(absl::string_view text, int columns);

// `label`, which takes `label_columns` of a terminal, and right of it `text` in
// lines that end at the column `columns`; below the label where there is little
// room beside it. `columns` 0: the text's own lines, as long as they are. No
// newline at the end.
//
//   Reason:  communication between GPUs
//            failed
std::string WrapBeside(absl::string_view label, int label_columns,
                       absl::string_view text, int columns);

}  // namespace smon::client

#endif  // SMON_CLIENT_TEXT_WRAP_H_
