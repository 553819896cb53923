/**
 * The timer in the top bar of every page.
 *
 * [data-timer-continue]        a button that starts the timer on its data-on ("project-work type"), data-project, data-work, data-task,
 *                              data-customer, data-color, data-note
 * "timer:start"                for the module: start with what the event's detail names, as the palette does; it is taken by preventDefault
 * "hours:changed"              told on the document when hours were saved or taken back by the timer, for the pages
 * HX-Trigger: {"timer:changed": true}   from the server, when an undo changed the timer
 */
import { isTyping } from "../keys.js";
import { toast } from "../toast.js";
import { announce } from "../words.js";
import { Timers } from "./acts.js";
import { Panel } from "./panel.js";
import { minutesBetween, printElapsed } from "./wall.js";

const STALE = 20_000;
const TICK = 1_000;

function begin(place) {
  const sentences = JSON.parse(document.getElementById("timer-words").textContent);
  const say = (name, values = {}) => sentences[name].replace(/%\((\w+)\)s/g, (_all, key) => String(values[key]));
  const timers = new Timers(place.dataset, JSON.parse(document.getElementById("timer-state").textContent));
  const panel = new Panel(document.querySelector("[data-timer-popover]"), timers, say);
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(`busy-timer:${place.dataset.workspace}:${place.dataset.member}`) : null;
  const part = (name) => place.querySelector(`[data-timer-${name}]`);
  const [idle, running, waiting] = [part("idle"), part("running"), part("waiting")];
  let seenAt = Date.now();
  let asked = "";

  const elapsed = (timer) => printElapsed(minutesBetween(Date.parse(timer.started), timer.stopped ? Date.parse(timer.stopped) : timers.now));
  const nameOf = (timer) => timer.elsewhere?.name ?? (timer.project || say("noProject"));

  function write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function tick() {
    const timer = timers.running;
    if (timer) write(part("elapsed"), elapsed(timer));
    panel.tick();
  }

  function show() {
    const timer = timers.running;
    const { waiting: stopped } = timers;
    idle.hidden = timer !== null;
    running.hidden = timer === null;
    waiting.hidden = stopped.length === 0;
    write(part("waits"), String(stopped.length));
    if (timer) {
      running.dataset.color = timer.color;
      running.toggleAttribute("data-queued", Boolean(timers.outbox.trouble) && timers.isOnItsWay(timer.id));
      running.title = running.hasAttribute("data-queued") ? say("queued") : [nameOf(timer), timer.task, timer.work, timer.note].filter(Boolean).join(" · ");
      write(part("what"), nameOf(timer));
      part("stop-form").elements.timer.value = timer.id;
      part("stop-form").hidden = timer.elsewhere !== null;
      part("open").setAttribute("aria-label", timer.elsewhere ? say("elsewhere", { workspace: timer.elsewhere.name }) : say("running", { what: nameOf(timer), time: elapsed(timer) }));
      part("open").href = timer.elsewhere?.url ?? part("idle").action;
    }
    panel.show();
    tick();
  }

  const openerOf = (timer) => (timer.stopped ? waiting : part("open"));

  function open(timer, how) {
    panel.open(timer.id, openerOf(timer), how);
  }

  /** Come back to a timer that was probably forgotten: ask once a page, and not in the middle of a word. */
  function ask() {
    const timer = timers.running;
    if (!timer?.forgotten || timer.elsewhere || asked === timer.id || timers.store.get("asked", timer.id) || panel.openId) return;
    asked = timer.id;
    open(timer, { focus: !isTyping(document.activeElement ?? document.body) });
  }

  function start(look = null, note = "") {
    const before = timers.running;
    const id = timers.start(look, note);
    if (before?.elsewhere === null && timers.outbox.trouble) toast({ text: say("switched"), kind: "info" });
    announce(say("startedTold"));
    if (!look && matchMedia("(min-width: 721px)").matches) open(timers.get(id));
  }

  function stop() {
    const timer = timers.running;
    if (!timer) return;
    panel.close();
    timers.stop(timer.id);
    const kept = timers.get(timer.id);
    if (kept) open(kept);
    else announce(say("stoppedTold"));
  }

  place.addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.target === idle) start();
    else stop();
  });
  place.addEventListener("click", (event) => {
    const timer = event.target.closest("[data-timer-open]") ? timers.running : event.target.closest("[data-timer-waiting]") ? timers.waiting[0] : null;
    if (!timer || timer.elsewhere || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    open(timer);
  });
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("[data-timer-continue]");
    if (!button) return;
    const { on, project, work, task = "", customer = "", color, note = "" } = button.dataset;
    button.closest("[popover]")?.hidePopover();
    start({ on, project, work, task, customer, color: Number(color) }, note);
  });

  document.addEventListener("timer:start", (event) => {
    event.preventDefault();
    const { note, ...look } = event.detail;
    start(look, note);
  });

  const hoursChanged = () => document.dispatchEvent(new CustomEvent("hours:changed"));

  timers.addEventListener("change", show);
  timers.outbox.addEventListener("trouble", show);
  timers.addEventListener("answered", ({ detail: { change, status, body } }) => {
    channel?.postMessage({ state: body?.state, saved: body?.saved });
    if (status !== 200) {
      toast({ text: body?.message || say("unreadable"), kind: "error" });
      return;
    }
    // Stopped time that could not be saved says so where the way out is; elsewhere a toast does.
    const kept = body.kind === "warning" ? timers.get(body.timer) : null;
    const opens = kept?.stopped && (!panel.openId || panel.openId === kept.id);
    if (opens) open(kept, { ask: body.ask });
    if (opens) announce(body.told, true);
    else if (body.told) {
      const waits = change.act.do === "save" || change.act.look?.waits;
      const undo = body.undo ? { url: waits ? `${body.undo}?waits` : body.undo } : null;
      toast({ text: body.told, kind: body.kind, undo, action: body.edit ? { label: say("edit"), url: body.edit } : null });
    }
    if (body.saved) hoursChanged();
  });
  channel?.addEventListener("message", ({ data }) => {
    if (data.state) timers.take(data.state);
    if (data.saved) hoursChanged();
    if (timers.outbox.trouble) timers.outbox.go();
  });
  document.addEventListener("timer:changed", async () => {
    await timers.renew();
    hoursChanged();
    channel?.postMessage({ saved: true });
  });

  async function comeBack() {
    if (document.visibilityState === "hidden" || Date.now() - seenAt < STALE || timers.store.queue.length) return;
    seenAt = Date.now();
    await timers.renew();
    ask();
  }
  addEventListener("focus", comeBack);
  addEventListener("pageshow", (event) => { if (event.persisted) { seenAt = 0; comeBack(); } });
  addEventListener("pagehide", () => { panel.commit(); timers.outbox.part(); });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") { tick(); comeBack(); }
    else panel.commit();
  });
  setInterval(() => document.hidden || tick(), TICK);

  show();
  if (timers.store.queue.length) timers.outbox.go();
  ask();
  place.dataset.ready = "";
}

const place = /** @type {HTMLElement | null} */ (document.querySelector("[data-timer]"));
if (place) begin(place);
