/** The details of one timer in a popover: what it is about, when it began, and the ways out of stopped time. */
import { combobox, remote } from "../combobox.js";
import { openPopover } from "../popover.js";
import { minutesBetween, printElapsed, wallOf } from "./wall.js";

const PAUSE = 900;
const wide = matchMedia("(min-width: 721px)");

export class Panel {
  #id = "";
  #reopen = "";
  #pause = 0;

  /**
   * @param {HTMLElement} popover
   * @param {import("./acts.js").Timers} timers
   * @param {(name: string, values?: object) => string} say
   */
  constructor(popover, timers, say) {
    Object.assign(this, { popover, timers, say });
    this.part = (name) => popover.querySelector(`[data-timer-${name}]`);
    this.on = this.part("on");
    this.note = this.part("note");
    this.started = this.part("started");
    this.stopped = this.part("stopped");
    this.list = combobox({
      input: this.on, box: this.part("on-box"), list: this.part("on-list"), source: remote(timers.place.searchUrl), delay: 120,
      onChoose: (option) => this.#choose(option),
    });
    this.on.addEventListener("focus", () => this.on.select());
    this.on.addEventListener("blur", () => { this.on.value = this.timer?.project ?? ""; });
    this.note.addEventListener("input", () => { clearTimeout(this.#pause); this.#pause = setTimeout(() => this.#saveNote(), PAUSE); });
    this.note.addEventListener("change", () => this.#saveNote());
    for (const name of ["started", "stopped"]) this[name].addEventListener("change", () => this.#saveTime(name));
    this.part("stop-at").addEventListener("click", () => this.#leaveBy((id) => timers.stopAt(id, this.part("likely").value)));
    this.part("runs-on").addEventListener("click", () => { timers.store.set("asked", this.#id, true); this.show(); });
    this.part("discard").addEventListener("click", () => this.#leaveBy((id) => timers.discard(id)));
    popover.addEventListener("submit", (event) => { event.preventDefault(); this.#finish(); });
    popover.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing || event.defaultPrevented || event.target.matches("button, a")) return;
      if (event.target === this.note && !event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      if (event.target !== this.on) this.#finish(); // a name half typed chooses nothing
    });
    popover.addEventListener("beforetoggle", (event) => { if (event.newState === "closed") this.#closing(); });
  }

  get timer() {
    return this.#id ? this.timers.get(this.#id) : null;
  }

  get openId() {
    return this.#id;
  }

  /** @param {HTMLElement} opener  where it hangs @param {{focus?: boolean, ask?: string}} [how]  ask is where to ask for a locked week to be reopened */
  open(id, opener, { focus = true, ask = "" } = {}) {
    if (this.popover.matches(":popover-open")) this.popover.hidePopover();
    this.#id = id;
    this.#reopen = ask;
    const timer = this.timer;
    if (!timer) { this.#id = ""; return; }
    this.on.value = timer.project;
    this.note.value = timer.note;
    this.part("likely").value = timer.likely ? wallOf(Date.parse(timer.likely), this.timers.zone) : "";
    this.show();
    openPopover(this.popover, opener);
    if (!focus || !wide.matches) return;
    if (this.#isForgotten(timer)) this.part("likely").focus();
    else if (timer.on) this.note.focus();
    else this.#ask();
  }

  close() {
    if (this.popover.matches(":popover-open")) this.popover.hidePopover();
  }

  /** What the timer says now; a field somebody writes in is left alone. */
  show() {
    if (!this.#id) return;
    const timer = this.timer;
    if (!timer) return this.close();
    const idle = (field) => field !== document.activeElement;
    const waits = timer.stopped !== null;
    const forgotten = this.#isForgotten(timer);
    this.part("title").textContent = this.say(forgotten ? "titleForgotten" : waits ? "titleWaiting" : "titleRunning");
    this.part("forgotten").hidden = !forgotten;
    if (forgotten) {
      const when = new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: this.timers.zone, weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" }).format(Date.parse(timer.started));
      this.part("forgotten-text").textContent = this.say("forgotten", { when });
    }
    const refusal = timer.refusal || (waits && !timer.on ? this.say("chooseProject") : "");
    this.part("refusal").hidden = !refusal;
    this.part("refusal").toggleAttribute("data-refused", Boolean(timer.refusal));
    this.part("refusal-text").textContent = refusal;
    this.part("ask").hidden = !this.#reopen;
    if (this.#reopen) this.part("ask-link").href = this.#reopen;
    this.part("color").dataset.color = timer.color;
    this.part("work").textContent = timer.on ? [timer.task, timer.work, timer.customer].filter(Boolean).join(" · ") : "";
    if (idle(this.on)) this.on.value = timer.project;
    if (idle(this.note)) this.note.value = timer.note;
    if (idle(this.started)) this.started.value = wallOf(Date.parse(timer.started), this.timers.zone);
    if (waits && idle(this.stopped)) this.stopped.value = wallOf(Date.parse(timer.stopped), this.timers.zone);
    this.started.max = wallOf(this.timers.now, this.timers.zone);
    this.stopped.max = this.started.max;
    this.part("stopped-field").hidden = !waits;
    this.part("stop-word").hidden = waits;
    this.part("save-word").hidden = !waits;
    this.tick();
    return undefined;
  }

  /** The length, as the minutes pass. */
  tick() {
    const timer = this.timer;
    if (!timer) return;
    const until = timer.stopped ? Date.parse(timer.stopped) : this.timers.now;
    this.part("length").textContent = printElapsed(minutesBetween(Date.parse(timer.started), until));
  }

  #isForgotten(timer) {
    return timer.forgotten && !timer.stopped && !this.timers.store.get("asked", timer.id);
  }

  #choose(option) {
    const { value, label, work, task, customer, color } = option;
    this.timers.change(this.#id, { look: { on: value, project: label, work, task, customer, color } });
    this.note.focus();
    this.show();
  }

  #saveNote() {
    clearTimeout(this.#pause);
    const timer = this.timer;
    if (timer && this.note.value.trim() !== timer.note) this.timers.change(timer.id, { note: this.note.value.trim() });
  }

  #saveTime(name) {
    const timer = this.timer;
    const typed = this[name].value;
    if (!timer || !timer[name] || !typed || typed === wallOf(Date.parse(timer[name]), this.timers.zone)) return;
    this.timers.change(timer.id, { [name]: typed });
  }

  /** Write what stands in the fields; also before the page goes away. */
  commit() {
    if (!this.timer) return;
    this.#saveNote();
    for (const name of ["started", "stopped"]) if (document.activeElement === this[name]) this.#saveTime(name);
  }

  /** Stop what runs, save what waits. */
  #finish() {
    this.commit();
    const timer = this.timer;
    if (!timer) return;
    if (!timer.stopped) { this.#leaveBy((id) => this.timers.stop(id)); return; }
    if (!timer.on) { this.#ask(); return; }
    this.#leaveBy((id) => this.timers.save(id));
  }

  /** What may be chosen stands there before anything is typed, where there is a way to the server. */
  #ask() {
    this.on.focus();
    if (navigator.onLine && !this.timers.outbox.trouble) this.list.look("");
  }

  #leaveBy(act) {
    const id = this.#id;
    this.close();
    act(id);
  }

  #closing() {
    this.commit();
    this.#id = "";
    this.#reopen = "";
  }
}
