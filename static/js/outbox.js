/**
 * Changes on their way to the server: kept in the browser before they are sent, sent one after another, and again until
 * the server has answered.
 *
 * A page's own outbox says how a change is posted and what an answer means for the changes behind it. Each change carries
 * an id made here, so that sending it twice has one effect. Changes that go along in one request are answered one by one.
 *
 * @typedef {{id: string, tries: number, at: number}} Change  and whatever the page puts into it; in the order of `at`
 */
import { csrfToken } from "./http.js";

const PATIENCE = 15_000;
const FIRST_WAIT = 1_500;
const LONGEST_WAIT = 15_000;
/** So often a change is sent again when others were at the same hours, before the page speaks of trouble. */
const CROWDED = 4;

/**
 * What is not saved yet, so that it survives a reload, a closed lid and a lost connection.
 *
 * Shared by the tabs. Every change, and everything else a page keeps, has an item of its own: tabs see each other's writes
 * late, and two that rewrote one list would lose what the other had put there.
 */
export class Store {
  #name;
  /** Where storage is shut off, this page's memory has to do. */
  #memory = new Map();
  #items;
  #last = 0;

  /** @param {string} name  one store per workspace and member: "busy-week:fjell:12" */
  constructor(name) {
    this.name = name;
    this.#name = `${name}:`;
    try {
      localStorage.setItem(`${this.#name}try`, "");
      localStorage.removeItem(`${this.#name}try`);
      this.#items = localStorage;
    } catch {
      this.#items = null;
    }
  }

  #names(prefix) {
    return (this.#items ? Object.keys(this.#items) : [...this.#memory.keys()]).filter((name) => name.startsWith(prefix));
  }

  #read(name) {
    return JSON.parse((this.#items ? this.#items.getItem(name) : this.#memory.get(name)) ?? "null");
  }

  /** What is kept under a key of one kind, or null: get("held", id). */
  get(kind, key) {
    return this.#read(`${this.#name}${kind}:${key}`);
  }

  set(kind, key, value) {
    const name = `${this.#name}${kind}:${key}`;
    if (this.#items) this.#items.setItem(name, JSON.stringify(value));
    else this.#memory.set(name, JSON.stringify(value));
  }

  remove(kind, key) {
    const name = `${this.#name}${kind}:${key}`;
    if (this.#items) this.#items.removeItem(name);
    else this.#memory.delete(name);
  }

  /** @returns {string[]} */
  keys(kind) {
    const prefix = `${this.#name}${kind}:`;
    return this.#names(prefix).map((name) => name.slice(prefix.length));
  }

  /** Everything of one kind, by key. */
  all(kind) {
    return new Map(this.keys(kind).map((key) => [key, this.get(kind, key)]).filter(([, value]) => value));
  }

  /** @returns {Change[]} in the order in which they were made */
  get queue() {
    return [...this.all("change").values()].sort((one, other) => one.at - other.at);
  }

  /** The next place in the queue. */
  nextPlace() {
    this.#last = Math.max(Date.now(), this.#last + 1);
    return this.#last;
  }

  /** @param {Change} change */
  put(change) {
    this.set("change", change.id, change);
  }

  /** @param {string} id */
  drop(id) {
    this.remove("change", id);
  }

  /** Another tab wrote to the store. */
  onChangeElsewhere(listener) {
    addEventListener("storage", (event) => (event.key === null || event.key.startsWith(this.#name)) && listener());
  }
}

/** @typedef {"" | "offline" | "signed-out" | "other-member" | "refused"} Trouble  "refused" only where refusals are left */

/** Stores whose changes this page sends itself, and shows. */
const minded = new Set();

/** @param {string} name  of a store */
export const isMinded = (name) => minded.has(name);

/** How many changes of a person, or of everybody who used this browser, are not saved yet. */
export function countWaiting(member = "") {
  let names;
  try {
    names = Object.keys(localStorage);
  } catch {
    return 0; // storage is shut off: nothing outlives its page
  }
  const kept = member ? new RegExp(`^busy-\\w+:${member}:change:`) : /^busy-\w+:[^:]+:[^:]+:change:/;
  return names.filter((name) => kept.test(name)).length;
}

/** Tells queued, sending, answered, waiting, trouble, rest. */
export class Outbox extends EventTarget {
  /** @type {Trouble} */
  trouble = "";
  /** What the server said about the trouble. */
  told = "";
  /** A page that could not show a refusal leaves the change for the page that can. */
  leavesRefusals = false;
  #running = false;
  #wait = FIRST_WAIT;
  #timer = 0;

  /**
   * @param {Store} store
   * @param {string} lock  one tab sends at a time under this name
   * @param {() => Promise<boolean>} renew  fetches the page anew for a fresh token; false when there is nobody signed in
   */
  constructor(store, lock, renew) {
    super();
    this.store = store;
    this.lock = lock;
    this.renew = renew;
    minded.add(store.name);
    addEventListener("online", () => this.go());
    addEventListener("focus", () => this.trouble && this.go());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.trouble && this.go());
  }

  /** @returns {Change[]} what goes along in the same request; the answer has {answers: [{status, body}]} in this order */
  along(_change) { return []; }

  /** @returns {{url: string, data: object}} the request of a change, and of those that go along */
  request(_change, _along) { throw new Error("an outbox says how its changes are sent"); }

  /** What an answer means for the changes behind this one, which is out of the queue already. */
  follow(_told) {}

  /** Which changes have to wait for each other's answers; one of each is sent when the page goes away. */
  lane(_change) { return ""; }

  /** Send what waits: now, or in so many milliseconds so that what follows at once goes along. */
  go(pause = 0) {
    clearTimeout(this.#timer);
    if (pause) { this.#timer = setTimeout(() => this.go(), pause); return; }
    if (this.#running) return;
    this.#running = true;
    const work = () => this.#sendAll();
    // One tab sends at a time where the browser can say so; elsewhere two may, and the ids make that harmless.
    const sending = navigator.locks ? navigator.locks.request(this.lock, work) : work();
    sending.finally(() => { this.#running = false; this.tell("rest"); if (this.store.queue.length && !this.trouble) this.go(); });
  }

  async #sendAll() {
    let renewed = false;
    let crowded = 0;
    for (let change = this.store.queue[0]; change; change = this.store.queue[0]) {
      const together = [change, ...this.along(change)];
      for (const one of together) {
        one.tries += 1;
        this.store.put(one);
        this.tell("sending", { change: one });
      }
      const answer = await this.#send(together);
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
      if (answer.body?.error === "crowded" && crowded < CROWDED) {
        crowded += 1;
        await new Promise((go) => setTimeout(go, crowded * 400));
        continue;
      }
      if (answer.status >= 500 || answer.status === 429) return this.#later("offline");
      crowded = 0;
      if (answer.status !== 200 && this.leavesRefusals) {
        this.trouble = "refused";
        return this.tell("trouble");
      }
      this.#settle(together, answer);
    }
    this.#calm(); // another tab may have sent what waited here
    return undefined;
  }

  /** The page goes away: send what can be sent without waiting for an answer. It stays in the store, for the next page. */
  part() {
    const sent = new Set();
    for (const change of this.store.queue) {
      if (sent.has(this.lane(change))) continue;
      const together = [change, ...this.along(change).filter((other) => !sent.has(this.lane(other)))];
      for (const one of together) {
        sent.add(this.lane(one));
        this.store.put({ ...one, tries: one.tries + 1 }); // from now on the server may know it
      }
      this.#post(together, { keepalive: true }).catch(() => {});
    }
  }

  #post([change, ...along], options) {
    const { url, data } = this.request(change, along);
    return fetch(url, {
      method: "POST",
      headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
      body: JSON.stringify(data),
      redirect: "manual",
      ...options,
    });
  }

  /** @returns {Promise<{status: number, body: any} | null>} null when there was no way to the server */
  async #send(together) {
    try {
      const response = await this.#post(together, { signal: AbortSignal.timeout(PATIENCE) });
      if (response.type === "opaqueredirect") return { status: 401, body: null };
      const json = response.headers.get("Content-Type")?.includes("json");
      return { status: response.status, body: json ? await response.json() : null };
    } catch {
      return null;
    }
  }

  #settle(together, answer) {
    this.#wait = FIRST_WAIT;
    this.#calm();
    for (const change of together) this.store.drop(change.id);
    for (const [place, change] of together.entries()) {
      const { status, body } = answer.body?.answers?.[place] ?? answer;
      const told = { change, status, body };
      this.follow(told);
      this.tell("answered", told);
    }
  }

  #later(trouble) {
    this.#wait = Math.min(this.#wait * 1.6, LONGEST_WAIT);
    this.#timer = setTimeout(() => this.go(), this.#wait);
    if (this.trouble !== trouble) {
      this.trouble = trouble;
      this.tell("trouble");
    }
    this.tell("waiting");
  }

  #calm() {
    if (!this.trouble) return;
    this.trouble = "";
    this.tell("trouble");
  }

  tell(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** A version 4 UUID, also where the browser has none ready, as on a page without https. */
export function makeId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
