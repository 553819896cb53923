/**
 * What is not saved yet of the week, in the browser's own store.
 *
 * @typedef {{id: string, key: string, label: string, hours: string | null, note: string | null, base: string,
 *   billable: boolean | null, billed: string | null, group: string | null,
 *   after: string | null, tries: number, at: number}} Change  in the order of `at`; `after` names the change of the same
 *   cell whose answer gives the base
 * @typedef {{text: string | null, note: string | null, message: string, present: object | null}} Held
 *   what cannot be sent as it is: wrong text, a refusal, a conflict that waits for a choice
 */
import { Store } from "../../outbox.js";
import { week } from "./cells.js";

export const store = new Store(`busy-week:${week.dataset.workspace}:${week.dataset.member}`);

/** @returns {Change[]} in the order in which they were made */
export const queued = () => store.queue;

/** @param {string} key @returns {Change[]} */
export const queuedFor = (key) => queued().filter((change) => change.key === key);

/** @param {string} key @returns {Held | null} */
export const heldFor = (key) => store.get("held", key);

/** @returns {string[]} */
export const heldKeys = () => store.keys("held");

/** @param {string} key @param {Held} held */
export const hold = (key, held) => store.set("held", key, held);

/** @param {string} key */
export const release = (key) => store.remove("held", key);

/** Another tab wrote to the store. */
export const onChangeElsewhere = (listener) => store.onChangeElsewhere(listener);
