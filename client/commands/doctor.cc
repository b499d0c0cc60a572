// smonctl doctor: looks at everything that can be wrong, and says how to mend
// it.

#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/commands/commands.h"
#include "client/doctor_checks.h"
#include "client/message_text.h"
#include "client/text_width.h"
#include "client/text_wrap.h"
#include "client/time_format.h"
#include "common/status_macros.h"
#include "common/utf8.h"
#include "common/version.h"

namespace smon::client {
namespace {

constexpr char kMungeSocket[] = "/run/munge/munge.socket.2";
constexpr absl::Duration kLogPatience = absl::Seconds(5);
constexpr int kLogs = 10;

bool IsOnHost(const std::string& host) {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 && host == name.data();
}

// The logs of the jobs that were submitted last.
std::vector<std::string> LastLogs(Session& session) {
  v1::ListJobsRequest request;
  request.set_page_size(10 * kLogs);
  const absl::StatusOr<v1::ListJobsResponse> jobs =
      session.connection.Call(&v1::MonitorService::Stub::ListJobs, request);
  std::vector<std::string> paths;
  if (!jobs.ok()) return paths;
  for (const v1::Job& job : jobs->jobs()) {
    const bool wanted =
        job.has_end_time() && !job.stdout_path().empty() &&
        std::find(paths.begin(), paths.end(), job.stdout_path()) == paths.end();
    if (wanted && paths.size() < kLogs) paths.push_back(job.stdout_path());
  }
  return paths;
}

void Add(const std::vector<Finding>& findings, v1::Diagnosis* to) {
  for (const Finding& finding : findings) *to->add_findings() = finding;
}

// What smonsvc says of itself; a smonsvc that does not is a finding.
v1::Diagnosis AskServer(Session& session) {
  v1::Diagnosis diagnosis;
  const absl::Time asked = absl::Now();
  const absl::StatusOr<v1::Health> health = session.connection.Call(
      &v1::MonitorService::Stub::GetHealth, v1::GetHealthRequest());
  const absl::Time connected = absl::Now();
  if (!health.ok()) {
    Add({MakeFinding("connection", v1::Diagnosis::FAILURE,
                     std::string(health.status().message()),
                     "see 'smonctl config get-contexts', and 'systemctl status "
                     "smonsvc' on its host")},
        &diagnosis);
    return diagnosis;
  }
  const std::string how =
      session.connection.credentials().tls_ca.empty() ? "" : " by TLS";
  std::vector<Finding> findings = {
      MakeFinding("connection", v1::Diagnosis::OK,
                  absl::StrCat("smonsvc at ", session.connection.address(),
                               " answers", how, " in ",
                               absl::FormatDuration(absl::Trunc(
                                   connected - asked, absl::Milliseconds(1))))),
      CheckVersions(kVersion, health->version())};
  const absl::StatusOr<v1::Diagnosis> answer = session.connection.Call(
      &v1::MonitorService::Stub::GetDiagnosis, v1::GetDiagnosisRequest());
  if (!answer.ok()) {
    findings.push_back(MakeFinding(
        "diagnosis", v1::Diagnosis::FAILURE,
        std::string(answer.status().message()),
        absl::IsUnimplemented(answer.status())
            ? "this smonsvc does not know it: use one of this version"
            : "try again; 'smonctl health' tells less, and sooner"));
    Add(findings, &diagnosis);
    return diagnosis;
  }
  findings.push_back(CheckClock(connected, FromProto(answer->server_time()),
                                absl::Now(), answer->time_zone()));
  diagnosis = *answer;
  diagnosis.clear_findings();
  Add(findings, &diagnosis);
  diagnosis.mutable_findings()->MergeFrom(answer->findings());
  return diagnosis;
}

bool SlurmAnswers(const v1::Diagnosis& diagnosis) {
  return std::any_of(diagnosis.findings().begin(), diagnosis.findings().end(),
                     [](const Finding& finding) {
                       return finding.name() == "slurm" &&
                              finding.level() != v1::Diagnosis::FAILURE;
                     });
}

v1::Diagnosis Diagnose(Session& session) {
  v1::Diagnosis diagnosis = AskServer(session);
  Add(CheckCredentials(session.connection.credentials(), session.now),
      &diagnosis);
  if (IsOnHost(diagnosis.host())) {
    Add({CheckMunge(kMungeSocket, SlurmAnswers(diagnosis)),
         CheckLogs(LastLogs(session), kLogPatience)},
        &diagnosis);
  }
  return diagnosis;
}

int Count(const v1::Diagnosis& diagnosis, v1::Diagnosis::Level level) {
  return static_cast<int>(std::count_if(
      diagnosis.findings().begin(), diagnosis.findings().end(),
      [level](const Finding& finding) { return finding.level() == level; }));
}

Color LevelColor(v1::Diagnosis::Level level) {
  switch (level) {
    case v1::Diagnosis::OK:
      return Color::kGreen;
    case v1::Diagnosis::WARNING:
      return Color::kYellow;
    default:
      return Color::kRed;
  }
}

// "slurm", or where there are several clusters "slurm@tux".
std::string NameOf(const Finding& finding) {
  return ToPrintable(
      finding.cluster().empty()
          ? finding.name()
          : absl::StrCat(finding.name(), "@", finding.cluster()));
}

// "OK       slurm   Slurm 22.05.8 answers", and below it how to mend it.
std::string FindingText(const Finding& finding, int name_width,
                        const Terminal& terminal) {
  constexpr int kLevelWidth = 9;
  const std::string level = v1::Diagnosis::Level_Name(finding.level());
  const std::string name = NameOf(finding);
  const auto padding = [](const std::string& text, int width) {
    return std::string(std::max(0, width - TextWidth(text)), ' ');
  };
  const std::string label = absl::StrCat(
      terminal.color ? Colored(level, LevelColor(finding.level())) : level,
      padding(level, kLevelWidth), name, padding(name, name_width + 2));
  std::string text = ToPrintable(finding.text());
  if (!finding.mend().empty()) {
    absl::StrAppend(&text, "\n-> ", ToPrintable(finding.mend()));
  }
  return absl::StrCat(
      WrapBeside(label, kLevelWidth + name_width + 2, text, terminal.columns),
      "\n");
}

std::string DiagnosisText(const v1::Diagnosis& diagnosis,
                          const Terminal& terminal) {
  int name_width = 0;
  for (const Finding& finding : diagnosis.findings()) {
    name_width = std::max(name_width, TextWidth(NameOf(finding)));
  }
  std::string text;
  for (const Finding& finding : diagnosis.findings()) {
    absl::StrAppend(&text, FindingText(finding, name_width, terminal));
  }
  const int warnings = Count(diagnosis, v1::Diagnosis::WARNING);
  const int failures = Count(diagnosis, v1::Diagnosis::FAILURE);
  absl::StrAppend(&text, "\n", diagnosis.findings_size(),
                  diagnosis.findings_size() == 1 ? " check: " : " checks: ",
                  warnings, warnings == 1 ? " warning, " : " warnings, ",
                  failures, failures == 1 ? " failure\n" : " failures\n");
  if (!diagnosis.host().empty() && !IsOnHost(diagnosis.host())) {
    absl::StrAppend(&text, "(munge and the logs are looked at on smonsvc's ",
                    "host only: ", ToPrintable(diagnosis.host()), ")\n");
  }
  return text;
}

absl::StatusOr<ExitStatus> Doctor(Session& session) {
  const v1::Diagnosis diagnosis = Diagnose(session);
  std::string text;
  if (session.format != OutputFormat::kTable) {
    SMON_ASSIGN_OR_RETURN(text, MessageText(diagnosis, session.format));
  } else {
    text = DiagnosisText(diagnosis, session.terminal);
  }
  SMON_RETURN_IF_ERROR(session.out.Write(text));
  const bool fails = Count(diagnosis, v1::Diagnosis::FAILURE) > 0;
  return fails ? ExitStatus::kFailure : ExitStatus::kOk;
}

}  // namespace

void AddDoctorCommand(CommandLine* line) {
  line->Add("doctor",
            "Look at all that can be wrong with smonsvc, Slurm, attrsvc, logs, "
            "store, ports and certificates, and say how to mend it; exit "
            "status 1 when something fails",
            {"smonctl doctor", "smonctl doctor --timeout=2m",
             "smonctl doctor -o json | jq '.findings[] | "
             "select(.level != \"OK\")'"},
            Doctor);
}

}  // namespace smon::client
