/** What is over a day's capacity, and what a week has left or over, beside the sums of the week and the timeline. */
import { language } from "../../words.js";
import { printHours } from "../../durations.js";

/**
 * @param {ParentNode} page
 * @param {string} day  mon to sun
 */
export function writeOver(page, day, minutes, capacity) {
  for (const place of page.querySelectorAll(`[data-day-over="${day}"]`)) {
    const over = Math.max(0, minutes - capacity);
    place.hidden = !over;
    place.querySelector("[data-over-hours]").textContent = over ? `+${printHours(over, language)}` : "";
  }
}

/** @param {ParentNode} page */
export function writeBalance(page, minutes, capacity) {
  const place = page.querySelector("[data-week-balance]");
  if (!place) return;
  const over = minutes - capacity;
  place.toggleAttribute("data-is-over", over > 0);
  const sentence = over > 0 ? place.dataset.over : place.dataset.left;
  const text = over ? sentence.replace("{hours}", printHours(Math.abs(over), language)) : "";
  if (place.textContent !== text) place.textContent = text;
}
