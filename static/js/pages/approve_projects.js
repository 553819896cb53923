/**
 * Approve → Projects with the keyboard: j, k and the arrows move, space selects, Enter corrects, a approves, z undoes.
 *
 * [data-approve-projects]      the whole page below the frame; an act swaps it, and the place in the list is kept.
 *                              data-words: what the bulk button says for none, one and many
 * [data-row][data-entry]       an entry; data-at is where one is; [data-row-link] takes the focus, Enter presses it
 * [data-entry-box]             its box, with data-minutes
 * [data-chosen]                sends the form of the ticked boxes; none ticked means the entry one is at
 * [data-outliers]              what stands out in what was chosen; takes the focus when it comes
 */
import { isTyping } from "../keys.js";
import { language } from "../words.js";
import { printHours } from "../durations.js";

const page = () => document.querySelector("[data-approve-projects]");
const rows = () => [...document.querySelectorAll("[data-row]")];
const current = () => document.querySelector("[data-row][data-at]");
const linkOf = (row) => row.querySelector("[data-row-link]");
const boxOf = (row) => row.querySelector("[data-entry-box]");

let place = -1;

function goTo(row, { focus = true } = {}) {
  if (!row) return;
  for (const other of rows()) other.toggleAttribute("data-at", other === row);
  place = rows().indexOf(row);
  row.scrollIntoView({ block: "nearest" });
  if (focus) linkOf(row).focus({ preventScroll: true });
}

function tell() {
  const text = document.querySelector("[data-chosen-text]");
  if (!text) return;
  const words = JSON.parse(page().dataset.words);
  const ticked = [...document.querySelectorAll("[data-entry-box]:checked")];
  const minutes = ticked.reduce((sum, box) => sum + Number(box.dataset.minutes), 0);
  const sentence = words[ticked.length === 0 ? "none" : ticked.length === 1 ? "one" : "many"];
  text.textContent = sentence.replace("%(n)s", ticked.length).replace("%(hours)s", printHours(minutes, language));
}

document.addEventListener("click", ({ target }) => {
  if (!page()?.contains(target)) return;
  const row = target.closest("[data-row]");
  if (row) goTo(row, { focus: false });
  // Nothing ticked: the entry one is at.
  if (target.closest("[data-chosen]") && !document.querySelector("[data-entry-box]:checked")) {
    const box = current() && boxOf(current());
    if (box && !box.disabled) box.checked = true;
  }
});

document.addEventListener("focusin", ({ target }) => {
  const row = target.closest?.("[data-row]");
  if (row && row !== current()) goTo(row, { focus: false });
});

document.addEventListener("change", ({ target }) => target.matches?.("[data-entry-box], [data-select-all]") && tell());

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || isTyping(event.target)) return;
  if (!page() || document.querySelector("dialog[open]") || event.target.closest?.('[role="menu"], [popover]')) return;
  const all = rows();
  const step = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && all.length) goTo(all[Math.max(0, Math.min(all.length - 1, all.indexOf(current()) + step))]);
  else if (event.key === " " && current() && !event.target.closest("button, input, summary")) toggle(boxOf(current()));
  else if (event.key === "Enter" && current() && !event.target.closest("a, button, input, summary, form")) linkOf(current()).click();
  else return;
  event.preventDefault();
});

function toggle(box) {
  if (!box || box.disabled) return;
  box.checked = !box.checked;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

// After an act the list is new: stay at the same place; what stands out comes first.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target?.id === "approve-projects") place = current() ? rows().indexOf(current()) : -1;
});
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target?.id !== "approve-projects" || !page()) return;
  tell();
  const outliers = document.querySelector("[data-outliers]");
  const list = rows();
  if (outliers) outliers.focus();
  else if (place >= 0 && list.length) goTo(list[Math.min(place, list.length - 1)], { focus: document.activeElement === document.body });
});

tell();
