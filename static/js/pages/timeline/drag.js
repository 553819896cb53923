/**
 * Gestures of the pointer: drag on empty space makes an entry, its ends resize it, its body moves it, with Alt it is
 * copied; Shift-click cuts. Steps of 15 minutes, 5 with Alt while an end or new entry is drawn.
 *
 * A finger drags after resting; before that a swipe scrolls, also when it begins on an entry. A finger that rests and
 * lifts chooses the entry, which then shows ends wide enough for it. Whether it rested is told by the times of its own
 * events: a busy page may see the end of the rest late, or a swipe later than the rest would have ended.
 */
import { DAY, clamp, printTimes, snap } from "./times.js";
import { narrow } from "./zoom.js";
import { element } from "../../words.js";
import { hoursText } from "./draw.js";

const STEP = 15;
const FINE = 5;
const FAR = 4;
const REST = 380;
const STRAY = 9;
const EDGE = 48;

export class Dragging {
  /** @type {null | {kind: string, entry: object, id: string, ghost: HTMLElement, point: {x: number, y: number}, touch: boolean}} */
  #drag = null;
  #frame = 0;
  #auto = 0;
  #chosen = "";

  /**
   * @param {HTMLElement} page
   * @param {import("./model.js").Model} model
   * @param {import("./draw.js").Drawing} drawing
   * @param {import("./zoom.js").Zoom} zoom
   * @param {{dropped: (kind: string, id: string, place: object) => void, cut: (id: string, at: number) => void}} doors
   */
  constructor(page, model, drawing, zoom, doors) {
    Object.assign(this, { page, model, drawing, zoom, doors });
    this.bubble = element("div", { className: "drag-bubble" });
    this.bubble.setAttribute("aria-hidden", "true");
    const timeline = page.querySelector("[data-timeline]");
    timeline.addEventListener("pointerdown", (event) => this.#down(event));
    timeline.addEventListener("contextmenu", (event) => { if (this.touching || this.#drag) event.preventDefault(); });
    // Not passive, so that a finger that rested can drag; until then nothing is prevented and the page scrolls.
    timeline.addEventListener("touchmove", (event) => { if (this.#drag && event.cancelable) event.preventDefault(); }, { passive: false });
    document.addEventListener("pointerdown", ({ target }) => { if (!target.closest?.(`[data-entry="${this.#chosen}"]`)) this.choose(""); });
  }

  /** Show the wide ends of an entry, for fingers. */
  choose(id) {
    if (this.#chosen) this.drawing.itemOf(this.#chosen)?.removeAttribute("data-chosen");
    this.#chosen = id;
    if (id) this.drawing.itemOf(id)?.setAttribute("data-chosen", "");
  }

  #down(event) {
    if (event.button || this.#drag || this.model.readOnly || !event.isPrimary) return;
    const what = this.#what(event);
    if (!what) return;
    const touch = event.pointerType === "touch";
    if (event.shiftKey && what.kind === "move") {
      event.preventDefault();
      this.doors.cut(what.id, snap(this.zoom.minuteAt({ x: event.clientX, y: event.clientY }, what.track), event.altKey ? FINE : STEP));
      this.#swallowClick();
      return;
    }
    const start = { x: event.clientX, y: event.clientY };
    const listening = new AbortController();
    const on = (name, listener, target = window) => target.addEventListener(name, listener, { signal: listening.signal });
    let resting = 0;
    const stop = () => { clearTimeout(resting); listening.abort(); this.touching = false; };
    const begin = (now) => {
      this.#drag = { ...what, touch, alt: now.altKey, point: start, from: start, pointer: event.pointerId };
      this.#begin();
    };
    const mustRest = touch && !what.handle;
    const hasRested = (moved) => moved.timeStamp - event.timeStamp >= REST;
    this.touching = touch;
    if (mustRest) {
      resting = setTimeout(() => { begin(event); navigator.vibrate?.(10); }, REST);
    }
    on("pointermove", (moved) => {
      if (moved.pointerId !== event.pointerId) return;
      const far = Math.hypot(moved.clientX - start.x, moved.clientY - start.y);
      if (mustRest && far > STRAY && !this.#drag?.moved && !hasRested(moved)) {
        stop();
        this.#end();
        return;
      }
      if (!this.#drag) {
        if (far < (mustRest ? STRAY : FAR)) return;
        begin(moved);
      }
      this.#drag.point = { x: moved.clientX, y: moved.clientY };
      this.#drag.moved ||= far >= FAR;
      this.#drag.alt = moved.altKey;
      this.#frame ||= requestAnimationFrame(() => this.#show());
    });
    on("pointerup", (up) => {
      if (up.pointerId !== event.pointerId) return;
      stop();
      if (!this.#drag) return;
      this.#drag.point = { x: up.clientX, y: up.clientY };
      this.#show(); // where it is let go, not where the last frame drew it
      this.#drop();
    });
    // A second finger means to zoom.
    on("touchstart", (down) => { if (down.touches.length > 1) { stop(); this.#end(); } });
    on("pointercancel", (gone) => {
      if (gone.pointerId !== event.pointerId) return;
      stop();
      this.#end();
    });
    on("keydown", (key) => {
      if (key.key === "Alt" && this.#drag) { this.#drag.alt = true; this.#frame ||= requestAnimationFrame(() => this.#show()); }
      if (key.key !== "Escape" || !this.#drag) return;
      key.preventDefault();
      key.stopPropagation();
      stop();
      this.#end();
      this.#swallowClick();
    });
  }

  /** What a gesture here would be about. */
  #what({ target, clientX: x, clientY: y }) {
    const item = target.closest("[data-entry]");
    const section = target.closest(".timeline-day");
    if (!section || target.closest(".gap, .event-offer")) return null;
    const track = section.querySelector("[data-track]");
    if (item) {
      const entry = this.model.entry(item.dataset.entry);
      const handle = target.closest("[data-handle]")?.dataset.handle;
      if (!entry) return null;
      const grabbed = this.zoom.minuteAt({ x, y }, track) - (entry.start ?? 0);
      if (entry.start === null) return this.drawing.isLocked(entry) ? null : { kind: "place", id: entry.id, entry, track, grabbed: 0 };
      return { kind: handle ? `resize-${handle}` : "move", id: entry.id, entry, track, grabbed, handle: Boolean(handle), locked: this.drawing.isLocked(entry) };
    }
    if (!target.closest("[data-track]") || this.model.days.get(section.dataset.date).lock) return null;
    return { kind: "create", id: "", entry: null, track, day: section.dataset.date, origin: this.zoom.minuteAt({ x, y }, track) };
  }

  #begin() {
    const drag = this.#drag;
    getSelection()?.removeAllRanges();
    // The pointer is the timeline's until it lifts: nothing under it has to be looked for at each step.
    this.page.querySelector("[data-timeline]").setPointerCapture(drag.pointer);
    drag.ghost = element("li", { inert: true });
    document.body.append(this.bubble);
    this.page.setAttribute("data-dragging", drag.kind);
    this.#auto = requestAnimationFrame(() => this.#scrollAtEdge());
    this.#show();
  }

  /** Where the entry would lie, and whether that makes a copy. */
  #wanted() {
    const { kind, entry, point, track, grabbed, alt, day, origin } = this.#drag;
    const step = alt && kind !== "move" ? FINE : STEP;
    const under = this.#dayAt(point) ?? entry?.day ?? day;
    const minute = this.zoom.minuteAt(point, track);
    if (kind === "create") {
      const [a, b] = [snap(clamp(origin, 0, DAY), step), snap(clamp(minute, 0, DAY), step)];
      const first = Math.min(Math.floor(clamp(origin, 0, DAY - step) / step) * step, b);
      return { day, start: first, end: Math.max(a, b, first + step) };
    }
    if (kind === "resize-end") return { day: entry.day, start: entry.start, end: clamp(snap(minute, step), entry.start + FINE, DAY) };
    if (kind === "resize-start") return { day: entry.day, start: clamp(snap(minute, step), 0, entry.end - FINE), end: entry.end };
    if (this.#overBare(point)) return { day: under, start: null, end: null, minutes: entry.minutes };
    const length = kind === "place" ? entry.minutes : entry.end - entry.start;
    const start = clamp(snap(minute - grabbed, step), 0, DAY - length);
    return { day: under, start, end: start + length };
  }

  #show() {
    this.#frame = 0;
    const drag = this.#drag;
    if (!drag) return;
    const place = (drag.place = this.#wanted());
    drag.copies = drag.kind === "move" && drag.alt;
    if (drag.locked && !drag.copies) { this.page.setAttribute("data-dragging", "locked"); drag.place = null; drag.ghost.remove(); this.bubble.hidden = true; return; }
    this.page.setAttribute("data-dragging", drag.copies ? "copy" : drag.kind);
    this.bubble.hidden = false;
    const lifted = drag.id ? this.drawing.itemOf(drag.id) : null;
    lifted?.toggleAttribute("data-lifted", !drag.copies);
    const minutes = place.start === null ? place.minutes : this.model.settle({ ...drag.entry, ...(drag.copies && { lunch: 0 }), ...place }).minutes;
    const shown = { ...(drag.entry ?? { id: "", color: 12, project: "", work: "", on: "", note: "", canBill: true, billable: true, lock: null }), ...place, minutes, lock: null, sign: drag.entry?.on ? "" : "draft" };
    const signature = JSON.stringify(place);
    if (signature !== drag.shown) {
      drag.shown = signature;
      if (drag.drawn === minutes) this.drawing.place(drag.ghost, shown);
      else this.drawing.fillItem(drag.ghost, shown);
      drag.drawn = place.start === null ? null : minutes;
      drag.ghost.setAttribute("data-ghost", "");
      const section = this.drawing.sections.get(place.day);
      const list = section.querySelector(place.start === null ? "[data-bare]" : "[data-entries]");
      drag.list = list;
      this.bubble.textContent = place.start === null ? hoursText(minutes) : `${printTimes(place.start, place.end)} · ${hoursText(minutes)}`;
    }
    if (drag.ghost.parentElement !== drag.list) drag.list.append(drag.ghost); // also when an answer drew the list anew
    this.bubble.style.setProperty("translate", `${clamp(drag.point.x - 60, 8, innerWidth - 150)}px ${clamp(drag.point.y - (drag.touch ? 76 : 44), 8, innerHeight - 40)}px`);
  }

  #dayAt({ x, y }) {
    if (narrow.matches) {
      const label = document.elementsFromPoint(x, y).map((over) => over.closest(".day-strip label")).find(Boolean);
      return label ? this.page.querySelector(`.timeline-day[data-day="${label.querySelector("input").value}"]`).dataset.date : null;
    }
    for (const [day, section] of this.drawing.sections) {
      const box = section.getBoundingClientRect();
      if (y >= box.top && y < box.bottom && !this.model.days.get(day).lock) return day;
    }
    return null;
  }

  #overBare({ x }) {
    if (narrow.matches || !["move", "place"].includes(this.#drag.kind)) return false;
    const timeline = this.page.querySelector("[data-timeline]");
    return timeline.hasAttribute("data-any-bare") && x < timeline.getBoundingClientRect().left + this.zoom.side;
  }

  /** A drag at the edge goes on: the timeline scrolls under it. */
  #scrollAtEdge() {
    if (!this.#drag) return;
    const { x, y } = this.#drag.point;
    const box = this.zoom.scroller.getBoundingClientRect();
    const pull = (at, low, high) => (at < low + EDGE ? at - low - EDGE : at > high - EDGE ? at - high + EDGE : 0) / 5;
    const down = narrow.matches ? pull(y, 72, innerHeight - 64) : pull(y, box.top + 32, box.bottom);
    const across = narrow.matches || this.#drag.kind === "place" ? 0 : pull(x, box.left + this.zoom.side, box.right);
    if (this.#drag.moved && (down || across)) {
      (narrow.matches ? window : this.zoom.scroller).scrollBy(across, down);
      this.#frame ||= requestAnimationFrame(() => this.#show());
    }
    this.#auto = requestAnimationFrame(() => this.#scrollAtEdge());
  }

  #drop() {
    const { kind, id, place, copies, moved, touch, entry } = this.#drag;
    this.#end();
    this.#swallowClick();
    if (touch && !moved && id) return this.choose(id);
    if (!place || (!moved && !touch)) return undefined;
    const same = entry && ["day", "start", "end"].every((name) => entry[name] === place[name]);
    if (same) return undefined;
    // After the browser has closed what the pointer left: the popover of a new entry opens in answer.
    return setTimeout(() => {
      this.doors.dropped(copies ? "copy" : kind, id, place);
      if (touch && id && !copies) this.choose(id);
    });
  }

  #end() {
    const drag = this.#drag;
    this.#drag = null;
    cancelAnimationFrame(this.#auto);
    if (!drag) return;
    drag.ghost.remove();
    this.bubble.remove();
    this.page.removeAttribute("data-dragging");
    if (drag.id) this.drawing.itemOf(drag.id)?.removeAttribute("data-lifted");
  }

  /** The click that follows a drag opens nothing. */
  #swallowClick() {
    const swallow = (click) => { click.preventDefault(); click.stopPropagation(); };
    addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => removeEventListener("click", swallow, { capture: true }), 60);
  }
}
