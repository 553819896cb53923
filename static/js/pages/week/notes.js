/** The details of a cell, note and billing: one popover for all cells, opened by n, saved when it closes. */
import { openPopover } from "../../popover.js";
import { announce, language } from "../../words.js";
import { canBill, inputOf, keyOf, partsOf, savedNote, tellRemark, week } from "./cells.js";
import { parseHours, printHours } from "../../durations.js";
import { fillRow } from "./fill.js";
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
  tellRemark(popover.querySelector("[data-lock-remark]"), cell);
  const note = savedNote(cell);
  place.hidden = !note;
  place.textContent = note ? say("note", { note }) : "";
}

/** @param {import("./editing.js").Editing} editing */
export function startNotes(editing) {
  let cell = null;
  const parts = () => {
    const popover = week.querySelector("[data-note-popover]");
    return { popover, field: popover.querySelector("[data-note-field]"), name: popover.querySelector("[data-note-cell]"), hint: popover.querySelector("[data-note-hint]"), billable: popover.querySelector("[data-note-billable]"), billed: popover.querySelector("[data-note-billed]"), error: popover.querySelector("[data-note-error]"), several: popover.querySelector("[data-note-several]") };
  };

  /** What is billed of the hours, where there are some and they are one entry; the sum of several is read only. */
  const showBilling = () => {
    const { billable, billed, error, several, field } = parts();
    const now = editing.billingOf(cell);
    const many = Number(cell.dataset.entries) > 1;
    several.hidden = !many;
    several.querySelector("a").href = `${week.dataset.timelineUrl}?day=${cell.closest("[data-day]").dataset.day}`;
    field.readOnly = many;
    error.hidden = true;
    billed.removeAttribute("aria-invalid");
    billable.checked = now.billable && canBill(cell);
    billable.disabled = many || !now.minutes || !canBill(cell);
    billed.disabled = billable.disabled || !billable.checked;
    billed.value = billed.disabled ? "" : now.billed;
    billed.placeholder = now.minutes && billable.checked ? printHours(now.minutes, language) : "";
    billable.closest("[data-note-billing]").hidden = many;
  };

  /** @returns {boolean} whether what stands in the field could be read */
  const saveBilling = () => {
    const { billable, billed, error } = parts();
    if (!cell || billable.disabled) return true;
    const text = billed.value.trim();
    const minutes = text === "" ? null : parseHours(text);
    const worked = editing.billingOf(cell).minutes;
    const wrong = text !== "" && minutes === null ? say("notADuration") : minutes > worked ? say("billedTooMuch", { hours: printHours(worked, language) }) : "";
    error.textContent = wrong;
    error.hidden = !wrong;
    billed.toggleAttribute("aria-invalid", Boolean(wrong));
    if (wrong) { billed.setAttribute("aria-invalid", "true"); return false; }
    editing.commitBilling(cell, { billable: billable.checked, billed: minutes === null || minutes === worked ? "" : printHours(minutes, language) });
    showBilling();
    return true;
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
    tellRemark(popover.querySelector("[data-note-remark]"), next);
    hint.textContent = editing.hasHours(next) ? "" : say("noteWaits");
    showBilling();
    openPopover(popover, inputOf(next));
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  };

  const close = () => {
    if (!cell) return;
    const closed = cell;
    if (!saveBilling()) announce(parts().error.textContent, true);
    cell = null;
    editing.commitNote(closed, parts().field.value.trim());
    const input = inputOf(closed);
    if (input?.isConnected && (document.activeElement === document.body || parts().popover.contains(document.activeElement))) input.focus();
  };

  document.addEventListener("toggle", (event) => {
    if (event.target instanceof HTMLElement && event.target.matches("[data-note-popover]") && event.newState === "closed") close();
  }, true);
  week.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    const inNote = event.target.matches("[data-note-field]") && (event.ctrlKey || event.metaKey);
    const inHours = event.target.matches("[data-note-billed]") && saveBilling();
    if (!inNote && !inHours) return;
    event.preventDefault();
    parts().popover.hidePopover();
  });
  week.addEventListener("change", ({ target }) => {
    if (target.matches("[data-note-billable], [data-note-billed]")) saveBilling();
  });
  week.addEventListener("click", ({ target }) => {
    const lock = target.closest("button.hours-input");
    if (lock) readLocked(lock);
    const star = target.closest("[data-note-star]");
    if (star && cell) {
      starOf(cell).click();
      star.setAttribute("aria-pressed", String(star.getAttribute("aria-pressed") !== "true"));
    }
    if (target.closest("[data-note-fill]") && cell) {
      const from = cell;
      parts().popover.hidePopover();
      fillRow(editing, from);
    }
    const button = target.closest("[data-note-open]");
    if (button) open(button.closest("[data-hours-cell]"));
  });
  return { open, close: () => parts().popover.matches(":popover-open") && parts().popover.hidePopover() };
}
