/** One cell's hours on the working days after it: into empty cells only, taken back in one step. */
import { toast } from "../../toast.js";
import { announce } from "../../words.js";
import { inputOf, shownMinutes, week } from "./cells.js";
import { parseHours } from "../../durations.js";
import { tellLeft } from "./paste.js";
import { say, sayCount } from "./words.js";

/** "Thu 19": the day's name in the head of its column. */
const dayName = (place) => week.querySelector(`thead th[data-day="${place.dataset.day}"]`).firstChild.textContent.trim()
  + ` ${week.querySelector(`thead th[data-day="${place.dataset.day}"] b`).textContent}`;

/**
 * @param {import("./editing.js").Editing} editing
 * @param {HTMLElement} cell
 */
export function fillRow(editing, cell) {
  const input = inputOf(cell);
  if (!input) return;
  editing.commit(cell);
  const text = input.value;
  if (!parseHours(text)) { announce(say("fillEmpty")); return; }
  const place = cell.closest("td");
  const left = [];
  let filled = 0;
  editing.together(() => {
    for (const other of [...place.parentElement.cells].slice(place.cellIndex + 1)) {
      if (!other.dataset.day || other.hasAttribute("data-off")) continue;
      const next = other.querySelector("[data-hours-cell]");
      const field = inputOf(next);
      if (!field) left.push(say("fillLocked", { day: dayName(other) }));
      else if (shownMinutes(next) || field.value.trim()) left.push(say("fillTaken", { day: dayName(other), hours: field.value }));
      else {
        field.value = text;
        editing.commit(next);
        filled += 1;
      }
    }
  });
  const told = sayCount("filled", filled);
  if (left.length) toast({ text: `${told} ${tellLeft(left)}`, kind: "info" });
  else announce(told);
}
