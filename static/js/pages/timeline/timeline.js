/** The timeline: brings its parts together. Without it the page is a list with a form for one entry at a time. */
import { saveState } from "../../forms.js";
import { toast } from "../../toast.js";
import { announce } from "../../words.js";
import { Dragging } from "./drag.js";
import { Drawing, gapsOf, nameOf, timesOf } from "./draw.js";
import { Editor } from "./editor.js";
import { startKeys } from "./keys.js";
import { Model } from "./model.js";
import { startSubmission } from "../submission.js";
import { Suggestions } from "./suggestions.js";
import { DAY, clamp, snap } from "./times.js";
import { say, sayCount } from "./words.js";
import { Zoom, narrow } from "./zoom.js";

const STALE = 60_000;
const MORNING = 8 * 60;
const NEW_LENGTH = 60;

const page = /** @type {HTMLElement} */ (document.querySelector("[data-timeline-page]"));
const model = new Model(page, JSON.parse(document.getElementById("timeline-data").textContent), async () => (await renew()) !== "signed-out");
const drawing = new Drawing(page, model);
const zoom = new Zoom(page, () => drawing.fit());
const channel = "BroadcastChannel" in window ? new BroadcastChannel(`busy-timeline:${page.dataset.workspace}:${page.dataset.member}`) : null;
let seenAt = Date.now();
let hasSaved = false;

// What a gesture or a key asks for ---------------------------------------------------------------------------------------
const dayName = (day) => model.days.get(day).name;

/** An entry was put somewhere; what it says now is said aloud. */
function dropped(kind, id, place) {
  if (kind === "create") return editor.open(model.draft(place));
  const was = model.entry(id);
  if (!was) return undefined;
  const minutes = place.start === null ? was.minutes : model.lengthOf(place.day, place.start, place.end);
  const wanted = { ...place, minutes };
  const told = { day: dayName(place.day), times: timesOf({ ...was, ...wanted }) };
  if (kind === "copy") {
    const made = model.copy(id, wanted);
    focusOn(made);
    return announce(say("copied", told));
  }
  model.put(id, wanted);
  focusOn(id);
  return announce(say(kind === "place" && place.start !== null ? "placed" : "moved", told));
}

function focusOn(id) {
  const block = drawing.blockOf(id);
  if (!block) return;
  showDay(model.entry(id).day);
  block.focus({ preventScroll: true });
  block.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** On a phone: choose the day that is shown. */
function showDay(day) {
  const choice = document.getElementById(`day-${drawing.sections.get(day).dataset.day}`);
  if (choice && !choice.checked) choice.checked = true;
}

function cut(id, at) {
  const entry = model.entry(id);
  if (!entry || drawing.isLocked(entry)) return entry && tellLock(entry);
  const inside = entry.start !== null && at > entry.start && at < entry.end;
  const rest = inside ? model.cut(id, at) : null;
  if (!rest) return undefined;
  focusOn(rest);
  return announce(say("cut", { time: timesOf(model.entry(rest)).split("–")[0] }));
}

function askCut(id) {
  if (model.entry(id).start === null) return announce(say("firstOnClock"));
  return editor.askCut(id);
}

function remove(id) {
  const entry = model.entry(id);
  const near = drawing.onClock(entry.day).filter((other) => other.id !== id);
  const next = near.find((other) => other.start >= entry.start) ?? near.at(-1);
  const told = say("deleted", { entry: nameOf(entry) });
  model.remove(id);
  if (next) focusOn(next.id);
  else page.querySelector("[data-timeline]").focus({ preventScroll: true });
  announce(told);
}

function undo() {
  announce(say(model.undo() ? "undone" : "nothingToUndo"));
}

function tellLock(entry) {
  const lock = entry.lock ?? model.days.get(entry.day).lock;
  announce(`${lock.sentence} ${lock.cure}`, true);
  editor.open(entry.id);
}

/** The first stretch of the day with room, from eight o'clock; a gap that is too short for it takes what fits. */
function roomOn(day, length, least = length) {
  const timed = drawing.onClock(day);
  const gap = gapsOf(timed).find(({ start, end }) => end - start >= least);
  if (gap) return { day, start: gap.start, end: Math.min(gap.end, gap.start + length) };
  const from = timed.length ? Math.max(...timed.map((entry) => entry.end)) : MORNING;
  return from + least <= DAY ? { day, start: from, end: Math.min(DAY, from + length) } : null;
}

function dayInMind() {
  const block = document.activeElement?.closest?.("[data-entry]");
  if (block) return model.entry(block.dataset.entry)?.day;
  if (narrow.matches) return page.querySelector(".timeline-day:has([data-track]):not([hidden])") && [...drawing.sections].find(([, section]) => section.checkVisibility())?.[0];
  return drawing.sections.has(drawing.now.day) ? drawing.now.day : null;
}

function newEntry() {
  const open = [...model.days.values()].filter((day) => !day.lock).map(({ day }) => day);
  const wanted = dayInMind();
  const day = open.includes(wanted) ? wanted : open[0];
  const place = day && roomOn(day, NEW_LENGTH, 5);
  if (!place) return announce(say("noRoom", { day: dayName(day ?? [...model.days.keys()][0]) }), true);
  const id = model.draft(place);
  showDay(day);
  drawing.itemOf(id).scrollIntoView({ block: "nearest", inline: "nearest" });
  return editor.open(id);
}

function copyToGap(id) {
  const entry = model.entry(id);
  const length = entry.start === null ? 0 : entry.end - entry.start;
  const place = length ? roomOn(entry.day, length) : { day: entry.day, start: null, end: null };
  if (place) dropped("copy", id, place);
  else announce(say("noRoom", { day: dayName(entry.day) }), true);
}

function toClock(id) {
  const entry = model.entry(id);
  const place = roomOn(entry.day, entry.minutes);
  if (place) dropped("place", id, place);
  else announce(say("noRoom", { day: dayName(entry.day) }), true);
}

const hideEvent = (event) => suggestions?.hide(event);
const editor = new Editor(page, model, drawing, { copy: copyToGap, remove, cut, hideEvent });

// What becomes of it ------------------------------------------------------------------------------------------------------
function tellState() {
  const line = page.querySelector(".timeline-foot [data-save-state]");
  const button = page.querySelector("[data-undo]");
  if (button) button.disabled = !model.canUndo;
  if (!line) return;
  const waiting = model.store.queue.length;
  if (waiting && model.outbox.trouble) saveState(line, "queued", sayCount("queued", waiting));
  else if (waiting) saveState(line, "saving", say("saving"));
  else if (model.refusals) saveState(line, "refused", sayCount("refused", model.refusals));
  else if (hasSaved) saveState(line, "saved", say("saved"));
  else saveState(line, "");
}

function tellTrouble() {
  const place = page.querySelector("[data-timeline-notices]");
  const { trouble, told } = model.outbox;
  const sentence = { offline: say("offline"), "signed-out": say("signedOut"), "other-member": told }[trouble];
  if (!sentence) return place.replaceChildren();
  const line = page.querySelector("[data-timeline-line]").content.firstElementChild.cloneNode(true);
  line.querySelector("[data-line-text]").textContent = sentence;
  const link = line.querySelector("[data-line-link]");
  link.hidden = trouble === "offline";
  link.href = `${page.dataset.signInUrl}?next=${encodeURIComponent(location.pathname)}`;
  return place.replaceChildren(line);
}

model.addEventListener("change", () => { suggestions?.note(); drawing.draw(); suggestions?.draw(); tellState(); });
for (const name of ["queued", "rest", "waiting"]) model.outbox.addEventListener(name, tellState);
model.outbox.addEventListener("trouble", () => { tellTrouble(); model.changed(); });
model.addEventListener("answered", ({ detail: { step, status, body } }) => {
  hasSaved ||= status === 200;
  tellState();
  channel?.postMessage({ change: step, status, body });
  if (status === 200) {
    if (body.told) toast({ text: body.told, kind: "info" });
    if (body.caution) toast({ text: body.caution, kind: "warning", keep: true });
    return;
  }
  const message = body?.message || say("refused");
  const held = step.moves.length === 1 && model.entry(step.moves[0].id)?.refusal;
  if (held) announce(message, true);
  else toast({ text: say("dropped", { reason: message }), kind: "error" });
});
channel?.addEventListener("message", ({ data }) => {
  model.outbox.follow(data);
  if (data.body?.days) model.take(data.body.days);
  if (data.change.moves.some((move) => move.event)) suggestions?.look();
  if (model.outbox.trouble) model.outbox.go();
});
model.store.onChangeElsewhere(() => model.changed());

/** The server's own page is fetched, and its word on the week taken over. @returns {Promise<"fresh" | "signed-out" | "offline">} */
async function renew() {
  let response;
  try {
    response = await fetch(location.href, { headers: { Accept: "text/html, application/json" }, signal: AbortSignal.timeout(15_000) });
  } catch {
    return "offline";
  }
  if (response.status === 401) return "signed-out";
  if (!response.ok) return "offline";
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  const its = fresh.querySelector("[data-timeline-page]");
  if (!its || its.dataset.week !== page.dataset.week || its.dataset.member !== page.dataset.member) return "signed-out";
  const token = fresh.querySelector('meta[name="csrf-token"]')?.content;
  if (token) document.querySelector('meta[name="csrf-token"]').content = token;
  const offered = fresh.getElementById("timeline-events");
  if (offered) suggestions?.take(JSON.parse(offered.textContent));
  model.take(JSON.parse(fresh.getElementById("timeline-data").textContent).days);
  seenAt = Date.now();
  return "fresh";
}

// Leaving, and coming back ---------------------------------------------------------------------------------------------------
function leave() {
  editor.commit();
  model.outbox.part();
}
addEventListener("pagehide", leave);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") return leave();
  suggestions?.refresh();
  if (Date.now() - seenAt > STALE && !model.store.queue.length) renew();
  return undefined;
});
addEventListener("pageshow", (event) => event.persisted && renew());
document.addEventListener("hours:changed", () => renew());

// Parts ------------------------------------------------------------------------------------------------------------------------
/** Choose the entry to be submitted, with others if one likes. */
function submit(entry) {
  if (!submission.choose(entry.id)) announce(say("nothingToSubmit"), true);
}
const submission = startSubmission(page, { outbox: model.outbox, commit: () => editor.commit(), unsaved: say("unsaved"), changed: renew });
/** An event of the calendar is taken up: a draft with its times and its title, and the details beside it. */
function acceptEvent(event) {
  const { key, day, start, end, title, note, calendar, like } = event;
  const { capacity } = model.days.get(day);
  const written = [...model.entries.values()].filter((entry) => entry.day === day).reduce((sum, entry) => sum + entry.minutes, 0);
  const place = start === null ? { day, start, end, minutes: Math.max(capacity - written, 0) || capacity || 450 } : { day, start, end };
  const id = model.draft(place, { note, event: { key, title, note, calendar, like } });
  showDay(day);
  drawing.itemOf(id).scrollIntoView({ block: "nearest", inline: "nearest" });
  return editor.open(id);
}
const suggestions = page.querySelector("[data-calendars]") && new Suggestions(page, model, drawing, { acceptEvent });
const doors = { submit, dropped, cut, askCut, remove, undo, toClock, tellLock };
new Dragging(page, model, drawing, zoom, doors);
startKeys(page, model, drawing, doors);
page.addEventListener("click", ({ target }) => {
  const gap = target.closest(".gap");
  if (gap) {
    const day = gap.closest(".timeline-day").dataset.date;
    return dropped("create", "", { day, start: Number(gap.dataset.gapStart), end: Number(gap.dataset.gapEnd) });
  }
  const block = target.closest(".entry-body");
  if (block) editor.open(block.closest("[data-entry]").dataset.entry);
  return undefined;
});
for (const [name, act] of [["[data-new-entry]", newEntry], ["[data-undo]", undo]]) {
  const button = page.querySelector(name);
  if (!button) continue;
  button.hidden = false;
  button.addEventListener("click", act);
}

function openAtTheRightTime() {
  const day = [...drawing.sections].find(([, section]) => section.checkVisibility())?.[0];
  if (narrow.matches) zoom.show(day === drawing.now.day ? drawing.now.minute : MORNING);
  else zoom.show(clamp(snap(6 * 60, 60), 0, DAY));
}
drawing.drawShifts();
drawing.draw();
suggestions?.start();
openAtTheRightTime();
for (const choice of page.querySelectorAll('[data-week-days] input[type="radio"]')) choice.addEventListener("change", () => openAtTheRightTime());
model.changed();
model.outbox.go();
const asked = new URLSearchParams(location.search).get("edit");
if (asked && model.entry(asked)) editor.open(asked);
page.dataset.ready = "";
