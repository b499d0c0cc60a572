#include "client/text_width.h"

#include <locale.h>
#include <wchar.h>

#include <cstddef>

#include "absl/strings/str_cat.h"

namespace smon::client {
namespace {

constexpr char kEllipsis[] = "…";

// UTF-8 for the thread while it lives, whatever the environment says. glibc
// has this locale built in.
class Utf8Locale {
 public:
  Utf8Locale() {
    static const locale_t utf8 =
        newlocale(LC_CTYPE_MASK, "C.UTF-8", static_cast<locale_t>(nullptr));
    if (utf8 != nullptr) before_ = uselocale(utf8);
  }
  ~Utf8Locale() {
    if (before_ != nullptr) uselocale(before_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  locale_t before_ = nullptr;
};

struct Character {
  size_t bytes = 1;
  int columns = 1;
};

// The first character of a non-empty text. One that is unknown to wcwidth, or
// no character at all, counts as one column.
Character First(absl::string_view text) {
  wchar_t wide = 0;
  mbstate_t state{};
  const size_t bytes = mbrtowc(&wide, text.data(), text.size(), &state);
  if (bytes == 0 || bytes > text.size()) return {};
  const int columns = wcwidth(wide);
  return {bytes, columns < 0 ? 1 : columns};
}

}  // namespace

int TextWidth(absl::string_view text) {
  const Utf8Locale locale;
  int width = 0;
  while (!text.empty()) {
    const Character first = First(text);
    width += first.columns;
    text.remove_prefix(first.bytes);
  }
  return width;
}

std::string CutToWidth(absl::string_view text, int columns) {
  if (TextWidth(text) <= columns) return std::string(text);
  const Utf8Locale locale;
  int width = 0;
  size_t kept = 0;
  while (kept < text.size()) {
    const Character next = First(text.substr(kept));
    if (width + next.columns > columns - 1) break;
    width += next.columns;
    kept += next.bytes;
  }
  return absl::StrCat(text.substr(0, kept), kEllipsis);
}

}  // namespace smon::client
