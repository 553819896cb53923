/**
 * Under the cell that is written in on a phone: a quarter less, a quarter more, the rest of the day. Number keys of phones
 * have no colon, so 7:30 would be hard to write there.
 */
import { language } from "../../words.js";
import { inputOf, shownMinutes, week } from "./cells.js";
import { DAY, parseHours, printHours } from "../../durations.js";

const LINGER = 300;
const narrow = matchMedia("(max-width: 720px)");

/** What is left of the day's capacity beside this cell, in minutes. */
function restOf(cell) {
  const { day } = cell.closest("[data-day]").dataset;
  const capacity = Number(week.querySelector(`[data-day-total="${day}"]`)?.dataset.capacity ?? 0);
  const others = [...week.querySelectorAll(`td[data-day="${day}"] [data-hours-cell]`)].filter((other) => other !== cell);
  return Math.max(0, capacity - others.reduce((sum, other) => sum + shownMinutes(other), 0));
}

function step(cell, button) {
  const input = inputOf(cell);
  const present = parseHours(input.value) ?? 0;
  const minutes = button.dataset.step === "rest" ? restOf(cell) : present + Number(button.dataset.step);
  const next = Math.min(DAY, Math.max(0, minutes));
  input.value = next ? printHours(next, language) : "";
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

export function startSteps() {
  week.addEventListener("focusin", ({ target }) => {
    if (!narrow.matches || !target.matches("input.hours-input")) return;
    const cell = target.closest("[data-hours-cell]");
    if (cell.querySelector(".cell-steps")) return;
    const steps = week.querySelector("[data-week-steps]").content.firstElementChild.cloneNode(true);
    steps.querySelector('[data-step="rest"]').hidden = !restOf(cell);
    cell.append(steps);
  });
  week.addEventListener("focusout", ({ target }) => {
    const cell = target.closest("[data-hours-cell]");
    if (!cell) return;
    // Not at once: what the finger came down on must still be there when it goes up.
    setTimeout(() => cell.contains(document.activeElement) || cell.querySelector(".cell-steps")?.remove(), LINGER);
  });
  // The field keeps the focus, and the phone its keys.
  week.addEventListener("pointerdown", (event) => event.target.closest("[data-step]") && event.preventDefault());
  week.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-step]");
    if (button) step(button.closest("[data-hours-cell]"), button);
  });
}
