// The service itself: its parts, its lanes to attrsvc, its numbers.

import { byId, el, foreign, replace } from "./dom.js";
import { age, number, time, words } from "./format.js";

const PHASES = ["WAITING", "PENDING", "SUBMITTED", "COMPLETED", "EXPIRED", "REJECTED", "NO_LOG"];

function badge(mood, text) {
  return el("span", { class: "badge " + mood }, text);
}

/** The state of a part, or of a cluster, as a badge. */
export function statusBadge(status) {
  if (status === "OK") return badge("good", "OK");
  return status === "DEGRADED" ? badge("bad", "degraded") : badge("open", "not known");
}

function partRow(part) {
  const bad = part.status === "DEGRADED";
  const error = part.lastError
    ? [foreign(part.lastError, 500), " ", el("span", { class: "quiet" }, time(part.lastErrorTime))]
    : el("span", { class: "quiet" }, "none");
  return el("tr", { class: bad ? "is-bad" : null },
    el("th", { scope: "row" }, foreign(part.name, 40),
      part.cluster ? el("span", { class: "of quiet" }, " ", foreign(part.cluster, 40)) : null),
    el("td", {}, statusBadge(part.status)),
    el("td", { class: "time" }, time(part.sinceTime)),
    el("td", { class: "time" }, time(part.nextAttemptTime)),
    el("td", { class: bad ? "why" : "why quiet" }, error));
}

/** Shows what GetHealth answered. */
export function showHealth(health) {
  const overall = byId("overall");
  const degraded = health.status === "DEGRADED";
  overall.className = "badge " + (health.status === "OK" ? "good" : degraded ? "bad" : "open");
  const text = health.status === "OK" ? "all is well" : degraded ? "degraded" : "starting";
  if (overall.textContent !== text) overall.textContent = text;
  document.title = (degraded ? "(!) " : "") + "smonsvc";
  replace(byId("version"), foreign(health.version, 40), ", up ",
    el("time", { datetime: health.startTime || "", title: health.startTime || "" },
      health.startTime ? age(Date.now() - new Date(health.startTime)) : "–"));
  replace(byId("parts").tBodies[0], ...health.components.map(partRow));
}

function rateOf(lane) {
  if (!lane.maxRate) return "no limit";
  const current = lane.currentRate.toFixed(lane.currentRate < 10 ? 1 : 0);
  return current + " of " + Number(lane.maxRate.toPrecision(3)) + "/s";
}

function laneRow(lane) {
  const slow = lane.maxRate > 0 && lane.currentRate < 0.95 * lane.maxRate;
  return el("tr", {},
    el("th", { scope: "row" }, foreign(lane.name, 40)),
    el("td", { class: slow ? "warn-text" : null }, rateOf(lane)),
    el("td", {}, number(lane.inFlight)),
    el("td", {}, number(lane.requests)),
    el("td", {}, number(lane.retries)));
}

function fact(name, ...value) {
  return el("div", {}, el("dt", {}, name), el("dd", {}, ...value));
}

function pollFacts(stats) {
  const { polls, coverage, jobs } = stats;
  const failed = Number(polls.failed);
  const facts = [
    fact("Last poll", time(polls.lastSuccessTime), " (", polls.lastDurationSeconds.toFixed(2), " s)"),
    fact("Polls", number(polls.completed), failed ? ", " + number(failed) + " failed" : ""),
    fact("Jobs kept", number(jobs.total)),
    fact("Not ended", number(jobs.running)),
  ];
  if (coverage && coverage.checkTime) {
    const missing = Number(coverage.missing);
    facts.push(fact("Missed jobs",
      missing ? badge("bad", number(missing)) : "none", " of " + number(coverage.ended)));
  }
  return facts;
}

/** Shows what GetStats answered; onPhase(name) when the reader picks a phase. */
export function showStats(stats, onPhase) {
  replace(byId("lanes").tBodies[0], ...stats.lanes.map(laneRow));
  replace(byId("polls"), ...pollFacts(stats));
  const list = byId("phases");
  if (!list.childElementCount) {
    for (const phase of PHASES) {
      const button = el("button", { type: "button", class: "phase " + phase.toLowerCase() },
        el("span", { class: "many" }, "–"), " ", el("span", {}, words(phase)));
      button.addEventListener("click", () => onPhase(phase));
      list.append(el("li", {}, button));
    }
  }
  const counts = new Map(stats.phases.map(({ phase, jobs }) => [phase, jobs]));
  PHASES.forEach((phase, i) => {
    const many = list.children[i].querySelector(".many");
    const text = number(counts.get(phase) ?? 0);
    if (many.textContent !== text) many.textContent = text;
    list.children[i].classList.toggle("none", text === "0");
  });
}
