/** A phone shows one day; a swipe across the rows goes to the next, and over the weekend to the next week. */
import { week } from "./cells.js";

const FAR = 60;
const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const narrow = matchMedia("(max-width: 720px)");

function go(by) {
  const choices = [...week.querySelectorAll('[data-week-days] input[type="radio"]')];
  const to = choices.findIndex((choice) => choice.checked) + by;
  if (choices[to]) {
    choices[to].checked = true;
    choices[to].dispatchEvent(new Event("change", { bubbles: true }));
    return;
  }
  const link = week.querySelector(`a[rel="${by > 0 ? "next" : "prev"}"]`);
  const address = new URL(link.href);
  address.searchParams.set("day", by > 0 ? DAYS[0] : DAYS.at(-1));
  location.assign(address);
}

export function startSwipe() {
  let start = null;
  week.addEventListener("touchstart", (event) => {
    const inside = event.target.closest(".week-frame, .day-strip");
    start = inside && narrow.matches && event.touches.length === 1 ? { x: event.touches[0].clientX, y: event.touches[0].clientY } : null;
  }, { passive: true });
  week.addEventListener("touchend", (event) => {
    if (!start) return;
    const across = event.changedTouches[0].clientX - start.x;
    const down = event.changedTouches[0].clientY - start.y;
    start = null;
    if (Math.abs(across) > FAR && Math.abs(across) > 2 * Math.abs(down)) go(across < 0 ? 1 : -1);
  }, { passive: true });
}
