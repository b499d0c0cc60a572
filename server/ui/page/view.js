// What the page shows, as it stands in the address: ?state=FAILED&since=6h&job=123_4.
// So a view can be shared, and "back" leads to the one before.

import { words } from "./format.js";

const ACTIVE = [
  "PENDING", "RUNNING", "SUSPENDED", "CONFIGURING", "COMPLETING", "STAGE_OUT", "SIGNALING",
  "STOPPED", "RESIZING", "RESV_DEL_HOLD", "REQUEUE_FED", "REQUEUE_HOLD", "REQUEUED",
  "SPECIAL_EXIT", "REVOKED", "OTHER",
];
const UNSUCCESSFUL = [
  "FAILED", "CANCELLED", "TIMEOUT", "OUT_OF_MEMORY", "NODE_FAIL", "PREEMPTED", "BOOT_FAIL",
  "DEADLINE", "LAUNCH_FAILED", "RECONFIG_FAIL", "FINISHED",
];
const ENDED = ["COMPLETED", ...UNSUCCESSFUL];
const GROUPS = { unsuccessful: UNSUCCESSFUL, ended: ENDED, active: ACTIVE, any: [] };

const SPANS = { "1h": 3600, "6h": 6 * 3600, "24h": 86400, "7d": 7 * 86400, "30d": 30 * 86400 };

const OPTIONS = {
  state: [
    ["unsuccessful", "unsuccessful"], ["ended", "ended"], ["active", "not ended"], ["any", "any"],
    ...[...ENDED, ...ACTIVE].map((name) => [name, name]),
  ],
  since: [
    ["", "at any time"], ["1h", "in the last hour"], ["6h", "in the last 6 h"],
    ["24h", "in the last 24 h"], ["7d", "in the last 7 d"], ["30d", "in the last 30 d"],
    ["custom", "between …"],
  ],
  action: named(["STOP", "RESTART", "CONTINUE", "UNKNOWN", "TIMEOUT", "OTHER"]),
  phase: named(["WAITING", "PENDING", "SUBMITTED", "COMPLETED", "EXPIRED", "REJECTED", "NO_LOG"]),
  problem: named([
    "PERMISSION_DENIED", "NOT_FOUND", "FILE_EMPTY", "UNRESOLVED_PATH", "OTHER", "NO_OUTPUT",
    "NO_VERDICT",
  ]),
};

const DEFAULTS = { state: "unsuccessful", since: "" };
const FIELDS = [
  "state", "since", "after", "before", "action", "phase", "problem", "user", "partition", "name",
  "cluster",
];
// In the address: there, "cluster" is that of the job whose details are open.
const inAddress = (name) => (name === "cluster" ? "on" : name);

function named(values) {
  return [["", "any"], ...values.map((value) => [value, words(value)])];
}

/** Fills the filter's lists. */
export function fillChoices(form) {
  form.elements.cluster.append(new Option("any", ""));
  for (const [name, options] of Object.entries(OPTIONS)) {
    for (const [value, text] of options) form.elements[name].append(new Option(text, value));
  }
}

/** The view in an address's query: {filter: {state: …, …}, job: null or {id, run, cluster}}. */
export function readView(search) {
  const query = new URLSearchParams(search);
  const filter = {};
  for (const name of FIELDS) filter[name] = query.get(inAddress(name)) ?? DEFAULTS[name] ?? "";
  if (filter.after || filter.before) filter.since = "custom";
  const id = query.get("job");
  const job = id ? { id, run: query.get("run"), cluster: query.get("cluster") || "" } : null;
  return { filter, job };
}

/** The address's query for a view; empty for the one that the page begins with. */
export function writeView({ filter, job }) {
  const query = new URLSearchParams();
  for (const name of FIELDS) {
    if (filter[name] && filter[name] !== (DEFAULTS[name] ?? "")) query.set(inAddress(name), filter[name]);
  }
  if (job) {
    query.set("job", job.id);
    if (job.run !== null && job.run !== undefined) query.set("run", job.run);
    if (job.cluster) query.set("cluster", job.cluster);
  }
  const text = String(query).replaceAll("%3A", ":").replaceAll("%2C", ",");
  return text ? "?" + text : "";
}

// Between a time of the API and what datetime-local has, the reader's own time.
function toLocal(text) {
  const date = new Date(text);
  if (!text || Number.isNaN(date.getTime())) return "";
  return new Date(date - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

function fromLocal(text) {
  const date = new Date(text);
  return text && !Number.isNaN(date.getTime()) ? date.toISOString().replace(".000", "") : "";
}

/** Shows a filter in the form. */
export function showFilter(form, filter) {
  for (const name of FIELDS) {
    const input = form.elements[name];
    let value = filter[name];
    if (input.type === "datetime-local") value = toLocal(value);
    if (input.type === "select-one" && !Array.from(input.options).some((o) => o.value === value)) {
      input.append(new Option(value.slice(0, 40), value));
    }
    if (input.value !== value) input.value = value;
  }
  form.classList.toggle("custom-time", filter.since === "custom");
}

/** The filter that the form shows. */
export function takeFilter(form) {
  const filter = {};
  for (const name of FIELDS) {
    const input = form.elements[name];
    filter[name] = input.type === "datetime-local" ? fromLocal(input.value) : input.value;
  }
  if (filter.since !== "custom") filter.after = filter.before = "";
  return filter;
}

/** The filter as ListJobs and WatchJobs take it. */
export function toQuery(filter) {
  const query = new URLSearchParams();
  const states = Object.hasOwn(GROUPS, filter.state) ? GROUPS[filter.state] : filter.state.split(",");
  for (const state of states) query.append("states", state);
  const many = { phases: filter.phase, actions: filter.action, problems: filter.problem };
  for (const [name, values] of Object.entries(many)) {
    for (const value of values.split(",").filter(Boolean)) query.append(name, value);
  }
  for (const name of ["user", "partition", "name", "cluster"]) {
    if (filter[name]) query.set(name, filter[name]);
  }
  const span = Object.hasOwn(SPANS, filter.since) ? SPANS[filter.since] : 0;
  if (span) query.set("endedAfter", new Date(Date.now() - span * 1000).toISOString());
  if (filter.after) query.set("endedAfter", filter.after);
  if (filter.before) query.set("endedBefore", filter.before);
  return query;
}

/** By what the jobs of a filter are best sorted: "endTime", or "submitTime". */
export function orderOf(filter) {
  return ["any", "active"].includes(filter.state) || ACTIVE.includes(filter.state)
    ? "submitTime"
    : "endTime";
}

/** "good", "bad" or "open", for the colour of a job's state. */
export function moodOf(state) {
  if (UNSUCCESSFUL.includes(state)) return state === "CANCELLED" || state === "FINISHED" ? "warn" : "bad";
  return state === "COMPLETED" ? "good" : "open";
}

/** What is typed for a job, "123_4" or "tux/123_4", as {id, cluster}. */
export function parseJobName(text) {
  const slash = text.lastIndexOf("/");
  return { id: text.slice(slash + 1), cluster: slash < 0 ? "" : text.slice(0, slash) };
}

/** Whether what is typed can be a job's id. */
export function isJobId(text) {
  return /^[0-9]{1,19}([_+][0-9]{1,10})?$/.test(text);
}
