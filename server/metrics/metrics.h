#ifndef SMON_SERVER_METRICS_METRICS_H_
#define SMON_SERVER_METRICS_METRICS_H_

#include <prometheus/collectable.h>
#include <prometheus/registry.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/gateway/http_message.h"

namespace smon {

// The process's metrics, in one place that is handed to those who have any:
//
//   Metrics metrics;
//   RpcMetrics rpcs(metrics.registry());                 // counts by itself
//   metrics.Add(std::make_unique<ProcessMetrics>());     // is asked at a
//   scrape gateway_options.handlers["/metrics"] = &metrics;
//
// GET /metrics answers in Prometheus' text format. A scrape waits for nothing:
// what is collected must be in memory. docs/METRICS.md lists what there is.
//
// Add() comes before the first scrape; otherwise thread-safe.
class Metrics : public HttpHandler {
 public:
  // For counters and histograms that their owner increments. Lives as long as
  // this object.
  prometheus::Registry* registry() { return &registry_; }

  // What reads its numbers elsewhere. Must not block.
  void Add(std::unique_ptr<prometheus::Collectable> source);
  // The same for one counter that is kept elsewhere, by the values of a label:
  // a bounded set. An empty label is none, for a single value.
  void AddCounter(std::string name, std::string help, std::string label,
                  std::function<std::map<std::string, int64_t>()> values);

  // What GET /metrics answers.
  std::string Text() const;

  void Handle(HttpRequest request,
              std::function<void(HttpResponse)> done) override;
  void Abort() override {}

 private:
  prometheus::Registry registry_;
  std::vector<std::unique_ptr<prometheus::Collectable>> sources_;
};

}  // namespace smon

#endif  // SMON_SERVER_METRICS_METRICS_H_
