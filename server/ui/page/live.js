// The stream of changes (WatchJobs): reads it, goes on after a break where it stopped,
// and says how it stands. It holds one line of the stream, and nothing else.

import { ApiError, open } from "./api.js";

const FIRST_LINE_MS = 20000;
// The server says something each 15 s.
const SILENCE_MS = 45000;
const MOST_LINE_CHARS = 8 * 1024 * 1024;
// After so many streams that brought nothing, the jobs are listed again and again.
const FAILURES_TO_POLL = 3;
const POLL_MS = 10000;
const LONGEST_WAIT_MS = 10000;

// google.rpc.Code to the HTTP status that the same error has without a stream.
const STATUS_OF = { 3: 400, 7: 403, 8: 429, 16: 401 };

function sleep(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}

export class Live {
  /**
   * onJob(job): it came or changed.
   * list(): the jobs are to be listed; resolves to whether that went well.
   * onState(state, text): "live", "connecting", "polling", "offline", "paused" or "stopped".
   * onRefused(error): the server does not want to; nothing goes on until start().
   */
  constructor({ onJob, list, onState, onRefused }) {
    this.onJob = onJob;
    this.list = list;
    this.onState = onState;
    this.onRefused = onRefused;
    this.control = null;
    this.cursor = "";
  }

  /** Begins anew, with the filters in `query`. */
  start(query) {
    this.query = query;
    this.cursor = "";
    this.resume();
  }

  /** Goes on where it stopped. */
  resume() {
    this.stop();
    this.control = new AbortController();
    this.run(this.control.signal);
  }

  stop(state) {
    if (this.control) this.control.abort();
    this.control = null;
    if (state) this.onState(state, state);
  }

  async run(signal) {
    let failures = 0;
    this.onState("connecting", "connecting");
    while (!signal.aborted) {
      const before = this.cursor;
      let error;
      try {
        await this.readStream(signal);
      } catch (caught) {
        error = caught;
      }
      if (signal.aborted) return;
      const status = error instanceof ApiError ? error.status : 0;
      if (status === 400 && before !== "") {
        this.cursor = ""; // of another store
        continue;
      }
      if ([400, 401, 403].includes(status)) {
        this.onState("stopped", "stopped");
        this.onRefused(error);
        return;
      }
      failures = this.cursor !== before ? 1 : failures + 1;
      await this.waitAfter(failures, signal);
    }
  }

  async waitAfter(failures, signal) {
    let wait = Math.min(LONGEST_WAIT_MS, 500 * 2 ** failures) * (0.5 + Math.random() / 2);
    if (failures < FAILURES_TO_POLL) {
      this.onState("connecting", "connecting again");
      if (this.cursor === "") await this.list();
    } else if (await this.list()) {
      if (signal.aborted) return;
      this.onState("polling", "polling");
      wait = POLL_MS;
    } else {
      if (signal.aborted) return;
      this.onState("offline", "no answer");
    }
    await sleep(wait, signal);
  }

  // Ends with an error, or when the stream ends.
  async readStream(outer) {
    const control = new AbortController();
    const abort = () => control.abort();
    outer.addEventListener("abort", abort, { once: true });
    let timer = setTimeout(abort, FIRST_LINE_MS);
    try {
      const query = new URLSearchParams(this.query);
      if (this.cursor) query.set("cursor", this.cursor);
      const response = await open("v1/jobs:watch?" + query, { signal: control.signal });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done || outer.aborted) return;
        clearTimeout(timer);
        timer = setTimeout(abort, SILENCE_MS);
        const lines = (rest + value).split("\n");
        rest = lines.pop();
        if (rest.length > MOST_LINE_CHARS) throw new Error("a line without an end");
        for (const line of lines) await this.take(line);
      }
    } finally {
      clearTimeout(timer);
      outer.removeEventListener("abort", abort);
      control.abort();
    }
  }

  async take(line) {
    if (line === "") return;
    const { result, error } = JSON.parse(line);
    if (error) throw new ApiError(STATUS_OF[error.code] ?? 503, error.code, String(error.message));
    const fresh = this.cursor === "";
    this.cursor = result.cursor;
    this.onState("live", "live");
    // Watched first and listed then, nothing is missed.
    if (fresh && !(await this.list())) {
      this.cursor = "";
      throw new ApiError(0, 0, "the jobs could not be listed");
    }
    if (result.job) this.onJob(result.job);
  }
}
