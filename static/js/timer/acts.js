/**
 * The timers of the person: what the server has, with what was clicked since laid over it.
 *
 * A timer is {id, started, stopped, on, project, work, task, customer, color, note, refusal, forgotten, likely, elsewhere}. An
 * act is kept in the browser with the instant of its click before it is sent, so that without a connection the timer
 * starts and stops when it was clicked and not when the network came back.
 */
import { send } from "../http.js";
import { Outbox, Store, makeId } from "../outbox.js";
import { instantOf } from "./wall.js";

const CLOCKED = ["start", "stop"];

class Acts extends Outbox {
  constructor(store, place, renew) {
    super(store, `${place.workspace}-${place.member}-timer`, renew);
    this.place = place;
  }

  request({ act, clicked }) {
    const { look: _look, ...said } = act;
    // Told as an age, which is right also where the browser's clock is set wrong.
    const ago = CLOCKED.includes(act.do) ? { ago: Math.max(0, (Date.now() - clicked) / 1000) } : {};
    return { url: this.place.actUrl, data: { member: Number(this.place.member), act: { ...said, ...ago } } };
  }
}

/** Tells change, answered. */
export class Timers extends EventTarget {
  #saved;
  /** What the server's clock is ahead of this browser's, in milliseconds. */
  #ahead = 0;

  /** @param {DOMStringMap} place  the data of [data-timer] @param {object} state  the server's */
  constructor(place, state) {
    super();
    this.place = place;
    this.zone = place.zone;
    this.store = new Store(`busy-timer:${place.workspace}:${place.member}`);
    this.outbox = new Acts(this.store, place, () => this.renew());
    this.outbox.addEventListener("answered", ({ detail }) => {
      if (detail.body?.state) this.take(detail.body.state);
      else this.changed();
      this.dispatchEvent(new CustomEvent("answered", { detail }));
    });
    this.store.onChangeElsewhere(() => this.changed());
    this.take(state);
  }

  get now() {
    return Date.now() + this.#ahead;
  }

  take(state) {
    this.#saved = state.timers;
    this.#ahead = Date.parse(state.now) - Date.now();
    for (const id of this.store.keys("asked")) if (!state.timers.some((timer) => timer.id === id)) this.store.remove("asked", id);
    this.changed();
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }

  /** Ask the server what is the case. False when nobody is signed in. */
  async renew() {
    let state;
    try {
      state = await (await send(this.place.stateUrl, { method: "GET" })).json();
    } catch (error) {
      return error.status !== 401 && error.status !== 404;
    }
    if (String(state.member) !== this.place.member) return false;
    document.querySelector('meta[name="csrf-token"]').content = state.token;
    this.take(state);
    return true;
  }

  /** All that are open, the running one first. */
  get all() {
    return this.store.queue.reduce((timers, { act, clicked }) => this.#lay(timers, act, clicked + this.#ahead), this.#saved);
  }

  get running() {
    return this.all.find((timer) => !timer.stopped) ?? null;
  }

  get waiting() {
    return this.all.filter((timer) => timer.stopped);
  }

  get(id) {
    return this.all.find((timer) => timer.id === id) ?? null;
  }

  isOnItsWay(id) {
    return this.store.queue.some(({ act }) => act.timer === id);
  }

  #lay(timers, act, clicked) {
    const at = new Date(clicked).toISOString();
    const stopped = (timer, when) => (timer.on || timer.elsewhere ? [] : [{ ...timer, stopped: when }]);
    const mine = (timer) => timer.id === act.timer;
    if (act.do === "start") {
      if (timers.some(mine)) return timers;
      const made = { id: act.timer, started: at, stopped: null, refusal: "", forgotten: false, elsewhere: null, note: act.note, ...act.look };
      return [made, ...timers.flatMap((timer) => (timer.stopped ? [timer] : stopped(timer, at)))];
    }
    return timers.flatMap((timer) => {
      if (!mine(timer)) return [timer];
      if (act.do === "stop") return timer.stopped ? [timer] : stopped(timer, at);
      if (act.do === "stop_at") return stopped(timer, new Date(instantOf(act.at, this.zone)).toISOString());
      if (act.do === "change") {
        const when = (name) => (act[name] ? { [name]: new Date(instantOf(act[name], this.zone)).toISOString() } : {});
        return [{ ...timer, ...act.look, ...(act.note === undefined ? {} : { note: act.note }), ...when("started"), ...when("stopped") }];
      }
      return act.do === "save" && !timer.on ? [timer] : [];
    });
  }

  // Acts ---------------------------------------------------------------------------------------------------------------
  /** @param {object} [look]  on, project, work, customer, color of what it is about @returns {string} the timer's id */
  start(look = null, note = "") {
    const id = makeId();
    const about = look ?? { on: "", project: "", work: "", task: "", customer: "", color: 12 };
    this.#do({ do: "start", timer: id, note, ...(about.on ? { on: about.on.split("-").map(Number) } : {}), look: about });
    return id;
  }

  stop(id) { this.#do({ do: "stop", timer: id }); }

  stopAt(id, wall) { this.#do({ do: "stop_at", timer: id, at: wall }); }

  save(id) { this.#do({ do: "save", timer: id }); }

  /** `waits` is for the way back: stopped time waits again, and a running timer runs on. */
  discard(id) { this.#do({ do: "discard", timer: id, look: { waits: this.get(id)?.stopped !== null } }); }

  /** @param {{look?: object, note?: string, started?: string, stopped?: string}} patch  times as wall.js writes them */
  change(id, { look, ...said }) {
    this.#do({ do: "change", timer: id, ...said, ...(look ? { on: look.on.split("-").map(Number), look } : {}) });
  }

  #do(act) {
    this.store.put({ id: makeId(), act, clicked: Date.now(), tries: 0, at: this.store.nextPlace() });
    this.changed();
    this.outbox.go();
  }
}
