/**
 * The cells of the page: what is saved in each, what stands in it, and how it looks.
 *
 * A cell is its [data-hours-cell]; the server writes data-minutes, data-revision, data-label and the hidden note, and
 * answers of the server are written back into the same places. data-cell-state is "", saving, saved, queued, refused.
 */
import { REMARKS, element, icon, language } from "../../words.js";
import { parseHours, printHours } from "../../durations.js";
import { partsOf } from "./carrier.js";
import { say } from "./words.js";

const SIGNS = { saving: "sync", saved: "tick", queued: "clock", refused: "alert" };
const SAVED_STAYS = 1_800;
const SAVING_SHOWS = 150;

export const week = /** @type {HTMLElement} */ (document.querySelector(".week[data-week]"));
export const grid = () => week.querySelector("[data-week-grid]");

/** @type {WeakMap<HTMLElement, {timer: number, unsaved: boolean}>} */
const notes = new WeakMap();
const memory = (cell) => {
  if (!notes.has(cell)) notes.set(cell, { timer: 0, unsaved: false });
  return notes.get(cell);
};

export const allCells = () => /** @type {HTMLElement[]} */ ([...week.querySelectorAll("[data-hours-cell]")]);

/** @param {string} key @returns {HTMLElement | null} */
export const cellOf = (key) => week.querySelector(`[data-hours-cell="${CSS.escape(key)}"]`);

/** @param {HTMLElement} cell @returns {HTMLInputElement | null} null when the cell is locked, closed or read-only */
export const inputOf = (cell) => cell.querySelector("input.hours-input");

export const keyOf = (cell) => cell.dataset.hoursCell;

export { partsOf };

export const savedMinutes = (cell) => Number(cell.dataset.minutes);
export const savedText = (cell) => (savedMinutes(cell) ? printHours(savedMinutes(cell), language) : "");
/** @returns {{billable: boolean, billed: string}} "" bills all of the hours; what has no hours yet follows its row */
export function savedBilling(cell) {
  const { billable, billed } = cell.dataset;
  return { billable: billable ? billable === "true" : canBill(cell), billed: billed ?? "" };
}
export const canBill = (cell) => cell.closest("[data-row]").hasAttribute("data-can-bill");
export const savedNote = (cell) => cell.dataset.noteText ?? "";

/** Whether the field says something else than what is saved: "7:30" is no change of 7,5. */
export function isDirty(cell) {
  const input = inputOf(cell);
  return input !== null && parseHours(input.value) !== savedMinutes(cell);
}

/** Minutes for the sums: what stands in the field where it can be read, else what is saved. */
export function shownMinutes(cell) {
  const input = inputOf(cell);
  const minutes = input && !input.hasAttribute("aria-invalid") ? parseHours(input.value) : null;
  return minutes ?? savedMinutes(cell);
}

/** Write what the server says the cell holds. The field is left alone while somebody writes in it. */
export function adopt(cell, present, { keepField = false } = {}) {
  cell.dataset.minutes = String(present.minutes);
  cell.dataset.revision = present.revision;
  cell.dataset.state = present.state;
  cell.dataset.entries = String(present.entries);
  cell.dataset.billable = present.billable === null ? "" : String(present.billable);
  showBilled(cell, present.billed);
  setNote(cell, present.note);
  if (present.remark) showRemark(cell, present.remark);
  const input = inputOf(cell);
  if (input && !keepField) input.value = present.text;
  const base = cell.querySelector('input[name^="base-"]');
  if (base) base.value = `${present.revision}/${present.minutes}`;
}

/** @param {string} billed  the hours it is written down to, "" for all */
export function showBilled(cell, billed) {
  cell.dataset.billed = billed;
  const place = cell.querySelector("[data-billed-text]");
  if (place) place.textContent = billed ? say("billed", { hours: billed }) : "";
}

export function setNote(cell, note) {
  cell.dataset.noteText = note;
  cell.toggleAttribute("data-note", note !== "");
  const place = cell.querySelector("[data-note-text]");
  if (place) place.textContent = note ? say("note", { note }) : "";
}

/** What there is to know of the hours: a sign in the corner, the sentence for who asks and who listens. */
function showRemark(cell, { sign, text }) {
  const place = cell.querySelector(".cell-remark");
  place.dataset.remark = sign;
  place.hidden = !sign;
  place.title = text;
  place.replaceChildren(...(sign ? [icon(REMARKS[sign])] : []));
  cell.querySelector("[data-remark-text]").textContent = text;
}

/** Into the place of a popover, which hides while there is nothing to know. */
export function tellRemark(place, cell) {
  place.textContent = cell.querySelector("[data-remark-text]").textContent;
  place.dataset.remark = cell.querySelector(".cell-remark").dataset.remark;
  place.hidden = !place.textContent;
}

/** Show what became of the cell. "saving" waits a moment, so that a quick answer does not flicker. */
export function mark(cell, state, message = "") {
  const kept = memory(cell);
  clearTimeout(kept.timer);
  cell.querySelector(".cell-message")?.remove();
  const input = inputOf(cell);
  if (input) describe(cell, input, message);
  const draw = () => {
    if (state) cell.dataset.cellState = state;
    else delete cell.dataset.cellState;
    cell.querySelector(":scope > .icon")?.remove();
    if (SIGNS[state]) cell.prepend(icon(SIGNS[state]));
  };
  if (state === "saving") kept.timer = setTimeout(draw, SAVING_SHOWS);
  else draw();
  if (state === "saved") kept.timer = setTimeout(() => mark(cell, ""), SAVED_STAYS);
}

function describe(cell, input, message) {
  const id = `message-${keyOf(cell)}`;
  const others = (input.getAttribute("aria-describedby") ?? "").split(" ").filter((name) => name && name !== id);
  input.setAttribute("aria-describedby", (message ? [id, ...others] : others).join(" "));
  if (message) {
    input.setAttribute("aria-invalid", "true");
    cell.append(element("p", { className: "cell-message", id }, message));
  } else {
    input.removeAttribute("aria-invalid");
  }
}

/** A quiet word beside the cell that is no mistake: what a save did beyond what was asked. */
export function tell(cell, sentence) {
  const line = element("p", { className: "cell-message cell-notice" }, sentence);
  cell.querySelector(".cell-message")?.remove();
  cell.append(line);
  setTimeout(() => line.remove(), 8_000);
}

/** The notes come as text for screen readers, "Note: …"; the bare text is read off it once. */
export function readNotes() {
  const [before, after] = say("note", { note: "\u0000" }).split("\u0000");
  for (const cell of allCells()) {
    if (cell.dataset.noteText !== undefined) continue;
    const told = cell.querySelector("[data-note-text]")?.textContent ?? "";
    cell.dataset.noteText = told ? told.slice(before.length, told.length - after.length) : "";
  }
}
