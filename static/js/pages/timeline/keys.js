/** A key for every gesture: on a block of the clock, or on hours without a time. */
import { DAY, clamp } from "./times.js";
import { narrow } from "./zoom.js";
import { isTyping } from "../../keys.js";

const STEP = 15;
const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

/**
 * @param {HTMLElement} page
 * @param {import("./model.js").Model} model
 * @param {import("./draw.js").Drawing} drawing
 * @param {object} doors  dropped, cut, remove, undo, toClock
 */
export function startKeys(page, model, drawing, doors) {
  const days = [...model.days.keys()];
  const dayBy = (day, by) => days[days.indexOf(day) + by] ?? null;

  /** Along the clock and along the days: on a phone the clock goes down. */
  const axes = (key) => {
    const along = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    return narrow.matches ? [along[1], along[0]] : along;
  };

  const move = (entry, [clock, day]) => {
    const to = day ? dayBy(entry.day, day) : entry.day;
    if (!to) return;
    if (entry.start === null) {
      if (day) doors.dropped("place", entry.id, { day: to, start: null, end: null });
      else doors.toClock(entry.id);
      return;
    }
    const length = entry.end - entry.start;
    const start = clamp(entry.start + clock * STEP, 0, DAY - length);
    doors.dropped("move", entry.id, { day: to, start, end: start + length });
  };

  const resize = (entry, [clock, day]) => {
    if (entry.start === null) return;
    if (clock) doors.dropped("resize-end", entry.id, { day: entry.day, start: entry.start, end: clamp(entry.end + clock * STEP, entry.start + 5, DAY) });
    else doors.dropped("resize-start", entry.id, { day: entry.day, start: clamp(entry.start + day * STEP, 0, entry.end - 5), end: entry.end });
  };

  const copy = (entry, [clock, day]) => {
    const to = day ? dayBy(entry.day, day) : entry.day;
    if (!to) return;
    if (entry.start === null) { if (day) doors.dropped("copy", entry.id, { day: to, start: null, end: null }); return; }
    const length = entry.end - entry.start;
    const start = clamp(entry.start + clock * length, 0, DAY - length);
    doors.dropped("copy", entry.id, { day: to, start, end: start + length });
  };

  page.addEventListener("keydown", (event) => {
    const block = event.target.closest?.(".entry-body");
    if (!block || event.isComposing || event.ctrlKey || event.metaKey || model.readOnly) return;
    const entry = model.entry(block.closest("[data-entry]").dataset.entry);
    if (!entry) return;
    const { key } = event;
    if (key.startsWith("Arrow")) {
      event.preventDefault();
      const act = event.altKey ? copy : event.shiftKey ? resize : move;
      if (act !== copy && drawing.isLocked(entry)) doors.tellLock(entry);
      else act(entry, axes(key));
    } else if (event.altKey) {
      return;
    } else if (key === "x" || key === "X") {
      event.preventDefault();
      if (drawing.isLocked(entry)) doors.tellLock(entry);
      else doors.askCut(entry.id);
    } else if (key === "s" || key === "S") {
      event.preventDefault();
      doors.submit(entry);
    } else if (key === "Delete" || key === "Backspace") {
      event.preventDefault();
      if (drawing.isLocked(entry)) doors.tellLock(entry);
      else doors.remove(entry.id);
    }
  });

  document.addEventListener("keydown", (event) => {
    const chord = isMac ? event.metaKey : event.ctrlKey;
    if (!chord || event.shiftKey || event.altKey || event.key.toLowerCase() !== "z" || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    doors.undo();
  });
}
