/** The keys of the grid, as in a spreadsheet. Keys that letters of hours need ("7t30") are left to the field. */
import { grid, week } from "./cells.js";
import { fillRow } from "./fill.js";

const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

/** The field or lock button so many rows down and days on; what cannot be entered is passed over. */
export function neighbour(field, down, right) {
  const cell = field.closest("td");
  let row = cell.parentElement;
  let column = cell.cellIndex;
  for (;;) {
    row = row.parentElement.rows[row.sectionRowIndex + down];
    column += right;
    const place = row?.cells[column];
    if (!place || !place.dataset.day) return null;
    const found = place.querySelector("input.hours-input, button.hours-input");
    if (found?.checkVisibility()) return found;
  }
}

function edge(field, last) {
  const fields = [...field.closest("tr").querySelectorAll("input.hours-input, button.hours-input")].filter((other) => other.checkVisibility());
  return last ? fields.at(-1) : fields[0];
}

export function enter(field) {
  field?.focus();
  field?.select?.();
  field?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** Nothing was typed since the field was entered. */
export const isFresh = (field) => !field.matches("input") || field.dataset.typed === undefined;

function caret(field) {
  if (!field.matches("input") || isFresh(field)) return { atStart: true, atEnd: true };
  const { selectionStart: start, selectionEnd: end, value } = field;
  return { atStart: start === 0 && end === 0, atEnd: start === value.length && end === value.length };
}

/**
 * @param {import("./editing.js").Editing} editing
 * @param {{openNote: (cell: HTMLElement) => void, focusAdd: () => void}} doors
 */
export function startKeys(editing, { openNote, focusAdd }) {
  const move = (event, field, to) => {
    event.preventDefault();
    if (to) enter(to);
    else if (field.matches("input")) {
      editing.commit(field.closest("[data-hours-cell]"));
      delete field.dataset.typed;
      field.select();
    }
  };

  const plain = {
    Enter: (event, field) => field.matches("input") && move(event, field, neighbour(field, event.shiftKey ? -1 : 1, 0)),
    ArrowDown: (event, field) => move(event, field, neighbour(field, 1, 0)),
    ArrowUp: (event, field) => move(event, field, neighbour(field, -1, 0)),
    ArrowRight: (event, field) => caret(field).atEnd && move(event, field, neighbour(field, 0, 1)),
    ArrowLeft: (event, field) => caret(field).atStart && move(event, field, neighbour(field, 0, -1)),
    Home: (event, field) => isFresh(field) && move(event, field, edge(field, false)),
    End: (event, field) => isFresh(field) && move(event, field, edge(field, true)),
    PageUp: (event) => press(event, "PageUp"),
    PageDown: (event) => press(event, "PageDown"),
    Escape: (event, field) => {
      if (!field.matches("input")) return;
      event.preventDefault();
      editing.revert(field.closest("[data-hours-cell]"));
      delete field.dataset.typed;
    },
  };
  const letters = {
    n: (event, field) => { event.preventDefault(); if (field.matches("input")) openNote(field.closest("[data-hours-cell]")); },
    t: (event) => press(event, "t"),
    "?": (event) => { event.preventDefault(); document.querySelector("[data-keys-open]")?.click(); },
    a: (event) => { event.preventDefault(); focusAdd(); },
  };
  const press = (event, key) => {
    event.preventDefault();
    document.activeElement.blur?.(); // leaving the field saves it
    week.querySelector(`[data-key="${key}"]`)?.click();
  };

  const fillRight = (field) => {
    const next = neighbour(field, 0, 1);
    if (!next?.matches("input") || !field.matches("input")) return;
    editing.commit(field.closest("[data-hours-cell]"));
    next.value = field.value;
    enter(next);
    editing.commit(next.closest("[data-hours-cell]"));
  };

  week.addEventListener("keydown", (event) => {
    const field = event.target.closest?.("input.hours-input, button.hours-input");
    if (!field || event.isComposing || event.altKey) return;
    const chord = isMac ? event.metaKey : event.ctrlKey;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (chord) {
      if (key === "d") { event.preventDefault(); if (event.shiftKey) fillRow(editing, field.closest("[data-hours-cell]")); else fillRight(field); }
      // What is being typed is taken back by the browser itself; what was saved, here.
      if (key === "z" && !event.shiftKey && isFresh(field)) { event.preventDefault(); editing.undo(); }
      return;
    }
    if (event.ctrlKey || event.metaKey) return;
    if (Object.hasOwn(plain, key)) plain[key](event, field);
    else if (isFresh(field) && Object.hasOwn(letters, key)) letters[key](event, field);
  });
}

/** Where the next missing hour is written: today, or the first working day with room; the first empty cell of it. */
export function firstMissing() {
  const table = grid();
  const open = (day) => [...table.querySelectorAll(`td[data-day="${day}"] input.hours-input`)].filter((input) => input.checkVisibility());
  const today = table.querySelector("thead [data-today]")?.dataset.day;
  const short = [...week.querySelectorAll("[data-day-total]")].find((place) => {
    const worked = [...table.querySelectorAll(`td[data-day="${place.dataset.dayTotal}"] [data-hours-cell]`)].reduce((sum, cell) => sum + Number(cell.dataset.minutes), 0);
    return worked < Number(place.dataset.capacity);
  });
  const day = today ?? short?.dataset.dayTotal ?? "mon";
  const fields = open(day);
  return fields.find((input) => !input.value) ?? fields[0] ?? null;
}

/** The field of a row on the day that is looked at: the phone's chosen day, today, or the first. */
export function fieldOfRow(row) {
  const fields = [...row.querySelectorAll("input.hours-input")].filter((input) => input.checkVisibility());
  return fields.find((input) => input.closest("[data-today]")) ?? fields[0] ?? null;
}
