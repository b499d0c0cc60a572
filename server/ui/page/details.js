// One job: all that is known of it, its history, and sending its log again.

import { ApiError, get, getText, jobPath, newRequestId, post } from "./api.js";
import { byId, el, foreign, printable, replace } from "./dom.js";
import { between, number, time, times, words } from "./format.js";
import { actionBadge, exitOf, stateBadge } from "./table.js";
import { isJobId } from "./view.js";

const REFRESH_MS = 3000;

const OUTCOMES = {
  RESUBMITTED: "The log is to be sent again.",
  ALREADY_PENDING: "The log was about to be sent anyway; it is sent now.",
  NOT_ENDED: "The job has not ended; its log is sent when it has.",
};

function facts(title, entries) {
  const rows = entries
    .filter(([, ...value]) => value.some((part) => part !== "" && part !== null && part !== undefined))
    .map(([name, ...value]) => el("div", {}, el("dt", {}, name), el("dd", {}, ...value)));
  return rows.length ? [el("h3", {}, title), el("dl", { class: "facts wide" }, ...rows)] : [];
}

function when(text) {
  return text ? time(text, true) : "";
}

function copyButton(path) {
  if (!navigator.clipboard) return null;
  const button = el("button", { type: "button", class: "plain", id: "copy-path" }, "Copy");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(path);
    button.textContent = "Copied";
  });
  return button;
}

function logFacts(job) {
  const path = job.stdoutPath
    ? [foreign(job.stdoutPath, 4096, { class: "path" }), " ", copyButton(job.stdoutPath)]
    : [""];
  return facts("Log", [
    ["Path", ...path],
    ["Learned from", job.stdoutPath ? words(job.stdoutPathSource) : ""],
    ["No path", job.stdoutPathError ? foreign(job.stdoutPathError) : ""],
    ["Shared with", job.logJobId ? foreign(job.logJobId) : ""],
  ]);
}

function deliveryFacts({ delivery }) {
  const problem = delivery.problem === "PROBLEM_UNSPECIFIED" ? "" : words(delivery.problem);
  return facts("Delivery", [
    ["Phase", words(delivery.phase)],
    ["Problem", problem],
    ["Last error", delivery.error ? foreign(delivery.error) : ""],
    ["Sent", times(delivery.submitAttempts)],
    ["Asked for the verdict", times(delivery.resultAttempts)],
    ["Taken by attrsvc", when(delivery.submittedTime)],
    ["Next request", when(delivery.nextAttemptTime)],
    ["Resubmitted", delivery.resubmitCount ? times(delivery.resubmitCount) : ""],
  ]);
}

function verdictPart({ verdict }) {
  if (!verdict) return [el("p", { class: "quiet" }, "There is no verdict yet.")];
  return [
    el("p", { class: "verdict-line" }, actionBadge(verdict), " ", foreign(verdict.reason || "no reason given")),
    el("p", { class: "quiet" }, "by ", foreign(verdict.source || "attrsvc"),
      verdict.mode ? [", ", foreign(verdict.mode)] : "", ", ", time(verdict.createTime, true)),
  ];
}

function jobFacts(job) {
  return facts("Job", [
    ["Name", foreign(job.name, 4096)],
    ["State", stateBadge(job), " ", exitOf(job), " ", job.reason ? foreign(job.reason) : ""],
    ["User", foreign(job.user)],
    ["Partition", foreign(job.partition)],
    ["Cluster", foreign(job.cluster)],
    ["Run", job.restartCount ? number(job.restartCount + 1) + " (requeued)" : ""],
    ["Submitted", when(job.submitTime)],
    ["Started", when(job.startTime)],
    ["Ended", when(job.endTime)],
    ["Ran for", between(job.startTime, job.endTime)],
    ["Folder", job.workDir ? foreign(job.workDir, 4096, { class: "path" }) : ""],
  ]);
}

function historyPart(job) {
  const entries = [...job.history].reverse();
  return [
    el("h3", {}, "History"),
    el("ol", { class: "history" }, ...entries.map((entry) =>
      el("li", {}, time(entry.time, true), " ", foreign(entry.text)))),
  ];
}

function partsOf(job) {
  return [
    ...verdictPart(job), ...logFacts(job), ...deliveryFacts(job), ...jobFacts(job), ...historyPart(job),
  ];
}

function showText(id, text) {
  byId(id).textContent = text;
  byId(id).hidden = text === "";
}

/** Why the server did not want to resubmit, in words for the reader. */
function refusal(error) {
  if (error.status === 401) return "A token that may write is wanted. " + error.message;
  if (error.status === 403) return "You may not resubmit. " + error.message;
  if (error.status === 0) return "smonsvc did not answer: it may have been done. To try again is harmless.";
  return error.message;
}

export class Details {
  /** onClose(): the reader has closed it; onChanged(job); onToken(why): one is wanted. */
  constructor({ onClose, onChanged, onToken }) {
    this.onChanged = onChanged;
    this.onToken = onToken;
    this.dialog = byId("details");
    this.at = null;
    this.timer = 0;
    this.requestId = "";
    byId("details-close").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("close", () => {
      this.at = null;
      clearTimeout(this.timer);
      onClose();
    });
    byId("resubmit").addEventListener("click", () => this.ask());
    byId("answer").addEventListener("click", () => this.toggleAnswer());
    byId("ask").addEventListener("close", () => {
      if (byId("ask").returnValue === "yes") this.resubmit();
      else byId("resubmit").focus();
    });
  }

  /** Shows a job: {id, run, cluster}; run null for the newest. */
  open(at) {
    if (this.at && JSON.stringify(this.at) === JSON.stringify(at)) return;
    this.at = at;
    this.requestId = "";
    byId("details-title").textContent = "Job " + printable(at.id).slice(0, 64);
    byId("details-body").replaceChildren();
    byId("resubmit-said").textContent = "";
    byId("details-acts").hidden = true;
    this.hideAnswer();
    showText("details-error", "");
    if (!this.dialog.open) this.dialog.showModal();
    byId("details-title").focus();
    this.dialog.scrollTop = 0;
    this.refresh();
  }

  close() {
    if (this.dialog.open) this.dialog.close();
  }

  query() {
    const query = new URLSearchParams();
    if (this.at.run !== null && this.at.run !== undefined) query.set("restartCount", this.at.run);
    if (this.at.cluster) query.set("cluster", this.at.cluster);
    return query;
  }

  /** Asks for the job again, and from then on every few seconds. */
  async refresh() {
    clearTimeout(this.timer);
    const at = this.at;
    if (!at) return;
    if (!isJobId(at.id)) {
      showText("details-error", "That is no job id; one looks like 123, 123_4 or 123+1.");
      return;
    }
    try {
      const query = this.query();
      query.set("view", "FULL");
      const job = await get(jobPath(at.id), query);
      if (this.at === at) this.show(job);
    } catch (error) {
      if (this.at !== at) return;
      this.showError(error);
      if (error.wantsToken) {
        this.onToken(error.message); // which asks again, once there is one
        return;
      }
    }
    if (this.at === at && !document.hidden) this.timer = setTimeout(() => this.refresh(), REFRESH_MS);
  }

  showError(error) {
    let text = error instanceof ApiError ? error.message : "This job cannot be shown.";
    if (error.status === 404 && byId("details-body").hasChildNodes()) {
      text = "This job has been removed. Here is what was known of it.";
      byId("details-acts").hidden = true;
      this.hideAnswer();
    }
    showText("details-error", text);
  }

  show(job) {
    showText("details-error", "");
    byId("details-acts").hidden = false;
    byId("answer").hidden = !job.verdict;
    const focused = document.activeElement ? document.activeElement.id : "";
    replace(byId("details-body"), ...partsOf(job));
    if (focused === "copy-path" && byId(focused)) byId(focused).focus();
  }

  ask() {
    byId("ask-title").textContent = "Resubmit job " + printable(this.at.id) + "?";
    byId("ask").returnValue = "no";
    byId("ask").showModal();
  }

  async resubmit() {
    const at = this.at;
    if (!at) return;
    const button = byId("resubmit");
    button.disabled = true;
    // The same one when it is tried again without an answer, so that it is done once.
    this.requestId ||= newRequestId();
    const body = { requestId: this.requestId };
    if (at.run !== null && at.run !== undefined) body.restartCount = Number(at.run);
    if (at.cluster) body.cluster = at.cluster;
    let text;
    try {
      const answer = await post(jobPath(at.id, ":resubmit"), body);
      this.requestId = "";
      text = OUTCOMES[answer.outcome] || "Done.";
      this.onChanged(answer.job);
    } catch (error) {
      if (error.status !== 0) this.requestId = "";
      text = refusal(error);
      if (error.wantsToken) this.onToken(text);
    }
    button.disabled = false;
    if (this.at !== at) return;
    byId("resubmit-said").textContent = text;
    if (!byId("token").open) button.focus();
    this.refresh();
  }

  hideAnswer() {
    showText("answer-text", "");
    byId("answer").setAttribute("aria-expanded", "false");
    byId("answer").textContent = "Show attrsvc's answer";
  }

  async toggleAnswer() {
    if (!byId("answer-text").hidden) return this.hideAnswer();
    const at = this.at;
    let text;
    try {
      const query = this.query();
      text = await getText(jobPath(at.id, "/result") + (String(query) ? "?" + query : ""));
    } catch (error) {
      text = error.message;
    }
    if (this.at !== at) return;
    byId("answer").setAttribute("aria-expanded", "true");
    byId("answer").textContent = "Hide attrsvc's answer";
    showText("answer-text", pretty(text));
  }
}

// JSON is shown indented; lines stay lines, and all else that cannot be seen is marked.
function pretty(text) {
  let shown = text;
  try {
    shown = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // It is of another kind, or was cut off.
  }
  return shown.split("\n").map(printable).join("\n") || "(empty)";
}
