#ifndef SMON_COMMON_UTF8_H_
#define SMON_COMMON_UTF8_H_

#include <string>

#include "absl/strings/string_view.h"

namespace smon {

// True for well-formed UTF-8 (RFC 3629: no surrogates, nothing overlong).
bool IsValidUtf8(absl::string_view bytes);

// `bytes` with each byte that is not part of well-formed UTF-8 written as
// \xHH, for prose: messages, log lines, answers of other programs. Valid text
// stays as it is, so that doing it twice is the same as once; but it cannot be
// undone, since the text may have held the four characters \xHH before.
std::string ToValidUtf8(absl::string_view bytes);

// `bytes` as valid UTF-8, reversibly, for names and other text that Slurm's
// users choose. As ToValidUtf8, and a backslash that would be read as the start
// of such an escape, since x and two hexadecimal digits follow, is \x5c. All
// other text stays as it is, backslashes too.
//
//   BytesToText("caf\xe9")     "caf\\xe9"
//   BytesToText("caf\\xe9")    "caf\\x5cxe9"
//   BytesToText("C:\\x")       "C:\\x"
//
// Doing it twice is not the same as once. In this program such text is bytes;
// it is made text where it leaves, each time: for a proto, a request to
// attrsvc, a column of the Store, which makes bytes of it again when it is
// read.
std::string BytesToText(absl::string_view bytes);

// The bytes that BytesToText made `text` of: TextToBytes(BytesToText(b)) == b
// for all b. Of any other text, each \xHH becomes a byte.
std::string TextToBytes(absl::string_view text);

// For a log line or a terminal: as ToValidUtf8, and control characters (C0,
// DEL, C1, line and paragraph separators, bidirectional overrides) as \n, \t,
// \xHH or \uHHHH, so that no text can forge a line or move the cursor.
std::string ToPrintable(absl::string_view bytes);

}  // namespace smon

#endif  // SMON_COMMON_UTF8_H_
