// Wires the parts of the page together: what is asked for when, and what becomes of it.

import { ApiError, get, setToken, token } from "./api.js";
import { Details } from "./details.js";
import { byId, say } from "./dom.js";
import { showFleet } from "./fleet.js";
import { refreshTimes } from "./format.js";
import { Live } from "./live.js";
import { showHealth, showStats } from "./service.js";
import { JobTable, keyOf, MOST_ROWS } from "./table.js";
import { fillChoices, orderOf, parseJobName, readView, showFilter, takeFilter, toQuery, writeView } from "./view.js";

const SERVICE_MS = 5000;
const TIMES_MS = 5000;
const FLUSH_MS = 300;
// A job that no longer matches is not told of: the list is read anew that often.
const LIST_MS = 60000;
const TYPING_MS = 400;
const PAGE = 100;
// Hidden for longer, it begins anew rather than catch up.
const LONG_HIDDEN_MS = 5 * 60 * 1000;

const form = byId("filter");
let view = readView(location.search);
let limit = PAGE;
let listing = 0; // counts lists, so that an old answer is not taken for a new one
let hiddenSince = 0;
let waitsForToken = false;
const timers = {};
const pending = new Map();

const table = new JobTable({
  onOpen: (job) => openJob({ id: job.jobId, run: String(job.restartCount), cluster: job.cluster }),
  hrefOf: (job) => location.pathname + writeView({
    filter: view.filter,
    job: { id: job.jobId, run: String(job.restartCount), cluster: job.cluster },
  }),
});

const details = new Details({
  onClose: () => {
    if (view.job) go({ ...view, job: null });
  },
  onChanged: takeJob,
  onToken: askForToken,
});

const live = new Live({
  onJob: takeJob,
  list,
  onState: showLive,
  onRefused: refused,
});

function show(id, text) {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
  element.hidden = text === "";
}

function showLive(state, text) {
  byId("live").dataset.state = state;
  if (byId("live-text").textContent !== text) byId("live-text").textContent = text;
}

// ---- Jobs

function takeJob(job) {
  pending.delete(keyOf(job));
  pending.set(keyOf(job), job);
  // More than the table can show: the list says which.
  if (pending.size > MOST_ROWS) pending.delete(pending.keys().next().value);
  timers.flush ||= setTimeout(flush, FLUSH_MS);
}

// Of what the page itself asked for, a job may come that the filter does not want.
function wanted(job) {
  const query = toQuery(view.filter);
  const among = (name, value) => !query.has(name) || query.getAll(name).includes(value);
  return among("cluster", job.cluster) && among("states", job.state) && among("phases", job.delivery.phase) &&
    among("problems", job.delivery.problem) && among("actions", job.verdict ? job.verdict.action : "");
}

function flush() {
  timers.flush = 0;
  const counts = { new: 0, changed: 0 };
  for (const job of pending.values()) {
    if (!wanted(job)) {
      table.drop(keyOf(job));
      continue;
    }
    const what = table.apply(job);
    if (what) ++counts[what];
  }
  pending.clear();
  showCount();
  if (counts.new) say(counts.new === 1 ? "1 job came" : counts.new + " jobs came");
  else if (counts.changed) say(counts.changed === 1 ? "1 job changed" : counts.changed + " jobs changed");
}

function showCount(more = !byId("more").hidden) {
  const many = table.size;
  // A full table may have lost some that match.
  byId("count").textContent = (more || many >= MOST_ROWS ? "the latest " : "") + many + (many === 1 ? " job" : " jobs");
  show("empty", many ? "" : "No job matches.");
}

// Resolves to whether there was an answer.
async function list() {
  const mine = ++listing;
  const order = orderOf(view.filter);
  const query = toQuery(view.filter);
  query.set("pageSize", limit);
  query.set("orderBy", order === "endTime" ? "end_time desc" : "submit_time desc");
  try {
    const page = await get("v1/jobs", query);
    if (mine !== listing) return true;
    show("filter-error", "");
    show("notice", "");
    form.elements.name.removeAttribute("aria-invalid");
    byId("rows").removeAttribute("aria-busy");
    table.set(page.jobs, order);
    byId("more").hidden = !page.nextPageToken || limit >= MOST_ROWS;
    showCount(Boolean(page.nextPageToken));
    return true;
  } catch (error) {
    if (mine === listing) refused(error);
    return false;
  }
}

function restart() {
  ++listing;
  pending.clear();
  byId("rows").setAttribute("aria-busy", "true");
  if (waitsForToken || document.hidden) return;
  live.start(toQuery(view.filter));
}

function refused(error) {
  if (!(error instanceof ApiError)) {
    show("notice", "The page cannot go on: " + error.message);
  } else if (error.wantsToken) {
    askForToken(error.message);
  } else if (error.status === 400) {
    table.set([], table.order);
    byId("count").textContent = "";
    show("empty", "");
    show("filter-error", error.message);
    if (view.filter.name) form.elements.name.setAttribute("aria-invalid", "true");
  } else {
    show("notice", error.status === 0 ? "smonsvc does not answer. What is shown may be old." : error.message);
  }
}

// ---- The service

async function askService() {
  clearTimeout(timers.service);
  if (document.hidden || waitsForToken) return;
  try {
    const [health, stats, clusters, replicas] = await Promise.all([
      get("v1/health"), get("v1/stats"), get("v1/clusters"), get("v1/replicas"),
    ]);
    showHealth(health);
    showFleet(clusters, replicas, (cluster) => setFilter({ ...view.filter, cluster }));
    showStats(stats, (phase) => setFilter({ ...view.filter, phase, state: "any" }));
    document.body.classList.remove("stale");
    if (byId("live").dataset.state === "live") show("notice", "");
  } catch (error) {
    document.body.classList.add("stale");
    refused(error);
  }
  if (!waitsForToken && !document.hidden) timers.service = setTimeout(askService, SERVICE_MS);
}

// ---- Token

function askForToken(why) {
  const dialog = byId("token");
  waitsForToken = true;
  live.stop("stopped");
  show("notice", "A token is wanted to see what is here.");
  byId("token-why").textContent = why || "";
  if (dialog.open) return;
  byId("token-text").value = "";
  dialog.returnValue = "no";
  dialog.showModal();
  byId("token-text").focus();
}

byId("token-open").addEventListener("click", () => {
  const dialog = byId("token");
  byId("token-why").textContent = token() ? "A token is in use." : "None is in use.";
  byId("token-text").value = "";
  dialog.returnValue = "no";
  dialog.showModal();
  byId("token-text").focus();
});

byId("token").addEventListener("close", () => {
  const answer = byId("token").returnValue;
  const text = byId("token-text").value;
  byId("token-text").value = "";
  if (answer === "no" || (answer === "use" && !text.trim())) return;
  if (!setToken(answer === "use" ? text : "")) {
    askForToken("That is no token: it holds blanks, or what is not ASCII.");
    return;
  }
  waitsForToken = false;
  show("notice", "");
  restart();
  askService();
  details.refresh();
});

// ---- The view

function go(next, how = "pushState") {
  view = next;
  const target = location.pathname + writeView(view);
  if (target !== location.pathname + location.search) history[how](null, "", target);
}

function openJob(job) {
  go({ ...view, job });
  details.open(job);
}

function setFilter(filter, how) {
  limit = PAGE;
  go({ ...view, filter }, how);
  showFilter(form, filter);
  restart();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(timers.typing);
  setFilter(takeFilter(form));
});
form.addEventListener("input", (event) => {
  const typed = ["text", "datetime-local"].includes(event.target.type);
  clearTimeout(timers.typing);
  timers.typing = setTimeout(() => setFilter(takeFilter(form), "replaceState"), typed ? TYPING_MS : 0);
});
byId("reset").addEventListener("click", () => setFilter(readView("").filter));
byId("find").addEventListener("submit", (event) => {
  event.preventDefault();
  const { id, cluster } = parseJobName(byId("find-id").value.trim());
  // Of the cluster that is looked at, if one is.
  if (id) openJob({ id, run: null, cluster: cluster || view.filter.cluster });
});
byId("more").addEventListener("click", () => {
  limit = Math.min(MOST_ROWS, limit + PAGE * 2);
  list();
});

function follow() {
  view = readView(location.search);
  showFilter(form, view.filter);
  if (view.job) details.open(view.job);
  else details.close();
}

window.addEventListener("popstate", () => {
  const before = JSON.stringify(view.filter);
  follow();
  if (JSON.stringify(view.filter) !== before) restart();
});

document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    hiddenSince = Date.now();
    live.stop("paused");
    return;
  }
  if (waitsForToken) return;
  if (live.cursor && Date.now() - hiddenSince < LONG_HIDDEN_MS) live.resume();
  else restart();
  refreshTimes();
  askService();
  details.refresh();
});

fillChoices(form);
follow();
restart();
askService();
setInterval(refreshTimes, TIMES_MS);
setInterval(() => {
  if (!document.hidden && !waitsForToken && byId("live").dataset.state === "live") list();
}, LIST_MS);
