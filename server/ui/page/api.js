// The JSON API of the server that this page came from, and the token for it.

const TOKEN_KEY = "smonsvc.token";
const TIMEOUT_MS = 20000;
const MOST_RESULT_BYTES = 256 * 1024;

/** What the API answered instead of what was asked for; status 0: nothing at all. */
export class ApiError extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
  /** The server wants another token, or one at all. */
  get wantsToken() {
    return this.status === 401;
  }
}

// Where there is no storage (a browser may forbid it), the page itself keeps it.
let kept = "";

export function token() {
  try {
    return sessionStorage.getItem(TOKEN_KEY) || "";
  } catch {
    return kept;
  }
}

/** Returns false for what cannot be a token. Empty: forgets it. */
export function setToken(text) {
  const trimmed = text.trim();
  if (!/^[\x21-\x7e]{0,4096}$/.test(trimmed)) return false;
  try {
    if (trimmed) sessionStorage.setItem(TOKEN_KEY, trimmed);
    else sessionStorage.removeItem(TOKEN_KEY);
  } catch {
    kept = trimmed;
  }
  return true;
}

function headers(more) {
  const all = { ...more };
  if (token()) all.Authorization = "Bearer " + token();
  return all;
}

async function errorOf(response) {
  let message = "the server answered " + response.status;
  let code = 0;
  try {
    const answer = await response.json();
    // A stream that could not begin wraps it; other endpoints have a text there.
    const status = answer.error && typeof answer.error === "object" ? answer.error : answer;
    if (typeof status.message === "string" && status.message) message = status.message;
    if (typeof answer.error === "string" && answer.error) message = answer.error;
    if (Number.isInteger(status.code)) code = status.code;
  } catch {
    // The status says enough.
  }
  return new ApiError(response.status, code, message);
}

/** A fetch below this server's root, that raises ApiError. The caller reads the body. */
export async function open(path, options = {}) {
  let response;
  try {
    response = await fetch(path, {
      cache: "no-store",
      credentials: "same-origin",
      redirect: "error",
      referrerPolicy: "no-referrer",
      ...options,
      headers: headers(options.headers),
    });
  } catch (error) {
    if (options.signal && options.signal.aborted) throw error;
    throw new ApiError(0, 0, "smonsvc does not answer");
  }
  if (!response.ok) throw await errorOf(response);
  return response;
}

async function within(work) {
  const control = new AbortController();
  const timer = setTimeout(() => control.abort(), TIMEOUT_MS);
  try {
    return await work(control.signal);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError(0, 0, "smonsvc does not answer");
  } finally {
    clearTimeout(timer);
  }
}

/** The JSON of a GET. `query` is a URLSearchParams, or absent. */
export function get(path, query) {
  const target = query && String(query) ? path + "?" + query : path;
  return within(async (signal) => (await open(target, { signal })).json());
}

/** The JSON of a POST. */
export function post(path, body) {
  return within(async (signal) =>
    (await open(path, {
      signal,
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    })).json());
}

/** A body as text, cut off where it is very long. */
export function getText(path) {
  return within(async (signal) => {
    const reader = (await open(path, { signal })).body.getReader();
    const decoder = new TextDecoder();
    let text = "";
    for (let size = 0; ;) {
      const { done, value } = await reader.read();
      if (done) return text + decoder.decode();
      size += value.length;
      text += decoder.decode(value, { stream: true });
      if (size > MOST_RESULT_BYTES) {
        await reader.cancel();
        return text.slice(0, MOST_RESULT_BYTES) + "\n… (cut off here)";
      }
    }
  });
}

/** A UUID; crypto.randomUUID() is there over https only. */
export function newRequestId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export function jobPath(id, rest = "") {
  return "v1/jobs/" + encodeURIComponent(id) + rest;
}
