// How values of the API are written on the page.

import { el } from "./dom.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Milliseconds as "12s", "5m", "3h", "2d". */
export function age(milliseconds) {
  const span = Math.max(0, milliseconds);
  if (span < MINUTE) return Math.floor(span / SECOND) + "s";
  if (span < HOUR) return Math.floor(span / MINUTE) + "m";
  if (span < 2 * DAY) return Math.floor(span / HOUR) + "h";
  return Math.floor(span / DAY) + "d";
}

function relative(date, now) {
  const span = now - date;
  if (Math.abs(span) < SECOND) return "now";
  return span > 0 ? age(span) + " ago" : "in " + age(-span);
}

const two = (number) => String(number).padStart(2, "0");

// In the reader's zone: "2026-11-26 03:26:34".
function absolute(date) {
  return [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-") + " " +
    [two(date.getHours()), two(date.getMinutes()), two(date.getSeconds())].join(":");
}

/** A time of the API, relative to now (or as a date); the other is its tool tip. */
export function time(text, asDate = false) {
  if (!text) return el("span", { class: "quiet nothing" }, "–");
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return el("span", {}, "–");
  const exact = absolute(date);
  return asDate
    ? el("time", { datetime: text }, exact)
    : el("time", { datetime: text, title: exact, "data-relative": "" }, relative(date, Date.now()));
}

/** Writes all relative times anew. */
export function refreshTimes() {
  const now = Date.now();
  for (const element of document.querySelectorAll("time[data-relative]")) {
    const text = relative(new Date(element.dateTime), now);
    if (element.textContent !== text) element.textContent = text;
  }
}

const NUMBER = new Intl.NumberFormat("en");

/** A number, or a 64-bit integer in text. */
export function number(value) {
  const parsed = Number(value);
  return Number.isFinite(parsed) ? NUMBER.format(parsed) : "–";
}

/** "never", "once", "3 times". */
export function times(value) {
  const many = Number(value);
  return many === 0 ? "never" : many === 1 ? "once" : number(many) + " times";
}

/** "OUT_OF_MEMORY" as "out of memory". */
export function words(name) {
  return String(name).toLowerCase().replaceAll("_", " ");
}

/** Seconds between two times of the API, in words; empty if one is missing. */
export function between(from, to) {
  if (!from || !to) return "";
  return age(new Date(to) - new Date(from));
}
