#ifndef SMON_CLIENT_TEXT_WIDTH_H_
#define SMON_CLIENT_TEXT_WIDTH_H_

#include <string>

#include "absl/strings/string_view.h"

namespace smon::client {

// The columns that `text` takes on a terminal: two for a wide character, none
// for a combining one (wcwidth(3)). `text` is as ToPrintable (common/utf8.h)
// makes it. Does not depend on the program's locale.
int TextWidth(absl::string_view text);

// `text` itself when it takes no more than `columns`, else its beginning with
// "…" last, together no wider than that. `columns` is at least 1.
std::string CutToWidth(absl::string_view text, int columns);

}  // namespace smon::client

#endif  // SMON_CLIENT_TEXT_WIDTH_H_
