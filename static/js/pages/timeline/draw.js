/** Draws what the model holds: blocks on the clock, hours without times, gaps, sums, and the line of now. */
import { REMARKS, element, icon, language } from "../../words.js";
import { printHours } from "../../durations.js";
import { writeBalance, writeOver } from "../week/balance.js";
import { nowIn, printTime, printTimes } from "./times.js";
import { say } from "./words.js";
import { narrow } from "./zoom.js";

const SHORTEST_GAP = 15;
const LONGEST_GAP = 180;
/** Pixels under the entries that an event of the calendar takes there (calendars.css). */
const STRIP = 22;
/** The signs of entries that are on their way to approval, or came back. */
const SENT = { submitted: "send", rejected: "undo" };

export const hoursText = (minutes) => printHours(minutes, language);

export const timesOf = (entry) => (entry.start === null ? "" : printTimes(entry.start, entry.end));

/** How an entry is called in a sentence. */
export function nameOf(entry) {
  const said = { project: entry.project || say("newEntry"), work: entry.work || say("draft"), times: timesOf(entry), hours: hoursText(entry.minutes) };
  return say(entry.start === null ? "entryBare" : "entry", said);
}

/** Overlapping entries share the row: each gets a lane, and learns how many there are. */
export function lanesOf(entries) {
  const placed = new Map();
  let group = [];
  let lanes = [];
  let end = -1;
  const close = () => { for (const entry of group) placed.get(entry.id).lanes = lanes.length; };
  for (const entry of entries) {
    if (entry.start >= end) { close(); group = []; lanes = []; }
    let lane = lanes.findIndex((busy) => busy <= entry.start);
    if (lane < 0) lane = lanes.push(0) - 1;
    lanes[lane] = entry.end;
    end = Math.max(end, entry.end);
    placed.set(entry.id, { lane, lanes: 1 });
    group.push(entry);
  }
  close();
  return placed;
}

/** Minutes of the day that more than one entry claims. */
function overlapOf(entries) {
  let [end, twice] = [-1, 0];
  for (const entry of entries) {
    twice += Math.max(0, Math.min(entry.end, end) - entry.start);
    end = Math.max(end, entry.end);
  }
  return twice;
}

/** Times between two entries in which nothing is written. */
export function gapsOf(entries) {
  const gaps = [];
  let end = null;
  for (const entry of entries) {
    const long = end === null ? 0 : entry.start - end;
    if (long >= SHORTEST_GAP && long <= LONGEST_GAP) gaps.push({ start: end, end: entry.start });
    end = Math.max(end ?? 0, entry.end);
  }
  return gaps;
}

/** What of a span no entry covers. */
export function freeOf(span, entries) {
  const free = [];
  let from = span.start;
  for (const { start, end } of entries) {
    if (start > from && from < span.end) free.push({ start: from, end: Math.min(start, span.end) });
    from = Math.max(from, end);
  }
  return from < span.end ? [...free, { start: from, end: span.end }] : free;
}

const lunchOf = (entry) => (entry.lunch ? say("lunchDeducted", { minutes: entry.lunch }) : "");

export class Drawing {
  /** @type {Map<string, {item: HTMLElement, drawn: string, entry: object, lane: object | null}>} by id */
  #items = new Map();

  /**
   * @param {HTMLElement} page
   * @param {import("./model.js").Model} model
   */
  constructor(page, model) {
    this.page = page;
    this.model = model;
    this.sections = new Map([...page.querySelectorAll(".timeline-day")].map((section) => [section.dataset.date, section]));
    this.now = nowIn(model.zone);
    this.line = element("div", { className: "now-line" }, element("span"));
    this.line.setAttribute("aria-hidden", "true");
    /** What the calendars offer on a day: spans that are no gaps. suggestions.js says. */
    this.offered = (_day) => ({ timed: [], whole: 0 });
    setInterval(() => this.tick(), 15_000);
  }

  blockOf(id) {
    return this.#items.get(id)?.item.querySelector(".entry-body") ?? null;
  }

  itemOf(id) {
    return this.#items.get(id)?.item ?? null;
  }

  /** The entries of a day that have times, by start. */
  onClock(day) {
    return [...this.model.entries.values()].filter((entry) => entry.day === day && entry.start !== null).sort((a, b) => a.start - b.start || a.end - b.end);
  }

  draw() {
    const focused = document.activeElement?.closest?.("[data-entry]")?.dataset.entry;
    const gone = new Set(this.#items.keys());
    const byDay = new Map([...this.sections.keys()].map((day) => [day, { timed: [], bare: [] }]));
    for (const entry of this.model.entries.values()) {
      gone.delete(entry.id);
      byDay.get(entry.day)?.[entry.start === null ? "bare" : "timed"].push(entry);
    }
    for (const id of gone) { this.#items.get(id).item.remove(); this.#items.delete(id); }
    let anyBare = false;
    for (const [day, { timed, bare }] of byDay) {
      timed.sort((a, b) => a.start - b.start || a.end - b.end);
      this.#drawDay(day, timed, bare);
      anyBare ||= bare.length > 0 || this.offered(day).whole > 0;
    }
    this.page.querySelector("[data-timeline]").toggleAttribute("data-any-bare", anyBare);
    const empty = this.page.querySelector("[data-timeline-empty]");
    if (empty) empty.hidden = this.#items.size > 0;
    this.#drawSums(byDay);
    this.fit();
    this.tick();
    if (focused && this.#items.has(focused) && document.activeElement === document.body) this.blockOf(focused).focus({ preventScroll: true });
  }

  #drawDay(day, timed, bare) {
    const section = this.sections.get(day);
    const lanes = lanesOf(timed);
    const most = Math.max(1, ...[...lanes.values()].map(({ lanes: count }) => count));
    section.style.setProperty("--lanes-of-day", most);
    const list = section.querySelector("[data-entries]");
    this.#fill(list, timed.map((entry) => this.#item(entry, lanes.get(entry.id))));
    const stack = section.querySelector("[data-bare]");
    stack.hidden = bare.length === 0;
    this.#fill(stack, bare.map((entry) => this.#item(entry, null)));
    this.#drawLunch(section, day, timed);
    this.#drawGaps(section, day, timed);
    const overlap = overlapOf(timed);
    const told = section.querySelector("[data-overlap]");
    told.hidden = overlap === 0;
    const text = overlap ? say("overlap", { hours: hoursText(overlap) }) : "";
    if (told.textContent !== text) told.replaceChildren(...(overlap ? [icon("alert", "icon-small"), text] : []));
  }

  #fill(list, items) {
    items.forEach((item, index) => { if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null); });
    while (list.children.length > items.length) list.lastElementChild.remove();
  }

  #item(entry, lane) {
    const kept = this.#items.get(entry.id);
    const drawn = JSON.stringify([entry, lane, this.#isPlanned(entry)]);
    if (kept?.drawn === drawn) return kept.item;
    const item = kept?.item ?? element("li");
    this.#items.set(entry.id, { item, drawn, entry, lane });
    this.fillItem(item, entry, lane);
    return item;
  }

  /** Write an entry into its element; also the ghost of a drag is one. */
  fillItem(item, entry, lane = null) {
    const timed = entry.start !== null;
    item.className = timed ? "entry" : "entry-chip";
    item.dataset.entry = entry.id;
    item.dataset.color = entry.color;
    item.dataset.kind = this.#isPlanned(entry) ? "planned" : "logged";
    item.dataset.sign = entry.sign ?? "";
    item.toggleAttribute("data-absence", Boolean(entry.absence));
    item.toggleAttribute("data-locked", this.isLocked(entry));
    item.toggleAttribute("data-overlaps", (lane?.lanes ?? 1) > 1);
    this.place(item, entry, lane);
    const body = item.querySelector(":scope > .entry-body") ?? item.appendChild(this.#body());
    body.replaceChildren(...this.#words(entry, lane));
    body.title = [entry.project, entry.work, entry.customer, timesOf(entry), lunchOf(entry), entry.note, entry.remark?.text].filter(Boolean).join(" · ");
    const handles = item.querySelectorAll(".entry-handle");
    if (timed && !this.isLocked(entry) && !this.model.readOnly) {
      if (!handles.length) item.append(...["start", "end"].map((side) => {
        const handle = element("span", { className: "entry-handle", ariaHidden: "true" });
        handle.dataset.handle = side;
        return handle;
      }));
    } else {
      handles.forEach((handle) => handle.remove());
    }
  }

  place(item, entry, lane = null) {
    item.style.setProperty("--start", entry.start ?? 0);
    item.style.setProperty("--minutes", entry.start === null ? entry.minutes : entry.end - entry.start);
    item.style.setProperty("--lane", lane?.lane ?? 0);
    item.style.setProperty("--lanes", lane?.lanes ?? 1);
  }

  /** Say on each block what there is room for; only what crossed a step is written. */
  fit() {
    const tracks = [...this.sections].map(([day, section]) => [day, section.querySelector("[data-track]")]).filter(([, track]) => track.checkVisibility());
    const sizes = new Map(tracks.map(([day, track]) => [day, { wide: track.clientWidth, high: track.clientHeight - STRIP * Number(this.sections.get(day).style.getPropertyValue("--strips")) }]));
    for (const { item, entry, lane } of this.#items.values()) {
      const size = sizes.get(entry.day);
      if (!size || entry.start === null) continue;
      const long = (entry.end - entry.start) / 1440;
      const share = 1 / (lane?.lanes ?? 1);
      const [wide, high] = narrow.matches ? [size.wide * share, size.high * long] : [size.wide * long, (size.high - 16) * share];
      write(item, "fit", step(wide, [34, 52, 74, 90]));
      write(item, "low", step(high, [47, 63]));
    }
  }

  isLocked(entry) {
    return Boolean(entry.lock) || Boolean(this.model.days.get(entry.day)?.lock);
  }

  #body() {
    const body = element("button", { type: "button", className: "entry-body" });
    body.setAttribute("aria-haspopup", "dialog");
    body.setAttribute("aria-describedby", "timeline-hint");
    return body;
  }

  #words(entry, lane) {
    const signs = { refused: "alert", queued: "clock", saving: "sync", draft: "edit" };
    const said = [];
    if (entry.sign === "refused") said.push(say("notSaved"));
    if (entry.absence) said.push(say("absence", { kind: entry.absence }));
    if (this.isLocked(entry)) said.push(say("locked"));
    else if (SENT[entry.state]) said.push(say(entry.state));
    if (this.#isPlanned(entry)) said.push(say("planned"));
    if ((lane?.lanes ?? 1) > 1) said.push(say("overlaps"));
    if (entry.lunch) said.push(lunchOf(entry));
    if (entry.note) said.push(say("hasNote"));
    if (entry.remark?.text) said.push(entry.remark.text);
    if (entry.canBill && !entry.billable) said.push(say("notBillable"));
    const foot = element("span", { className: "entry-foot" }, element("b", {}, say("hours", { hours: hoursText(entry.minutes) })), entry.lunch ? this.#lunchNote(entry) : "",
      entry.absence ? icon("absence") : "", signs[entry.sign] ? icon(signs[entry.sign], "entry-sign") : "",
      this.isLocked(entry) ? icon(entry.state === "ordered" ? "orders" : "lock") : SENT[entry.state] ? icon(SENT[entry.state]) : "", entry.note ? icon("note") : "", entry.remark?.sign ? this.#remarkSign(entry.remark.sign) : "");
    const work = element("span", { className: "entry-work" }, entry.on ? [entry.task, entry.work].filter(Boolean).join(" · ") : say("draft"));
    const times = `${timesOf(entry)}${said.length ? `, ${said.join(", ")}` : ""}`;
    return [element("span", { className: "entry-project" }, entry.on ? entry.project : say("newEntry")), work, foot, element("span", { className: "only-read-aloud" }, ` ${times}`)];
  }

  #remarkSign(sign) {
    const place = element("span", { className: "remark-sign" }, icon(REMARKS[sign]));
    place.dataset.remark = sign;
    return place;
  }

  #lunchNote(entry) {
    const note = element("span", { className: "entry-lunch" }, lunchOf(entry));
    note.setAttribute("aria-hidden", "true"); // read aloud with the times
    return note;
  }

  /** The lunch of a working day, where nothing is written (P20). */
  #drawLunch(section, day, timed) {
    const { lunch } = this.model.days.get(day);
    const track = section.querySelector("[data-track]");
    const free = lunch ? freeOf(lunch, timed) : [];
    const signature = JSON.stringify(free);
    if ((track.dataset.lunch ?? "[]") === signature) return;
    track.dataset.lunch = signature;
    track.querySelectorAll(":scope > .lunch-band").forEach((band) => band.remove());
    track.prepend(...free.map(({ start, end }) => {
      const band = element("div", { className: "lunch-band" }, element("span", {}, say("lunch")), element("span", { className: "only-read-aloud" }, ` ${printTimes(start, end)}`));
      band.style.setProperty("--start", start);
      band.style.setProperty("--minutes", end - start);
      return band;
    }));
  }

  #drawGaps(section, day, timed) {
    const track = section.querySelector("[data-track]");
    const open = !this.model.readOnly && !this.model.days.get(day).lock && day <= this.now.day;
    const { lunch } = this.model.days.get(day);
    const written = open ? gapsOf(timed) : [];
    const taken = [...(lunch ? [lunch] : []), ...this.offered(day).timed].sort((a, b) => a.start - b.start);
    const gaps = taken.length ? written.flatMap((gap) => freeOf(gap, taken)).filter(({ start, end }) => end - start >= SHORTEST_GAP) : written;
    const signature = JSON.stringify(gaps);
    if (track.dataset.gaps === signature) return;
    track.dataset.gaps = signature;
    track.querySelectorAll(":scope > .gap").forEach((gap) => gap.remove());
    track.append(...gaps.map(({ start, end }) => {
      const gap = element("button", { type: "button", className: "gap", tabIndex: -1 }, icon("plus", "icon-small"));
      gap.setAttribute("aria-label", say("gap", { from: printTime(start), to: printTime(end) }));
      Object.assign(gap.dataset, { gapStart: start, gapEnd: end });
      gap.style.setProperty("--start", start);
      gap.style.setProperty("--minutes", end - start);
      return gap;
    }));
  }

  /** The hour that the change of clock leaves out or repeats. */
  drawShifts() {
    for (const [day, { shift }] of this.model.days) {
      if (!shift) continue;
      const [from, to] = (shift.minutes < 0 ? [shift.start, shift.end] : [shift.end, shift.start]).map(printTime);
      const short = element("span", {}, `${from} → ${to}`);
      short.setAttribute("aria-hidden", "true");
      const mark = element("div", { className: "clock-shift" }, short, element("span", { className: "only-read-aloud" }, say("noSuchTime", { from, to })));
      mark.style.setProperty("--start", shift.start);
      mark.style.setProperty("--minutes", shift.end - shift.start);
      this.sections.get(day).querySelector("[data-track]").prepend(mark);
    }
  }

  #drawSums(byDay) {
    let all = 0;
    for (const [day, { timed, bare }] of byDay) {
      const minutes = [...timed, ...bare].filter((entry) => entry.sign !== "draft").reduce((sum, entry) => sum + entry.minutes, 0);
      all += minutes;
      const section = this.sections.get(day);
      for (const place of this.page.querySelectorAll(`[data-day-sum="${section.dataset.day}"]`)) this.#write(place, minutes);
      const { capacity } = this.model.days.get(day);
      for (const bar of this.page.querySelectorAll(`[data-day-bar="${section.dataset.day}"]`)) bar.setAttribute("width", share(minutes, capacity));
      writeOver(this.page, section.dataset.day, minutes, capacity);
    }
    this.page.querySelector("[data-week-sum]").textContent = hoursText(all);
    const bar = this.page.querySelector("[data-week-bar]");
    bar.setAttribute("width", share(all, Number(bar.dataset.capacity)));
    writeBalance(this.page, all, Number(bar.dataset.capacity));
  }

  #write(place, minutes) {
    if (minutes) place.textContent = hoursText(minutes);
    else place.replaceChildren(element("span", { className: "nothing" }), element("span", { className: "only-read-aloud" }, "0"));
  }

  #isPlanned(entry) {
    const { day, minute } = this.now;
    return entry.day > day || (entry.day === day && entry.start !== null && entry.start > minute);
  }

  /** The line of now, and what has become of the past meanwhile (P18). */
  tick() {
    const now = nowIn(this.model.zone);
    const moved = now.minute !== this.now.minute || now.day !== this.now.day;
    this.now = now;
    for (const [day, section] of this.sections) {
      if (day === now.day) section.setAttribute("aria-current", "date");
      else section.removeAttribute("aria-current");
    }
    const track = this.sections.get(now.day)?.querySelector("[data-track]");
    if (!track) return this.line.remove();
    this.line.style.setProperty("--start", now.minute);
    this.line.firstElementChild.textContent = printTime(now.minute);
    if (this.line.parentElement !== track) track.append(this.line);
    if (moved) this.draw();
    return undefined;
  }
}

const share = (minutes, capacity) => `${capacity ? Math.min(100, Math.floor((minutes * 100) / capacity)) : 0}%`;

/** 1 below the first bound, 2 below the second, and so on; "" above all. */
const step = (value, bounds) => { const at = bounds.findIndex((bound) => value < bound); return at < 0 ? "" : String(at + 1); };

function write(item, name, value) {
  if ((item.dataset[name] ?? "") === value) return;
  if (value) item.dataset[name] = value;
  else delete item.dataset[name];
}
