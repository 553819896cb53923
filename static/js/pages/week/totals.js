/** The sums of rows, days and week follow what is written, at once; the server's own sums come with each answer. */
import { element, language } from "../../words.js";
import { allCells, savedMinutes, shownMinutes, week } from "./cells.js";
import { printHours } from "../../durations.js";
import { writeBalance, writeOver } from "./balance.js";

function write(place, minutes, { dash = true } = {}) {
  const text = minutes || !dash ? printHours(minutes, language) : "";
  if (text) place.textContent = text;
  else place.replaceChildren(element("span", { className: "nothing" }), element("span", { className: "only-read-aloud" }, "0"));
}

const share = (minutes, capacity) => `${capacity ? Math.min(100, Math.floor((minutes * 100) / capacity)) : 0}%`;

/** Add up everything that stands on the page. */
export function addUp() {
  const days = new Map();
  for (const row of week.querySelectorAll("[data-row]")) {
    let sum = 0;
    for (const cell of row.querySelectorAll("[data-hours-cell]")) {
      const minutes = shownMinutes(cell);
      const day = cell.closest("[data-day]").dataset.day;
      days.set(day, (days.get(day) ?? 0) + minutes);
      sum += minutes;
    }
    write(row.querySelector("[data-row-sum]"), sum);
    const remove = row.querySelector("[data-remove-row]");
    if (remove) remove.hidden = [...row.querySelectorAll("[data-hours-cell]")].some((cell) => savedMinutes(cell) || shownMinutes(cell));
  }
  let total = 0;
  for (const place of week.querySelectorAll("[data-day-total]")) {
    const day = place.dataset.dayTotal;
    const minutes = days.get(day) ?? 0;
    total += minutes;
    for (const sum of week.querySelectorAll(`[data-day-sum="${day}"]`)) write(sum, minutes);
    for (const bar of week.querySelectorAll(`[data-day-bar="${day}"]`)) bar.setAttribute("width", share(minutes, Number(place.dataset.capacity)));
    writeOver(week, day, minutes, Number(place.dataset.capacity));
  }
  for (const sum of week.querySelectorAll("[data-week-sum]")) write(sum, total, { dash: sum.matches("td") });
  const bar = week.querySelector("[data-week-bar]");
  if (bar) bar.setAttribute("width", share(total, Number(bar.dataset.capacity)));
  if (bar) writeBalance(week, total, Number(bar.dataset.capacity));
}

/**
 * Whether the saved cells of this page add up to the server's sums, by day as "2026-11-16".
 * @param {Record<string, number>} days
 */
export function agrees(days) {
  const own = new Map(Object.keys(days).map((day) => [day, 0]));
  for (const cell of allCells()) {
    const day = cell.dataset.hoursCell.slice(-10);
    if (!own.has(day)) return true; // another week's answer
    own.set(day, own.get(day) + savedMinutes(cell));
  }
  return Object.entries(days).every(([day, minutes]) => own.get(day) === minutes);
}
