/**
 * What is not saved yet, kept in the browser so that it survives a reload, a closed lid and a lost connection.
 *
 * One store per workspace and member. `queue` holds changes in the order in which they were made; `held` what cannot be
 * sent as it is, by cell: wrong text, refusals, and conflicts that wait for a choice.
 *
 * @typedef {{id: string, key: string, label: string, hours: string | null, note: string | null, base: string, after: string | null,
 *   tries: number, at: number}} Change  `after` names the change of the same cell whose answer gives the base
 * @typedef {{text: string, note: string | null, message: string, present: object | null}} Held
 */
import { week } from "./cells.js";

const NAME = `busy-week:${week.dataset.workspace}:${week.dataset.member}`;
let memory = { queue: [], held: {} };
let works = true;

/** @returns {{queue: Change[], held: Record<string, Held>}} */
export function read() {
  if (!works) return memory;
  try {
    const kept = JSON.parse(localStorage.getItem(NAME) ?? "null");
    return { queue: kept?.queue ?? [], held: kept?.held ?? {} };
  } catch {
    works = false; // storage is shut off in this browser: this page's memory has to do
    return memory;
  }
}

function write(kept) {
  memory = kept;
  if (!works) return;
  try {
    if (kept.queue.length || Object.keys(kept.held).length) localStorage.setItem(NAME, JSON.stringify(kept));
    else localStorage.removeItem(NAME);
  } catch {
    works = false;
  }
}

/** Change the store in one step. */
export function update(change) {
  const kept = read();
  change(kept);
  write(kept);
}

/** @returns {Change[]} */
export const queued = () => read().queue;

/** @param {string} key */
export const queuedFor = (key) => queued().filter((change) => change.key === key);

/** @returns {Held | undefined} */
export const heldFor = (key) => read().held[key];

/** The page's own event when another tab wrote to the store. */
export function onChangeElsewhere(listener) {
  addEventListener("storage", (event) => event.key === NAME && listener());
}
