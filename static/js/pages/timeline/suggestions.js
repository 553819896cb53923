/**
 * Events of the person's calendars, outlined behind the entries: a click or Enter takes one up as a draft, Delete hides it.
 * Nothing becomes an entry by itself.
 *
 * An event is {key, day, start, end, title, note, calendar, entry, like}: start and end are null for a whole day; `entry` is
 * the id of the entry that was made from it, whose presence on the page hides it; `like` is what the last entry like it was on.
 */
import { send } from "../../http.js";
import { toast } from "../../toast.js";
import { element, icon } from "../../words.js";
import { lanesOf } from "./draw.js";
import { DAY, printTimes } from "./times.js";
import { say } from "./words.js";

const AGAIN = 1_500;
const TRIES = 24;
const STALE = 60_000;
/** Minutes that an event under the entries takes at least, so that there is room for its title. */
const ROOM = 75;

const overlaps = (one, others) => others.some(({ start, end }) => one.start < end && start < one.end);

export class Suggestions {
  /** @type {object[]} */
  #events = [];
  #asked = 0;
  #waiting = 0;
  #answer = 0;

  /**
   * @param {HTMLElement} page
   * @param {import("./model.js").Model} model
   * @param {import("./draw.js").Drawing} drawing
   * @param {{acceptEvent: (event: object) => void}} doors
   */
  constructor(page, model, drawing, doors) {
    Object.assign(this, { page, model, drawing, doors });
    this.box = page.querySelector("[data-calendars]");
    this.take(JSON.parse(document.getElementById("timeline-events").textContent));
    drawing.offered = (day) => {
      const { timed, whole } = this.#free(day);
      return { timed, whole: whole.length };
    };
    page.addEventListener("click", ({ target }) => {
      const offer = this.#of(target);
      if (offer) doors.acceptEvent(offer);
    });
    page.addEventListener("keydown", (event) => {
      const offer = this.#of(event.target);
      if (!offer || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key !== "Delete" && event.key !== "Backspace") return;
      event.preventDefault();
      this.#focusNext(event.target);
      this.hide(offer);
    });
    document.addEventListener("events:changed", () => this.look());
    for (const choice of this.box.querySelectorAll("[data-calendar-shown]")) choice.addEventListener("change", () => this.#choose(choice.form));
  }

  /** A draft that was left with nothing but the calendar's words is none. */
  start() {
    this.note();
    for (const draft of this.model.store.all("draft").values()) if (draft.event && draft.note === draft.event.note) this.model.remove(draft.id);
    this.drawing.draw();
    this.draw();
    this.refresh();
  }

  /** The server's word. */
  take(state) {
    this.state = state;
    // An answer that was on its way while an entry was saved does not know of it yet.
    const made = new Map(this.#events.map(({ key, entry }) => [key, entry]));
    this.#events = state.events.map((event) => ({ ...event, entry: event.entry ?? made.get(event.key) ?? null }));
    this.box?.toggleAttribute("data-fetching", state.fetching);
    for (const name of ["signIn", "never"]) this.page.querySelectorAll(`[data-calendars-when="${name}"]`).forEach((told) => { told.hidden = !state[name]; });
  }

  /** Have what is older than a minute fetched, and look until it is there. */
  async refresh() {
    if (!this.state.connected || Date.now() - this.#asked < STALE) return;
    this.#asked = Date.now();
    await this.#talk(() => send(this.page.dataset.eventsUrl + "refresh/"));
    this.#follow(TRIES);
  }

  #follow(tries) {
    clearTimeout(this.#waiting);
    if (!this.state.fetching || !tries) return;
    this.#waiting = setTimeout(async () => {
      if (document.visibilityState === "visible") await this.look();
      this.#follow(tries - 1);
    }, AGAIN);
  }

  look() {
    return this.#talk(() => send(this.page.dataset.eventsUrl, { method: "GET" }));
  }

  /** Take over what the server answers; of two answers that cross, the later question's. @returns {Promise<boolean>} */
  async #talk(ask) {
    const answer = ++this.#answer;
    try {
      const state = await (await ask()).json();
      if (answer === this.#answer) this.#took(state);
      return true;
    } catch {
      return false; // no way to the server now: what is shown stays
    }
  }

  #took(state) {
    const before = JSON.stringify(this.#events);
    this.take(state);
    if (JSON.stringify(this.#events) !== before) this.model.changed();
  }

  /** Not offered any more; undo brings it back. */
  async hide({ key, title }) {
    const url = `${this.page.dataset.eventsUrl}answer/?event=${key}`;
    this.#events = this.#events.filter((event) => event.key !== key);
    this.model.changed();
    if (await this.#talk(() => send(`${url}&hidden=1`))) toast({ text: say("eventHidden", { title }), undo: { url: `${url}&hidden=0` } });
    else {
      toast({ text: say("noWayNow"), kind: "error" });
      await this.look();
    }
  }

  /** Which calendars of an account are shown. */
  async #choose(form) {
    const said = new URLSearchParams(new FormData(form));
    said.set("week", this.page.dataset.week);
    if (!(await this.#talk(() => send(form.action, { data: said })))) return toast({ text: say("noWayNow"), kind: "error" });
    return this.#follow(TRIES);
  }

  // On the page -------------------------------------------------------------------------------------------------------
  #of(target) {
    const key = target.closest?.("[data-event]")?.dataset.event;
    return key ? this.#events.find((event) => event.key === key) : null;
  }

  /** Drafts and entries that are on their way say which event they are made from. */
  note() {
    const made = new Map([...this.model.entries.values()].filter((entry) => entry.event).map((entry) => [entry.event.key, entry.id]));
    for (const event of this.#events) event.entry = made.get(event.key) ?? event.entry;
  }

  /** What is still to be answered on a day. */
  #free(day) {
    if (this.model.days.get(day)?.lock) return { timed: [], whole: [] };
    const free = this.#events.filter((event) => event.day === day && !(event.entry && this.model.entry(event.entry)));
    return { timed: free.filter((event) => event.start !== null), whole: free.filter((event) => event.start === null) };
  }

  draw() {
    let drew = false;
    for (const [day, section] of this.drawing.sections) {
      const { timed, whole } = this.#free(day);
      const entries = this.drawing.onClock(day);
      const signature = JSON.stringify([timed, whole, timed.map((event) => overlaps(event, entries))]);
      if ((section.dataset.offers ?? '[[],[],[]]') === signature) continue;
      section.dataset.offers = signature;
      drew = true;
      const focused = document.activeElement?.closest?.("[data-event]")?.dataset.event;
      this.#drawTimed(section, timed, entries);
      const list = section.querySelector("[data-events-whole]");
      list.hidden = whole.length === 0;
      list.replaceChildren(...whole.map((event) => this.#item(event, say("allDay"))));
      if (focused) section.querySelector(`[data-event="${focused}"]`)?.focus({ preventScroll: true });
    }
    if (drew) this.drawing.fit();
  }

  /** In the open beside the entries; under them, in a strip, where they cover it. */
  #drawTimed(section, timed, entries) {
    const open = timed.filter((event) => !overlaps(event, entries));
    const under = timed.filter((event) => overlaps(event, entries));
    const endOf = (event) => (under.includes(event) ? Math.min(Math.max(event.end, event.start + ROOM), DAY) : event.end);
    const lanes = new Map([open, under].flatMap((some) => [...lanesOf(some.map((event) => ({ ...event, id: event.key, end: endOf(event) })))]));
    const strip = Math.max(0, ...under.map((event) => lanes.get(event.key).lanes));
    section.style.setProperty("--strips", strip);
    section.style.setProperty("--lanes-of-offers", Math.max(1, ...open.map((event) => lanes.get(event.key).lanes)));
    section.toggleAttribute("data-strip", strip > 0);
    section.toggleAttribute("data-offered", open.length > 0);
    section.querySelector("[data-events]").replaceChildren(...[...open, ...under].sort((a, b) => a.start - b.start).map((event) => {
      const item = this.#item(event, printTimes(event.start, event.end));
      const { lane, lanes: count } = lanes.get(event.key);
      for (const [name, value] of [["--start", event.start], ["--minutes", endOf(event) - event.start], ["--lane", lane], ["--lanes", count]]) item.style.setProperty(name, value);
      item.toggleAttribute("data-under", under.includes(event));
      return item;
    }));
  }

  #item(event, times) {
    const button = element("button", { type: "button", className: "event-body", title: `${event.title} · ${times} · ${event.calendar}` }, icon("calendar-add", "icon-small"),
      element("span", { className: "event-title" }, event.title), element("span", { className: "event-times" }, times));
    button.dataset.event = event.key;
    button.setAttribute("aria-label", event.start === null ? say("eventAllDay", { title: event.title }) : say("event", { title: event.title, times }));
    button.setAttribute("aria-describedby", "events-hint");
    return element("li", { className: "event-offer" }, button);
  }

  #focusNext(button) {
    const all = [...this.page.querySelectorAll("[data-event]")];
    const next = all[all.indexOf(button) + 1] ?? all[all.indexOf(button) - 1];
    (next ?? this.page.querySelector("[data-timeline]")).focus({ preventScroll: true });
  }
}
