/**
 * The approve page with the keyboard: j and k move, space selects, o opens the entries, a approves, z undoes.
 *
 * [data-approve]               the whole page below the frame; an act swaps it, and the place in the list is kept
 * [data-row][data-member]      a person; data-at is where one is; its link carries data-side-url
 * [data-side]                  the panel beside the list; data-open lays it above the list where there is no room
 * [data-approve-chosen]        sends the form of the ticked boxes; none ticked means the person one is at
 */
import { isTyping } from "../keys.js";

const beside = matchMedia("(min-width: 1241px)");
const page = () => document.querySelector("[data-approve]");
const side = () => document.querySelector("[data-side]");
const rows = () => [...document.querySelectorAll("[data-row]")];
const current = () => document.querySelector("[data-row][data-at]");
const linkOf = (row) => row.querySelector("[data-side-url]");
const boxOf = (row) => row.querySelector("[data-person-box]");

let place = 0;
let shown = current()?.dataset.member;
let asking = 0;

function goTo(row, { focus = true, quiet = false } = {}) {
  if (!row) return;
  for (const other of rows()) {
    other.toggleAttribute("data-at", other === row);
    if (other === row) linkOf(other).setAttribute("aria-current", "true");
    else linkOf(other).removeAttribute("aria-current");
  }
  place = rows().indexOf(row);
  row.scrollIntoView({ block: "nearest" });
  if (focus) linkOf(row).focus({ preventScroll: true });
  if (beside.matches || isOpen()) follow(row, quiet ? 0 : 120);
}

/** The panel shows whom one is at; quick steps through the list ask once, at their end. */
function follow(row, after) {
  clearTimeout(asking);
  if (shown === row.dataset.member) return;
  asking = setTimeout(() => load(row), after);
}

function load(row) {
  shown = row.dataset.member;
  return window.htmx.ajax("GET", linkOf(row).dataset.sideUrl, { source: row, target: side(), swap: "innerHTML" });
}

const isOpen = () => side()?.hasAttribute("data-open") ?? false;

async function open(row) {
  goTo(row, { focus: false, quiet: true });
  clearTimeout(asking);
  if (shown !== row.dataset.member) await load(row);
  if (beside.matches) return side().querySelector(".side-scroll")?.focus();
  side().setAttribute("data-open", "");
  document.querySelector("[data-approve-main]").inert = true;
  side().querySelector("[data-side-close]").focus();
}

function close() {
  if (!isOpen()) return false;
  side().removeAttribute("data-open");
  document.querySelector("[data-approve-main]").inert = false;
  linkOf(current())?.focus();
  return true;
}

function tell() {
  const ticked = document.querySelectorAll("[data-person-box]:checked").length;
  const count = document.querySelector("[data-approve-count]");
  if (!count) return;
  count.hidden = !ticked;
  count.textContent = ticked;
}

document.addEventListener("click", (event) => {
  const { target } = event;
  if (!page()?.contains(target)) return;
  if (target.closest("[data-side-close]")) {
    if (!close()) linkOf(current())?.focus();
    return event.preventDefault();
  }
  const row = target.closest("[data-row]");
  if (row && !target.closest("input")) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    return beside.matches ? goTo(row, { quiet: true }) : open(row);
  }
  // Nobody ticked: the person one is at.
  if (target.closest("[data-approve-chosen]") && !document.querySelector("[data-person-box]:checked")) {
    const box = current() && boxOf(current());
    if (box && !box.disabled) box.checked = true;
  }
});

document.addEventListener("change", ({ target }) => target.matches?.("[data-person-box], [data-select-all]") && tell());

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || isTyping(event.target)) return;
  if (!page() || document.querySelector("dialog[open]") || event.target.closest?.('[role="menu"]')) return;
  const all = rows();
  const at = all.indexOf(current());
  const step = { j: 1, k: -1 }[event.key];
  if (step && all.length) goTo(all[Math.max(0, Math.min(all.length - 1, at + step))], { focus: !isOpen() });
  else if (event.key === "o" && current()) open(current());
  else if (event.key === " " && current() && !event.target.closest("button, input, summary, .side")) toggle(boxOf(current()));
  else if (event.key === "Escape" && isOpen()) close();
  else return;
  event.preventDefault();
});

function toggle(box) {
  if (!box || box.disabled) return;
  box.checked = !box.checked;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}

// After an act the list is new: stay at the same place, where the next person stands now.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target?.id === "approve") detail.target.dataset.hadFocus = String(detail.target.contains(document.activeElement));
});
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target?.id !== "approve" || !page()) return;
  shown = current()?.dataset.member;
  count();
  tell();
  const list = rows();
  const outliers = document.querySelector("[data-outliers]");
  if (outliers) return outliers.focus(); // what stands out in what was chosen is looked at first
  if (list.length) goTo(list[Math.min(place, list.length - 1)], { quiet: true });
  else document.getElementById("main").focus();
});

/** The rail's and the bottom bar's counts tell what the page tells. */
function count() {
  const waiting = page().dataset.waiting;
  for (const link of document.querySelectorAll('.rail-link[aria-current], .bottom-bar-link[aria-current]')) {
    const badge = link.querySelector(".count");
    if (badge) badge.textContent = waiting === "0" ? "" : waiting;
    if (badge) badge.hidden = waiting === "0";
  }
}

if (current()) {
  place = rows().indexOf(current());
  linkOf(current()).setAttribute("aria-current", "true");
}
if (isOpen() && !beside.matches) document.querySelector("[data-approve-main]").inert = true;
tell();
