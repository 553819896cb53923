/** Notes: one popover for all cells, opened by n, saved when it closes. */
import { openPopover } from "../../popover.js";
import { inputOf, keyOf, partsOf, savedNote, week } from "./cells.js";
import { say } from "./words.js";

/** The link in a popover leads to what became of the cell that it was opened from. */
function pointHistory(popover, cell) {
  const { project, work_type, task, day } = partsOf(keyOf(cell));
  const address = new URL(week.dataset.historyUrl.replace("0/0/day", `${project}/${work_type}/${day}`), location.href);
  if (task) address.searchParams.set("task", task);
  popover.querySelector("[data-cell-history]").href = address.pathname + address.search;
}

/** The star of the cell's row; a phone has room for it only in the details of a cell. */
const starOf = (cell) => cell.closest("tr").querySelector("[data-star-row]");

/** A lock that several cells share tells the note of the one it was opened from. */
function readLocked(button) {
  const popover = document.getElementById(button.getAttribute("popovertarget"));
  const place = popover?.querySelector("[data-lock-note]");
  if (!place) return;
  const cell = button.closest("[data-hours-cell]");
  pointHistory(popover, cell);
  const note = savedNote(cell);
  place.hidden = !note;
  place.textContent = note ? say("note", { note }) : "";
}

/** @param {import("./editing.js").Editing} editing */
export function startNotes(editing) {
  let cell = null;
  const parts = () => {
    const popover = week.querySelector("[data-note-popover]");
    return { popover, field: popover.querySelector("[data-note-field]"), name: popover.querySelector("[data-note-cell]"), hint: popover.querySelector("[data-note-hint]") };
  };

  const open = (next) => {
    if (!inputOf(next)) return;
    const { popover, field, name, hint } = parts();
    if (popover.matches(":popover-open")) popover.hidePopover();
    editing.commit(next);
    cell = next;
    name.textContent = next.dataset.label;
    pointHistory(popover, next);
    popover.querySelector("[data-note-star]").setAttribute("aria-pressed", starOf(next).getAttribute("aria-pressed"));
    field.value = editing.noteOf(next);
    hint.textContent = editing.hasHours(next) ? "" : say("noteWaits");
    openPopover(popover, inputOf(next));
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  };

  const close = () => {
    if (!cell) return;
    const closed = cell;
    cell = null;
    editing.commitNote(closed, parts().field.value.trim());
    const input = inputOf(closed);
    if (input?.isConnected && (document.activeElement === document.body || parts().popover.contains(document.activeElement))) input.focus();
  };

  document.addEventListener("toggle", (event) => {
    if (event.target instanceof HTMLElement && event.target.matches("[data-note-popover]") && event.newState === "closed") close();
  }, true);
  week.addEventListener("keydown", (event) => {
    if (!event.target.matches("[data-note-field]")) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      parts().popover.hidePopover();
    }
  });
  week.addEventListener("click", ({ target }) => {
    const lock = target.closest("button.hours-input");
    if (lock) readLocked(lock);
    const star = target.closest("[data-note-star]");
    if (star && cell) {
      starOf(cell).click();
      star.setAttribute("aria-pressed", String(star.getAttribute("aria-pressed") !== "true"));
    }
    const button = target.closest("[data-note-open]");
    if (button) open(button.closest("[data-hours-cell]"));
  });
  return { open, close: () => parts().popover.matches(":popover-open") && parts().popover.hidePopover() };
}
