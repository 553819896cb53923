/**
 * Sends changes one after another, in the order in which they were made, and again until the server has answered.
 *
 * A change is in the store before it is on its way. Each carries an id made here, so that sending it twice has one effect,
 * and the revision it was based on, so that nothing is overwritten that was changed elsewhere.
 */
import { csrfToken } from "../../http.js";
import { partsOf, week } from "./cells.js";
import { drop, nextPlace, put, queued, queuedFor, release } from "./store.js";

const PATIENCE = 15_000;
const FIRST_WAIT = 1_500;
const LONGEST_WAIT = 15_000;

/** @typedef {"" | "offline" | "signed-out" | "other-member"} Trouble */

export class Saver extends EventTarget {
  /** @type {Trouble} */
  trouble = "";
  /** What the server said about the trouble. */
  told = "";
  #running = false;
  #wait = FIRST_WAIT;
  #timer = 0;

  /**
   * @param {() => Promise<boolean>} renew  fetches the page anew for a fresh token; false when there is nobody signed in
   */
  constructor(renew) {
    super();
    this.renew = renew;
    addEventListener("online", () => this.go());
    addEventListener("focus", () => this.trouble && this.go());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.trouble && this.go());
  }

  /** Keep a change and send it. A change of the same cell that was never sent is replaced; one that was, is followed. */
  add({ key, label, hours = null, note = null, base }) {
    const last = queuedFor(key).at(-1);
    const id = crypto.randomUUID?.() ?? makeId();
    if (last && last.tries === 0) {
      drop(last.id);
      put({ ...last, id, hours: hours ?? last.hours, note: note ?? last.note });
    } else {
      put({ id, key, label, hours, note, base, after: last?.id ?? null, tries: 0, at: nextPlace() });
    }
    release(key);
    this.#tell("queued", { key });
    this.go();
  }

  /** Send what waits, now. */
  go() {
    clearTimeout(this.#timer);
    if (this.#running) return;
    this.#running = true;
    const work = () => this.#sendAll();
    // One tab sends at a time where the browser can say so; elsewhere two may, and the ids make that harmless.
    const sending = navigator.locks ? navigator.locks.request(`${week.dataset.workspace}-${week.dataset.member}-week`, work) : work();
    sending.finally(() => { this.#running = false; this.#tell("rest"); if (queued().length && !this.trouble) this.go(); });
  }

  async #sendAll() {
    let renewed = false;
    for (let change = queued()[0]; change; change = queued()[0]) {
      change.tries += 1;
      put(change);
      this.#tell("sending", { change });
      const answer = await this.#send(change);
      if (answer === null) return this.#later("offline");
      if (answer.status === 401) return this.#later("signed-out");
      if (answer.status === 403 && answer.body === null) {
        if (renewed) return this.#later("offline");
        renewed = true;
        if (!(await this.renew())) return this.#later("signed-out");
        continue;
      }
      if (answer.body?.error === "other_member") {
        this.told = answer.body.message;
        return this.#later("other-member");
      }
      if (answer.status >= 500 || answer.status === 429) return this.#later("offline");
      this.#settle(change, answer);
    }
    this.#calm(); // another tab may have sent what waited here
    return undefined;
  }

  /** The page goes away: send what can be sent without waiting for an answer. It stays in the store, for the next page. */
  part() {
    const sent = new Set();
    for (const change of queued()) {
      if (sent.has(change.key)) continue;
      sent.add(change.key);
      put({ ...change, tries: change.tries + 1 }); // from now on the server may know it
      this.#post(change, { keepalive: true }).catch(() => {});
    }
  }

  #post(change, options) {
    const { project, work_type, day } = partsOf(change.key);
    return fetch(week.dataset.saveUrl, {
      method: "POST",
      headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
      body: JSON.stringify({ member: Number(week.dataset.member), project, work_type, day, client_id: change.id, base: change.base, hours: change.hours, note: change.note }),
      redirect: "manual",
      ...options,
    });
  }

  /** @returns {Promise<{status: number, body: any} | null>} null when there was no way to the server */
  async #send(change) {
    try {
      const response = await this.#post(change, { signal: AbortSignal.timeout(PATIENCE) });
      if (response.type === "opaqueredirect") return { status: 401, body: null };
      const json = response.headers.get("Content-Type")?.includes("json");
      return { status: response.status, body: json ? await response.json() : null };
    } catch {
      return null;
    }
  }

  #settle(change, answer) {
    this.#wait = FIRST_WAIT;
    this.#calm();
    drop(change.id);
    const told = { change, status: answer.status, body: answer.body };
    this.follow(told);
    this.#tell("answered", told);
  }

  /** What was written next in the same cell is based on what the change made of it; after a refusal, on what was there. */
  follow({ change, status, body }) {
    const next = queuedFor(change.key).find((other) => other.after === change.id);
    if (next) put({ ...next, after: null, base: status === 200 ? body.cell.revision : next.base });
  }

  #later(trouble) {
    this.#wait = Math.min(this.#wait * 1.6, LONGEST_WAIT);
    this.#timer = setTimeout(() => this.go(), this.#wait);
    if (this.trouble !== trouble) {
      this.trouble = trouble;
      this.#tell("trouble");
    }
    this.#tell("waiting");
  }

  #calm() {
    if (!this.trouble) return;
    this.trouble = "";
    this.#tell("trouble");
  }

  #tell(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** A version 4 UUID where the browser has none ready, as on a page without https. */
function makeId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
