/**
 * The page made anew without leaving it: the server's own page is fetched and its parts take their places, except for
 * cells that somebody writes in or that hold something unsaved.
 */
import { allCells, inputOf, isDirty, keyOf, readNotes, week } from "./cells.js";
import { heldFor, queuedFor } from "./store.js";
import { addUp } from "./totals.js";

const isBusy = (cell) => isDirty(cell) || queuedFor(keyOf(cell)).length > 0 || heldFor(keyOf(cell)) !== null
  || cell.dataset.noteDraft !== undefined || inputOf(cell) === document.activeElement;

/** @returns {Promise<"fresh" | "signed-out" | "offline">} */
export async function renew() {
  let response;
  try {
    response = await fetch(location.href, { headers: { Accept: "text/html, application/json" }, signal: AbortSignal.timeout(15_000) });
  } catch {
    return "offline";
  }
  if (response.status === 401) return "signed-out";
  if (!response.ok) return "offline";
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.querySelector(".week[data-week]");
  if (!fresh || fresh.dataset.week !== week.dataset.week || fresh.dataset.member !== week.dataset.member) return "signed-out";
  takeToken(page);
  if (week.querySelector(".ghost-rows") || !fresh.querySelector("[data-row]")) takeAll(fresh);
  else takeRows(fresh);
  readNotes();
  addUp();
  return "fresh";
}

function takeToken(page) {
  const token = page.querySelector('meta[name="csrf-token"]')?.content;
  if (!token) return;
  document.querySelector('meta[name="csrf-token"]').content = token;
  for (const field of document.querySelectorAll('input[name="csrfmiddlewaretoken"]')) field.value = token;
}

function takeAll(fresh) {
  if (allCells().some(isBusy)) return;
  week.replaceChildren(...document.adoptNode(fresh).childNodes);
  week.dispatchEvent(new CustomEvent("week:fresh"));
}

function takeRows(fresh) {
  for (const part of ["[data-week-part=head]", "[data-week-part=submission-notices]", "[data-week-locks]"]) {
    const [old, next] = [week.querySelector(part), fresh.querySelector(part)];
    if (old && next && !old.contains(document.activeElement) && !old.querySelector(":popover-open")) old.replaceWith(document.adoptNode(next));
  }
  const body = week.querySelector("[data-week-body]");
  let place = body.firstElementChild;
  const seen = new Set();
  for (const row of [...fresh.querySelectorAll("[data-row]")]) {
    seen.add(row.dataset.row);
    const old = body.querySelector(`[data-row="${row.dataset.row}"]`);
    if (old) {
      takeCells(old, row);
      if (old === place) place = old.nextElementSibling;
    } else {
      body.insertBefore(document.adoptNode(row), place);
    }
  }
  for (const row of [...body.querySelectorAll("[data-row]")]) {
    if (!seen.has(row.dataset.row) && ![...row.querySelectorAll("[data-hours-cell]")].some(isBusy)) row.remove();
  }
}

function takeCells(old, row) {
  for (const [index, next] of [...row.cells].entries()) {
    const cell = old.cells[index].querySelector("[data-hours-cell]");
    if (cell && isBusy(cell)) continue;
    if (index === 0 && old.cells[0].contains(document.activeElement)) continue;
    old.cells[index].replaceWith(document.adoptNode(next.cloneNode(true)));
  }
}
