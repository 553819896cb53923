/**
 * Changes that wait for the network, on every page: a sign in the top bar says how many, they are sent as soon as there
 * is a way, wherever the person is by then, and signing out asks first.
 *
 * [data-waiting]               the sign; its data say whose changes and where to
 * [data-waiting-told]          gets the sentence, [data-waiting-line] around it shows while there are any
 * form[data-sign-out]          asks when something would be left behind
 * [data-load-again]            the page without a network: loads when there is one
 */
import { confirm } from "./dialog.js";
import { send } from "./http.js";
import { Store, countWaiting, isMinded } from "./outbox.js";
import { Steps } from "./pages/timeline/steps.js";
import { Cells } from "./pages/week/carrier.js";
import { word } from "./words.js";

/** A save that is answered at once is nothing to tell. */
const PATIENCE = 2_000;
const LOOK = 1_000;
const LOAD_AGAIN = 4_000;

const sign = /** @type {HTMLElement | null} */ (document.querySelector("[data-waiting]"));
const told = (count) => word(count === 1 ? "waitingOne" : "waitingMany").replace("%(count)s", String(count));
const count = () => countWaiting(sign ? `${sign.dataset.workspace}:${sign.dataset.member}` : "");

let since = 0;
function show() {
  const waiting = count();
  since = waiting ? since || Date.now() : 0;
  const late = waiting > 0 && (!navigator.onLine || Date.now() - since >= PATIENCE);
  for (const place of document.querySelectorAll("[data-waiting-told]")) if (place.textContent !== told(waiting)) place.textContent = told(waiting);
  for (const line of document.querySelectorAll("[data-waiting-line]")) line.hidden = waiting === 0;
  if (!sign) return;
  sign.querySelector("[data-waiting-count]").textContent = String(waiting);
  if (sign.hidden === late) sign.hidden = !late;
  if (!late && document.getElementById("waiting-popover").matches(":popover-open")) document.getElementById("waiting-popover").hidePopover();
}

// Sent from here, unless the page sends them itself and shows what became of them -------------------------------------------
function carriers() {
  const { workspace, member, cellUrl, stepUrl, stateUrl } = sign.dataset;
  const renew = async () => {
    try {
      const state = await (await send(stateUrl, { method: "GET" })).json();
      document.querySelector('meta[name="csrf-token"]').content = state.token;
      return String(state.member) === member;
    } catch (error) {
      return error.status !== 401 && error.status !== 404;
    }
  };
  const [week, timeline] = ["week", "timeline"].map((kind) => `busy-${kind}:${workspace}:${member}`);
  return [
    isMinded(week) ? null : new Cells(new Store(week), { workspace, member, saveUrl: cellUrl }, renew),
    isMinded(timeline) ? null : new Steps({ dataset: { workspace, member, stepUrl } }, new Store(timeline), renew, () => ""),
  ].filter(Boolean);
}

function begin() {
  const all = sign ? carriers() : [];
  for (const carrier of all) {
    carrier.leavesRefusals = true; // what is refused is shown by its own page, which sends it once more
    carrier.addEventListener("rest", show);
    carrier.addEventListener("answered", () => document.dispatchEvent(new CustomEvent("hours:changed")));
    if (carrier.store.queue.length) carrier.go();
  }
  document.querySelector("[data-waiting-send]")?.addEventListener("click", () => all.forEach((carrier) => carrier.go()));
  show();
  setInterval(show, LOOK);
  for (const name of ["online", "offline", "storage"]) addEventListener(name, show);
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-sign-out]") || form.dataset.signOut === "asked") return;
  const waiting = countWaiting();
  if (!waiting) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { submitter } = event;
  if (!(await confirm({ title: word("signOutTitle"), text: `${told(waiting)} ${word("signOutText")}`, button: word("signOutButton"), kind: "danger" }))) return;
  form.dataset.signOut = "asked";
  form.requestSubmit(submitter);
}, true);

/** The page without a network comes back by itself. The browser's word that it is online is early, or never comes. */
async function loadAgain() {
  const answer = await fetch(location.href, { method: "HEAD", cache: "no-store" }).catch(() => null); // null: still no way
  if (answer && answer.status < 500) location.reload();
}
if (document.querySelector("[data-load-again]")) {
  addEventListener("online", loadAgain);
  setInterval(loadAgain, LOAD_AGAIN);
}
// After the page's own modules, which say what they send themselves.
if (document.readyState === "complete") begin();
else addEventListener("load", begin, { once: true });
