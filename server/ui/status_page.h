#ifndef SMON_SERVER_UI_STATUS_PAGE_H_
#define SMON_SERVER_UI_STATUS_PAGE_H_

#include <map>
#include <memory>
#include <string>

#include "server/gateway/http_message.h"

namespace smon {

// /ui: a page that shows the service in a browser, by what the JSON API says.
// The files of page/ are in the program; they hold no data, so whoever reaches
// the port may load them.
//
//   GET /ui            200  the page
//   GET /ui/           308  to /ui
//   GET /ui/NAME       200  what it is made of: "style.css", "app.js", …
//
// A browser asks each time whether its copy is still good (ETag), so that page
// and service are of one version. Thread-safe.
class StatusPage {
 public:
  StatusPage();
  ~StatusPage();

  // By path. They live as long as this object.
  std::map<std::string, HttpHandler*> handlers() const;

 private:
  std::map<std::string, std::unique_ptr<HttpHandler>> handlers_;
};

}  // namespace smon

#endif  // SMON_SERVER_UI_STATUS_PAGE_H_
