// smonctl top: a full screen that says how things are, again and again.

#include <unistd.h>

#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "client/commands/commands.h"
#include "client/fleet.h"
#include "client/full_screen.h"
#include "client/state_names.h"
#include "client/terminal.h"
#include "client/top_view.h"
#include "common/mutex.h"
#include "common/status_macros.h"

namespace smon::client {
namespace {

constexpr double kUsualDelay = 2;  // seconds
constexpr double kShortestDelay = 0.2;
constexpr double kLongestDelay = 3600;

// More than any screen has rows for.
constexpr int kMostJobs = 200;

absl::StatusOr<v1::ListJobsResponse> ListStates(Connection* connection,
                                                bool (*wanted)(v1::Job::State),
                                                const char* order_by) {
  v1::ListJobsRequest request;
  for (const ValueName& name : NamesOf(*v1::Job::State_descriptor())) {
    const auto state = static_cast<v1::Job::State>(name.values.front());
    if (wanted(state)) request.add_states(state);
  }
  request.set_page_size(kMostJobs);
  request.set_order_by(order_by);
  return connection->Call(&v1::MonitorService::Stub::ListJobs, request);
}

bool IsRunning(v1::Job::State state) { return state == v1::Job::RUNNING; }

absl::StatusOr<TopView> Fetch(Connection* connection) {
  TopView view;
  SMON_ASSIGN_OR_RETURN(view.health,
                        connection->Call(&v1::MonitorService::Stub::GetHealth,
                                         v1::GetHealthRequest()));
  SMON_ASSIGN_OR_RETURN(view.stats,
                        connection->Call(&v1::MonitorService::Stub::GetStats,
                                         v1::GetStatsRequest()));
  SMON_ASSIGN_OR_RETURN(
      view.unsuccessful,
      ListStates(connection, IsUnsuccessful, "end_time desc"));
  SMON_ASSIGN_OR_RETURN(view.running,
                        ListStates(connection, IsRunning, "submit_time desc"));
  SMON_ASSIGN_OR_RETURN(view.clusters, ReadClusters(connection));
  SMON_ASSIGN_OR_RETURN(view.replicas, ReadReplicas(connection));
  view.shows_clusters =
      view.clusters.clusters_size() > 1 && connection->cluster().empty();
  view.address = connection->address();
  view.time = absl::Now();
  return view;
}

// Fetches on a thread of its own, so that keys are heard while smonsvc is
// silent. The connection is its own while it lives. Thread-safe.
class Fetcher {
 public:
  Fetcher(Connection* connection, FullScreen* screen, absl::Duration delay)
      : connection_(*connection),
        screen_(*screen),
        delay_(delay),
        thread_([this] { Run(); }) {}

  ~Fetcher() {
    connection_.Cancel();
    {
      MutexLock lock(&mu_);
      over_ = true;
      changed_.NotifyAll();
    }
    thread_.join();
  }

  TopView view() const {
    MutexLock lock(&mu_);
    return view_;
  }

  void Refresh() {
    MutexLock lock(&mu_);
    due_ = absl::InfinitePast();
    changed_.NotifyAll();
  }

 private:
  void Run() {
    while (true) {
      Take(Fetch(&connection_));
      screen_.Wake();
      MutexLock lock(&mu_);
      while (!over_ && absl::Now() < due_) {
        changed_.WaitFor(&mu_, due_ - absl::Now());
      }
      if (over_) return;
    }
  }

  void Take(absl::StatusOr<TopView> fetched) {
    MutexLock lock(&mu_);
    if (fetched.ok()) {
      view_ = *std::move(fetched);
    } else {
      view_.address = connection_.address();
      view_.error = std::string(fetched.status().message());
    }
    due_ = absl::Now() + delay_;
  }

  Connection& connection_;
  FullScreen& screen_;
  const absl::Duration delay_;
  mutable Mutex mu_;
  CondVar changed_;
  TopView view_ ABSL_GUARDED_BY(mu_);
  absl::Time due_ ABSL_GUARDED_BY(mu_);
  bool over_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

// Until the user, or a signal, ends it; the signal.
int ShowScreen(absl::Duration delay, Session& session) {
  FullScreen screen;
  Fetcher fetcher(&session.connection, &screen, delay);
  Terminal terminal = session.terminal;
  while (true) {
    terminal.columns = screen.columns();
    screen.Draw(DrawTop(fetcher.view(), screen.rows(), terminal, absl::Now(),
                        session.zone));
    switch (screen.Wait(absl::Seconds(1))) {
      case FullScreen::Event::kQuit:
        return screen.deadly_signal();
      case FullScreen::Event::kRefresh:
        fetcher.Refresh();
        break;
      default:
        break;
    }
  }
}

absl::StatusOr<ExitStatus> Top(double delay, Session& session) {
  if (!session.terminal.is_terminal || isatty(STDIN_FILENO) == 0) {
    return absl::InvalidArgumentError(
        "top needs a terminal; for programs there are 'smonctl stats' and "
        "'smonctl watch'");
  }
  if (!TakesEscapeSequences(STDOUT_FILENO)) {
    return absl::InvalidArgumentError(
        "top needs a terminal whose cursor it can move: TERM is empty or "
        "\"dumb\"");
  }
  const int signal = ShowScreen(absl::Seconds(delay), session);
  if (signal != 0) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
  return ExitStatus::kOk;
}

}  // namespace

void AddTopCommand(CommandLine* line) {
  const auto delay = std::make_shared<double>(kUsualDelay);
  CLI::App* app = line->Add(
      "top",
      "Show on a full screen, and keep showing, health, lanes, and the jobs "
      "that run and that failed last, with their verdicts",
      {"smonctl top", "smonctl top --delay=10"},
      [delay](Session& session) { return Top(*delay, session); });
  app->add_option("-d,--delay", *delay, "Seconds between two looks (default 2)")
      ->option_text("SECONDS")
      ->check(CLI::Range(kShortestDelay, kLongestDelay));
  app->footer(absl::StrCat(app->get_footer(),
                           "\n\nKeys: q quits, r or space refreshes."));
}

}  // namespace smon::client
