/**
 * What is not saved yet, kept in the browser so that it survives a reload, a closed lid and a lost connection.
 *
 * One store per workspace and member, shared by the tabs. Every change and every held cell has an item of its own: tabs
 * see each other's writes late, and two that rewrote one list would lose what the other had put there.
 *
 * @typedef {{id: string, key: string, label: string, hours: string | null, note: string | null, base: string,
 *   after: string | null, tries: number, at: number}} Change  in the order of `at`; `after` names the change of the same
 *   cell whose answer gives the base
 * @typedef {{text: string | null, note: string | null, message: string, present: object | null}} Held
 *   what cannot be sent as it is: wrong text, a refusal, a conflict that waits for a choice
 */
import { week } from "./cells.js";

const NAME = `busy-week:${week.dataset.workspace}:${week.dataset.member}:`;
const CHANGE = `${NAME}change:`;
const HELD = `${NAME}held:`;

/** Where storage is shut off, this page's memory has to do. */
const memory = new Map();
const items = (() => {
  try {
    localStorage.setItem(`${NAME}try`, "");
    localStorage.removeItem(`${NAME}try`);
    return localStorage;
  } catch {
    return null;
  }
})();

function get(name) {
  return JSON.parse((items ? items.getItem(name) : memory.get(name)) ?? "null");
}

function set(name, value) {
  if (!items) return memory.set(name, JSON.stringify(value));
  return items.setItem(name, JSON.stringify(value));
}

function remove(name) {
  if (items) items.removeItem(name);
  else memory.delete(name);
}

function names(prefix) {
  return (items ? Object.keys(items) : [...memory.keys()]).filter((name) => name.startsWith(prefix));
}

let last = 0;

/** The next place in the queue. */
export const nextPlace = () => (last = Math.max(Date.now(), last + 1));

/** @returns {Change[]} in the order in which they were made */
export function queued() {
  return names(CHANGE).map(get).filter(Boolean).sort((one, other) => one.at - other.at);
}

/** @param {string} key @returns {Change[]} */
export const queuedFor = (key) => queued().filter((change) => change.key === key);

/** @param {Change} change */
export const put = (change) => set(CHANGE + change.id, change);

/** @param {string} id */
export const drop = (id) => remove(CHANGE + id);

/** @param {string} key @returns {Held | null} */
export const heldFor = (key) => get(HELD + key);

/** @returns {string[]} */
export const heldKeys = () => names(HELD).map((name) => name.slice(HELD.length));

/** @param {string} key @param {Held} held */
export const hold = (key, held) => set(HELD + key, held);

/** @param {string} key */
export const release = (key) => remove(HELD + key);

/** Another tab wrote to the store. */
export function onChangeElsewhere(listener) {
  addEventListener("storage", (event) => (event.key === null || event.key.startsWith(NAME)) && listener());
}
