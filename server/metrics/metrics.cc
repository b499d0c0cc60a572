#include "server/metrics/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <utility>

#include "server/metrics/families.h"

namespace smon {
namespace {

constexpr char kTextFormat[] = "text/plain; version=0.0.4; charset=utf-8";

class CounterElsewhere final : public prometheus::Collectable {
 public:
  CounterElsewhere(std::string name, std::string help, std::string label,
                   std::function<std::map<std::string, int64_t>()> values)
      : name_(std::move(name)),
        help_(std::move(help)),
        label_(std::move(label)),
        values_(std::move(values)) {}

  std::vector<prometheus::MetricFamily> Collect() const override {
    Families families;
    for (const auto& [text, number] : values_()) {
      MetricLabels labels;
      if (!label_.empty()) labels.push_back({label_, text});
      families.Counter(name_.c_str(), help_.c_str(),
                       static_cast<double>(number), std::move(labels));
    }
    return families.Take();
  }

 private:
  const std::string name_;
  const std::string help_;
  const std::string label_;
  const std::function<std::map<std::string, int64_t>()> values_;
};

}  // namespace

void Metrics::Add(std::unique_ptr<prometheus::Collectable> source) {
  sources_.push_back(std::move(source));
}

void Metrics::AddCounter(
    std::string name, std::string help, std::string label,
    std::function<std::map<std::string, int64_t>()> values) {
  Add(std::make_unique<CounterElsewhere>(std::move(name), std::move(help),
                                         std::move(label), std::move(values)));
}

std::string Metrics::Text() const {
  std::vector<prometheus::MetricFamily> all = registry_.Collect();
  for (const auto& source : sources_) {
    for (prometheus::MetricFamily& family : source->Collect()) {
      all.push_back(std::move(family));
    }
  }
  return prometheus::TextSerializer().Serialize(all);
}

void Metrics::Handle(HttpRequest request,
                     std::function<void(HttpResponse)> done) {
  HttpResponse response;
  if (request.method != "GET" && request.method != "HEAD") {
    response.status = request.method == "OPTIONS" ? 204 : 405;
    response.headers.emplace_back("Allow", "GET, HEAD, OPTIONS");
    return done(std::move(response));
  }
  response.content_type = kTextFormat;
  response.body = Text();
  done(std::move(response));
}

}  // namespace smon
