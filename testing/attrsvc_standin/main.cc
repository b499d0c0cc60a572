// attrsvc_standin: an Attribution Service for tests and for trying smonsvc out.
// See rules.h for how it judges, service.h for what it answers.

#include <pthread.h>
#include <signal.h>

#include <iostream>
#include <optional>
#include <string>

#include "gflags/gflags.h"
#include "testing/attrsvc_standin/standin.h"

DEFINE_string(form, "documented",
              "interface to speak: 'documented' (GET /logs/result) or "
              "'released' (GET /logs, /healthz)");
DEFINE_int32(port, -1,
             "port on 127.0.0.1; 0 for a free one; -1 for none if there is "
             "--unix_socket, otherwise a free one");
DEFINE_string(unix_socket, "", "path of a unix socket to listen on as well");
DEFINE_string(missing, "pending",
              "answer to a POST of a file that is not there: 'pending' (200, "
              "mode PENDING) or '404' (not_found)");
DEFINE_string(allowed_root, "", "folder that logs must be below; empty: any");
DEFINE_int32(latency_ms, 0, "each answer comes this much later");
DEFINE_int32(analysis_ms, 0, "how long the analysis of a log takes");
DEFINE_int32(submit_per_minute, 0, "more POSTs get a 429; 0: no limit");
DEFINE_int32(result_per_minute, 0, "more result GETs get a 429; 0: no limit");
DEFINE_double(fail_rate, 0,
              "part of the requests, 0 to 1, that get a 500, a 503 or a reset");
DEFINE_uint32(seed, 1, "which requests those are");

namespace smon::attrsvc_standin {
namespace {

int Usage(const std::string& message) {
  std::cerr << "attrsvc_standin: " << message << std::endl;
  return 2;
}

int Run() {
  StandInOptions options;
  if (FLAGS_form == "released") {
    options.service.form = Form::kReleased;
  } else if (FLAGS_form != "documented") {
    return Usage("--form must be documented or released");
  }
  if (FLAGS_missing != "pending" && FLAGS_missing != "404") {
    return Usage("--missing must be pending or 404");
  }
  options.service.missing_is_404 = FLAGS_missing == "404";
  options.service.allowed_root = FLAGS_allowed_root;
  options.service.seed = FLAGS_seed;
  Knobs& knobs = options.service.knobs;
  knobs.latency_ms = FLAGS_latency_ms;
  knobs.analysis_ms = FLAGS_analysis_ms;
  knobs.submit_per_minute = FLAGS_submit_per_minute;
  knobs.result_per_minute = FLAGS_result_per_minute;
  knobs.fail_rate = FLAGS_fail_rate;
  options.unix_socket = FLAGS_unix_socket;
  options.port = FLAGS_port;
  if (FLAGS_port == -1) {
    options.port =
        FLAGS_unix_socket.empty() ? std::optional<int>(0) : std::nullopt;
  }

  // Before the first thread starts, so that only sigwait() takes them.
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);

  auto standin = AttrsvcStandIn::Start(options);
  if (!standin.ok()) {
    std::cerr << "attrsvc_standin: " << standin.status().message() << std::endl;
    return standin.status().code() == absl::StatusCode::kInvalidArgument ? 2
                                                                         : 1;
  }
  if ((*standin)->port() != 0) {
    std::cout << "listening on http://127.0.0.1:" << (*standin)->port()
              << std::endl;
  }
  if (!options.unix_socket.empty()) {
    std::cout << "listening on unix://" << options.unix_socket << std::endl;
  }
  int signal = 0;
  sigwait(&stop, &signal);
  return 0;
}

}  // namespace
}  // namespace smon::attrsvc_standin

int main(int argc, char** argv) {
  gflags::SetUsageMessage(
      "a stand-in for the Attribution Service that judges logs by a few rules");
  gflags::ParseCommandLineFlags(&argc, &argv, true);
  if (argc > 1) {
    std::cerr << "attrsvc_standin: unexpected argument '" << argv[1] << "'"
              << std::endl;
    return 2;
  }
  return smon::attrsvc_standin::Run();
}
