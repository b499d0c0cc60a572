// The table of jobs. Holds the rows that are shown and no more than MOST_ROWS.

import { byId, el, foreign, printable } from "./dom.js";
import { time, words } from "./format.js";
import { moodOf } from "./view.js";

export const MOST_ROWS = 1000;

const ACTION_MOOD = { STOP: "bad", RESTART: "warn", CONTINUE: "good" };

/** What tells a run from all others. */
export function keyOf(job) {
  return [job.cluster, job.jobId, job.restartCount, job.submitTime].join("\n");
}

/** "1:0" as Slurm writes it; empty while not known. */
export function exitOf(job) {
  if (job.exitCode === null || job.exitCode === undefined) return "";
  return job.exitCode + ":" + (job.exitSignal ?? 0);
}

/** An action of a verdict as a badge. */
export function actionBadge(verdict) {
  const text = verdict.action === "OTHER" ? verdict.actionText || "other" : verdict.action;
  return el("span", { class: "badge " + (ACTION_MOOD[verdict.action] || "open") }, foreign(text, 20));
}

/** A job's state as a badge. */
export function stateBadge(job) {
  const text = job.state === "OTHER" ? job.stateText || "OTHER" : job.state;
  return el("span", { class: "badge " + moodOf(job.state) }, foreign(text, 30));
}

function verdictOf(job) {
  const { verdict, delivery } = job;
  if (verdict) {
    return [actionBadge(verdict), " ", foreign(verdict.reason || "no reason given", 300, { class: "reason" })];
  }
  const error = delivery.error || job.stdoutPathError;
  return error ? [foreign(error, 300, { class: "reason quiet" })] : [el("span", { class: "quiet nothing" }, "–")];
}

// For what may be cut off.
function tip(text) {
  return printable(text).slice(0, 300);
}

function cell(name, ...children) {
  return el("td", { class: name, role: "cell" }, ...children);
}

export class JobTable {
  /** onOpen(job): the reader wants its details; hrefOf(job): its address. */
  constructor({ onOpen, hrefOf }) {
    this.body = byId("rows").tBodies[0];
    this.onOpen = onOpen;
    this.hrefOf = hrefOf;
    this.rows = new Map();
    this.order = "endTime";
  }

  get size() {
    return this.rows.size;
  }

  /** Shows just these jobs, in this order; a row that shows something newer stays. */
  set(jobs, order) {
    this.order = order;
    const before = this.rows;
    this.rows = new Map();
    const focused = this.focusedKey();
    for (const listed of jobs.slice(0, MOST_ROWS)) {
      const key = keyOf(listed);
      const old = before.get(key);
      const job = old && isNewer(old.job, listed) ? old.job : listed;
      const same = old && JSON.stringify(old.job) === JSON.stringify(job);
      this.rows.set(key, same ? old : { job, row: this.makeRow(job, key) });
    }
    const rows = Array.from(this.rows.values(), ({ row }) => row);
    const shown = this.body.children;
    if (rows.length !== shown.length || rows.some((row, i) => row !== shown[i])) {
      this.body.replaceChildren(...rows);
      this.focus(focused);
    }
  }

  /** A job came or changed: returns "new", "changed", or "" when there is nothing to show. */
  apply(job) {
    const key = keyOf(job);
    const old = this.rows.get(key);
    if (old && isNewer(old.job, job)) return "";
    const row = this.makeRow(job, key);
    row.classList.add("fresh");
    const focused = this.focusedKey();
    this.rows.set(key, { job, row });
    if (old && old.job[this.order] === job[this.order]) {
      old.row.replaceWith(row);
    } else {
      if (old) old.row.remove();
      this.body.insertBefore(row, this.placeOf(job));
    }
    if (this.rows.size > MOST_ROWS) this.drop(this.body.lastElementChild.dataset.key);
    if (focused === key) this.focus(key);
    return old ? "changed" : "new";
  }

  drop(key) {
    const old = this.rows.get(key);
    if (!old) return;
    old.row.remove();
    this.rows.delete(key);
  }

  // The row before which it belongs: newest first.
  placeOf(job) {
    const when = Date.parse(job[this.order] || "") || Infinity;
    for (const row of this.body.children) {
      const other = this.rows.get(row.dataset.key);
      if (other && when >= (Date.parse(other.job[this.order] || "") || Infinity)) return row;
    }
    return null;
  }

  focusedKey() {
    const row = document.activeElement && document.activeElement.closest("#rows tbody tr");
    return row ? row.dataset.key : null;
  }

  focus(key) {
    const entry = key === null ? null : this.rows.get(key);
    if (entry) entry.row.querySelector("a").focus({ preventScroll: true });
  }

  makeRow(job, key) {
    const link = el("a", { href: this.hrefOf(job) }, foreign(job.jobId, 64));
    const row = el("tr", { role: "row" },
      el("th", { scope: "row", role: "rowheader", class: "id" }, link,
        job.restartCount ? el("span", { class: "quiet", title: "run" }, " r" + job.restartCount) : null,
        el("span", { class: "of quiet", title: tip(job.cluster) }, " ", foreign(job.cluster, 40))),
      cell("name", foreign(job.name, 120, { title: tip(job.name) })),
      cell("user", foreign(job.user, 40, { title: tip(job.user) })),
      cell("partition", foreign(job.partition, 60, { title: tip(job.partition) })),
      cell("state", stateBadge(job), " ", el("span", { class: "exit quiet" }, exitOf(job))),
      cell("time", time(job.endTime)),
      cell("phase", words(job.delivery.phase)),
      cell("verdict", ...verdictOf(job)));
    row.dataset.key = key;
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      this.onOpen(job);
    });
    return row;
  }
}

function isNewer(one, other) {
  return Date.parse(one.updateTime) > Date.parse(other.updateTime);
}
