/** The week page: brings its parts together. Without it the table is a plain form with a button. */
import { saveState } from "../../forms.js";
import { cellOf, mark, readNotes, week } from "./cells.js";
import { DAY, parseHours } from "../../durations.js";
import { Editing } from "./editing.js";
import { enter, firstMissing, startKeys } from "./keys.js";
import { startNotes } from "./notes.js";
import { renew } from "./page.js";
import { startPaste } from "./paste.js";
import { startRows } from "./rows.js";
import { Saver } from "./saver.js";
import { onChangeElsewhere, queued } from "./store.js";
import { startSteps } from "./steps.js";
import { startSubmission } from "../submission.js";
import { startSwipe } from "./swipe.js";
import { addUp, agrees } from "./totals.js";
import { say, sayCount } from "./words.js";
import { toast } from "../../toast.js";

const PAUSE = 1_200;
const STALE = 60_000;

const saver = new Saver(async () => (await renew()) !== "signed-out");
const editing = new Editing(saver);
const channel = "BroadcastChannel" in window ? new BroadcastChannel(`busy-week:${week.dataset.workspace}:${week.dataset.member}`) : null;
let seenAt = Date.now();
let hasSaved = false;

// The line beside the rows ------------------------------------------------------------------------------------------
function tellState() {
  const line = week.querySelector("[data-save-state]");
  if (!line) return;
  const waiting = queued().length;
  if (waiting && saver.trouble) saveState(line, "queued", sayCount("queued", waiting));
  else if (waiting) saveState(line, "saving", say("saving"));
  else if (editing.refusals) saveState(line, "refused", sayCount("refused", editing.refusals));
  else if (hasSaved) saveState(line, "saved", say("saved"));
  else saveState(line, "");
}

// One line over the grid for a trouble that concerns everything ------------------------------------------------------
function tellTrouble() {
  const place = week.querySelector("[data-week-notices]");
  const sentence = { offline: () => say("offline"), "signed-out": () => say("signedOut"), "other-member": () => saver.told }[saver.trouble]?.();
  if (!sentence) return place.replaceChildren();
  const line = week.querySelector("[data-week-line]").content.firstElementChild.cloneNode(true);
  line.setAttribute("role", "status");
  line.querySelector("[data-week-line-text]").textContent = sentence;
  const link = line.querySelector("[data-week-line-link]");
  link.hidden = saver.trouble === "offline";
  link.href = `${week.dataset.signInUrl}?next=${encodeURIComponent(location.pathname)}`;
  return place.replaceChildren(line);
}

editing.onHeld = tellState;
saver.addEventListener("trouble", () => { tellTrouble(); tellState(); });
saver.addEventListener("queued", tellState);
saver.addEventListener("rest", tellState);
saver.addEventListener("sending", ({ detail }) => {
  const cell = cellOf(detail.change.key);
  if (cell && !saver.trouble) mark(cell, "saving");
});
saver.addEventListener("waiting", () => {
  for (const change of queued()) {
    const cell = cellOf(change.key);
    if (cell) mark(cell, "queued");
  }
  tellState();
});
saver.addEventListener("answered", ({ detail }) => {
  hasSaved ||= detail.status === 200;
  take(detail);
  channel?.postMessage({ type: "answered", detail });
});

function take(detail, how) {
  const { shown, refusal } = editing.answered(detail, how);
  if (!shown && refusal && !how) toast({ text: say("dropped", { cell: detail.change.label, reason: refusal }), kind: "error" });
  if (detail.body?.error === "locked") renew();
  if (detail.body?.days && !queued().length && !agrees(detail.body.days)) renew();
  tellState();
}

channel?.addEventListener("message", ({ data }) => {
  if (data.type === "answered") {
    saver.follow(data.detail);
    take(data.detail, { elsewhere: true });
    if (saver.trouble) saver.go();
  }
  if (data.type === "rows" && data.week === week.dataset.week) renew();
});
onChangeElsewhere(tellState);

// Writing -------------------------------------------------------------------------------------------------------------
let pause = 0;
let entered = null;
const cellAt = (target) => target.closest?.("[data-hours-cell]");

week.addEventListener("input", ({ target }) => {
  if (!target.matches("input.hours-input")) return;
  target.dataset.typed = "";
  const cell = cellAt(target);
  const minutes = parseHours(target.value);
  if (minutes !== null && minutes <= DAY && !cell.querySelector(".cell-conflict")) mark(cell, "");
  addUp();
  clearTimeout(pause);
  pause = setTimeout(() => editing.commit(cell, { leaving: false }), PAUSE);
});
week.addEventListener("focusin", ({ target }) => {
  if (!target.matches("input.hours-input")) return;
  delete target.dataset.typed;
  target.select();
  entered = target;
});
week.addEventListener("mouseup", (event) => {
  // The click that enters a cell selects all of it; the next one sets the caret.
  if (event.target === entered) { event.preventDefault(); entered.select(); }
  entered = null;
});
week.addEventListener("focusout", ({ target }) => {
  if (!target.matches("input.hours-input")) return;
  clearTimeout(pause);
  delete target.dataset.typed;
  editing.commit(cellAt(target));
});

// Leaving: what stands in a field is kept before the page goes ------------------------------------------------------------
function leave() {
  const cell = document.activeElement && cellAt(document.activeElement);
  notes.close();
  if (cell) editing.commit(cell);
  saver.part();
}
addEventListener("pagehide", leave);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") return leave();
  if (Date.now() - seenAt > STALE && !queued().length) { seenAt = Date.now(); renew(); }
  return undefined;
});
addEventListener("pageshow", (event) => event.persisted && renew());
document.addEventListener("hours:changed", () => renew());

// Parts ---------------------------------------------------------------------------------------------------------------------
startSubmission(week, { outbox: saver, commit: () => { const cell = document.activeElement && cellAt(document.activeElement); notes.close(); if (cell) editing.commit(cell); }, unsaved: say("unsaved") });
const notes = startNotes(editing);
const { focusAdd } = startRows(renew, () => channel?.postMessage({ type: "rows", week: week.dataset.week }));
startKeys(editing, { openNote: notes.open, focusAdd });
startPaste(editing);
startSwipe();
startSteps();
readNotes();
editing.restore();
tellState();
saver.go();
if (matchMedia("(min-width: 721px) and (hover: hover)").matches && !location.hash) enter(week.querySelector("[data-row]") ? firstMissing() : week.querySelector("[data-add-input]"));
week.dataset.ready = "";
