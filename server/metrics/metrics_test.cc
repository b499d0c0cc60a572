#include "server/metrics/metrics.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/config/reload_record.h"
#include "server/metrics/families.h"
#include "server/metrics/http_metrics.h"
#include "server/metrics/process_metrics.h"
#include "server/metrics/reload_metrics.h"
#include "server/metrics/rpc_metrics.h"
#include "server/metrics/secret_metrics.h"
#include "server/metrics/store_metrics.h"
#include "testing/fake_clock.h"

namespace smon {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

HttpResponse Ask(Metrics* metrics, const std::string& method = "GET") {
  HttpRequest request;
  request.method = method;
  request.target = "/metrics";
  HttpResponse answer;
  metrics->Handle(std::move(request), [&answer](HttpResponse response) {
    answer = std::move(response);
  });
  return answer;
}

TEST(MetricsTest, AnswersInPrometheusTextFormat) {
  Metrics metrics;
  prometheus::BuildCounter()
      .Name("a_total")
      .Help("As.")
      .Register(*metrics.registry())
      .Add({{"kind", "x\"y\nz"}})
      .Increment(3);
  metrics.AddCounter("b_total", "Bs.", "reason", [] {
    return std::map<std::string, int64_t>{{"no", 1}, {"yes", 2}};
  });
  metrics.AddCounter("c_total", "Cs.", "", [] {
    return std::map<std::string, int64_t>{{"", 12345678901}};
  });
  const HttpResponse answer = Ask(&metrics);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(answer.body,
            "# HELP a_total As.\n# TYPE a_total counter\n"
            "a_total{kind=\"x\\\"y\\nz\"} 3\n"
            "# HELP b_total Bs.\n# TYPE b_total counter\n"
            "b_total{reason=\"no\"} 1\nb_total{reason=\"yes\"} 2\n"
            "# HELP c_total Cs.\n# TYPE c_total counter\n"
            "c_total 12345678901\n");
}

TEST(MetricsTest, TellsWhenTheCertificateEnds) {
  SecretMetrics::Reading reading;
  Metrics metrics;
  metrics.Add(std::make_unique<SecretMetrics>([&] { return reading; }));
  EXPECT_EQ(metrics.Text(), "");
  reading.has_secrets = true;
  EXPECT_THAT(metrics.Text(), HasSubstr("\nsmonsvc_secrets_usable 1\n"));
  EXPECT_THAT(metrics.Text(), Not(HasSubstr("certificate_expiry")));
  reading.usable = false;
  reading.certificate_expires = absl::FromUnixSeconds(1700000000);
  EXPECT_THAT(metrics.Text(),
              AllOf(HasSubstr("\nsmonsvc_secrets_usable 0\n"),
                    HasSubstr("\nsmonsvc_certificate_expiry_timestamp_seconds "
                              "1700000000\n")));
}

TEST(MetricsTest, TellsWhetherTheSettingsWereTaken) {
  FakeClock clock;
  const std::string start = std::to_string(absl::ToUnixSeconds(clock.Now()));
  ReloadRecord reloads(&clock);
  Metrics metrics;
  metrics.Add(std::make_unique<ReloadMetrics>(&reloads));
  const auto tells = [&](const std::string& successful) {
    return AllOf(
        HasSubstr("\nsmonsvc_config_last_reload_successful " + successful +
                  "\n"),
        HasSubstr("\nsmonsvc_config_last_reload_success_timestamp_seconds " +
                  start + "\n"));
  };
  EXPECT_THAT(metrics.Text(), tells("1"));
  clock.Advance(absl::Seconds(60));
  reloads.Note(absl::InvalidArgumentError("unknown setting"));
  EXPECT_THAT(metrics.Text(), tells("0"));
}

TEST(MetricsTest, IsOnlyRead) {
  Metrics metrics;
  EXPECT_EQ(Ask(&metrics, "POST").status, 405);
  EXPECT_EQ(Ask(&metrics, "OPTIONS").status, 204);
  EXPECT_EQ(Ask(&metrics, "HEAD").status, 200);
}

class Durations final : public prometheus::Collectable {
 public:
  std::vector<prometheus::MetricFamily> Collect() const override {
    DurationHistogram durations;
    durations.Add(absl::Milliseconds(100));
    durations.Add(absl::Seconds(2));
    durations.Add(absl::Hours(1));
    Families families;
    families.Histogram("d_seconds", "Ds.", durations);
    families.Timestamp("never_timestamp_seconds", "Never.",
                       absl::InfinitePast());
    families.Timestamp("e_timestamp_seconds", "Es.",
                       absl::FromUnixMillis(1700000000500));
    return families.Take();
  }
};

TEST(MetricsTest, HistogramsAreCumulative) {
  Metrics metrics;
  metrics.Add(std::make_unique<Durations>());
  EXPECT_THAT(metrics.Text(),
              AllOf(HasSubstr("d_seconds_count 3\nd_seconds_sum 3602.1\n"),
                    HasSubstr("d_seconds_bucket{le=\"0.05\"} 0\n"),
                    HasSubstr("d_seconds_bucket{le=\"0.1\"} 1\n"),
                    HasSubstr("d_seconds_bucket{le=\"2.5\"} 2\n"),
                    HasSubstr("d_seconds_bucket{le=\"300\"} 2\n"),
                    HasSubstr("d_seconds_bucket{le=\"+Inf\"} 3\n"),
                    HasSubstr("e_timestamp_seconds 1700000000.5\n"),
                    Not(HasSubstr("never"))));
}

TEST(MetricsTest, RpcsAreCountedByMethodAndCode) {
  Metrics metrics;
  RpcMetrics rpcs(metrics.registry());
  rpcs.OnStarted("/smon.v1.MonitorService/GetJob");
  rpcs.OnHandled("/smon.v1.MonitorService/GetJob", grpc::StatusCode::NOT_FOUND,
                 absl::Milliseconds(3));
  rpcs.OnHandled("/smon.v1.MonitorService/WatchJobs",
                 static_cast<grpc::StatusCode>(1234), absl::Seconds(3));
  const std::string job =
      "{grpc_method=\"GetJob\",grpc_service=\"smon.v1.MonitorService\","
      "grpc_type=\"unary\"";
  EXPECT_THAT(
      metrics.Text(),
      AllOf(HasSubstr("grpc_server_started_total" + job + "} 1\n"),
            HasSubstr("grpc_server_handling_seconds_bucket" + job +
                      ",le=\"0.0025\"} 0\n"),
            HasSubstr("grpc_server_handling_seconds_bucket" + job +
                      ",le=\"0.005\"} 1\n"),
            HasSubstr("grpc_server_handled_total{grpc_code=\"NotFound\","),
            HasSubstr("{grpc_code=\"Unknown\",grpc_method=\"WatchJobs\","
                      "grpc_service=\"smon.v1.MonitorService\","
                      "grpc_type=\"server_stream\"} 1\n")));
}

TEST(MetricsTest, AClientMakesNoNamesOfItsOwn) {
  Metrics metrics;
  RpcMetrics rpcs(metrics.registry());
  HttpMetrics http(metrics.registry());
  for (const char* name : {"evil1", "/evil2", "/smon.v1.MonitorService/evil3",
                           "/smon.v1.MonitorService.GetJob", ""}) {
    rpcs.OnStarted(name);
    rpcs.OnHandled(name, grpc::StatusCode::UNIMPLEMENTED, absl::ZeroDuration());
  }
  http.OnAnswer("EVIL4", "", 404, absl::ZeroDuration());
  http.OnAnswer("GET", "/jobs", 200, absl::ZeroDuration());
  const std::string text = metrics.Text();
  EXPECT_THAT(text, Not(HasSubstr("evil")));
  EXPECT_THAT(text, Not(HasSubstr("EVIL")));
  EXPECT_THAT(text,
              HasSubstr("grpc_server_started_total{grpc_method=\"other\","
                        "grpc_service=\"other\",grpc_type=\"unary\"} 5\n"));
  EXPECT_THAT(text, HasSubstr("smonsvc_http_requests_total{code=\"404\","
                              "method=\"other\",route=\"none\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("smonsvc_http_requests_total{code=\"200\","
                              "method=\"GET\",route=\"/jobs\"} 1\n"));
}

TEST(MetricsTest, TransactionsAreTimedAndOnlyTheStoresErrorsCounted) {
  Metrics metrics;
  StoreMetrics store(metrics.registry());
  using Operation = StoreObserver::Operation;
  store.OnTransaction(Operation::kRead, absl::ZeroDuration(), absl::Seconds(1),
                      absl::NotFoundError("no job"));
  store.OnTransaction(Operation::kWrite, absl::Seconds(2), absl::Seconds(1),
                      absl::UnavailableError("disk full"));
  EXPECT_THAT(
      metrics.Text(),
      AllOf(
          HasSubstr("smonsvc_store_errors_total{operation=\"read\"} 0\n"),
          HasSubstr("smonsvc_store_errors_total{operation=\"write\"} 1\n"),
          HasSubstr("smonsvc_store_wait_seconds_sum{operation=\"write\"} 2\n"),
          HasSubstr("smonsvc_store_transaction_duration_seconds_count{"
                    "operation=\"read\"} 1\n")));
}

double Value(const std::string& text, const std::string& name) {
  const size_t begin = text.find("\n" + name + " ");
  EXPECT_NE(begin, std::string::npos) << name;
  return begin == std::string::npos
             ? 0
             : std::stod(text.substr(begin + name.size() + 2));
}

TEST(MetricsTest, TheProcessIsMeasured) {
  Metrics metrics;
  metrics.Add(std::make_unique<ProcessMetrics>());
  const std::string text = metrics.Text();
  EXPECT_GT(Value(text, "process_resident_memory_bytes"), 1e6);
  EXPECT_GT(Value(text, "process_virtual_memory_bytes"),
            Value(text, "process_resident_memory_bytes"));
  EXPECT_GE(Value(text, "process_open_fds"), 3);
  EXPECT_GT(Value(text, "process_max_fds"), Value(text, "process_open_fds"));
  EXPECT_GE(Value(text, "process_threads"), 1);
  EXPECT_GE(Value(text, "process_cpu_seconds_total"), 0);
  const double now = absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch());
  EXPECT_NEAR(Value(text, "process_start_time_seconds"), now, 600);
}

}  // namespace
}  // namespace smon
