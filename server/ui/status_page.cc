#include "server/ui/status_page.h"

#include <functional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/gateway/large_answer.h"
#include "server/gateway/url.h"

namespace smon {
namespace {

struct File {
  const char* name;
  const char* text;
};

constexpr File kFiles[] = {
#include "server/ui/page.inc"
};

constexpr char kPage[] = "index.html";

// Nothing but our own files and our own API; no text ever becomes markup,
// script or style (Trusted Types without a policy).
constexpr char kPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'";

const char* ContentType(absl::string_view name) {
  if (absl::EndsWith(name, ".html")) return "text/html; charset=utf-8";
  if (absl::EndsWith(name, ".css")) return "text/css; charset=utf-8";
  if (absl::EndsWith(name, ".js")) return "text/javascript; charset=utf-8";
  return "image/svg+xml";
}

// Whether the method is one that is answered; if not, it has been refused.
bool IsRead(const HttpRequest& request,
            const std::function<void(HttpResponse)>& done) {
  if (request.method == "GET" || request.method == "HEAD") return true;
  HttpResponse response;
  response.status = request.method == "OPTIONS" ? 204 : 405;
  response.headers.emplace_back("Allow", "GET, HEAD, OPTIONS");
  if (response.status == 405) {
    response.body = R"({"error":"method not allowed"})";
  }
  done(std::move(response));
  return false;
}

class FileHandler : public HttpHandler {
 public:
  explicit FileHandler(const File& file)
      : file_(file), etag_(EtagOf(file.text)) {}

  void Handle(HttpRequest request,
              std::function<void(HttpResponse)> done) override {
    if (!IsRead(request, done)) return;
    HttpResponse response;
    response.content_type = ContentType(file_.name);
    response.headers = {
        {"Cache-Control", "no-cache"},
        {"Content-Security-Policy", kPolicy},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"ETag", etag_},
    };
    if (NamesEtag(FindHeader(request.headers, "If-None-Match"), etag_)) {
      response.status = 304;
    } else {
      response.body = file_.text;
    }
    done(std::move(response));
  }
  void Abort() override {}

 private:
  const File file_;
  const std::string etag_;
};

// From /ui/, where the page's relative addresses would lead elsewhere.
// Relative, too, for a proxy may serve us below a path of its own.
class RedirectHandler : public HttpHandler {
 public:
  void Handle(HttpRequest request,
              std::function<void(HttpResponse)> done) override {
    if (!IsRead(request, done)) return;
    const auto query = SplitHttpTarget(request.target).query;
    HttpResponse response;
    response.status = 308;
    response.headers.emplace_back(
        "Location", query.empty() ? "../ui" : absl::StrCat("../ui?", query));
    done(std::move(response));
  }
  void Abort() override {}
};

}  // namespace

StatusPage::StatusPage() {
  for (const File& file : kFiles) {
    handlers_[file.name == absl::string_view(kPage)
                  ? "/ui"
                  : absl::StrCat("/ui/", file.name)] =
        std::make_unique<FileHandler>(file);
  }
  handlers_["/ui/"] = std::make_unique<RedirectHandler>();
}

StatusPage::~StatusPage() = default;

std::map<std::string, HttpHandler*> StatusPage::handlers() const {
  std::map<std::string, HttpHandler*> handlers;
  for (const auto& [path, handler] : handlers_) {
    handlers[path] = handler.get();
  }
  return handlers;
}

}  // namespace smon
