/**
 * The week's changes on their way. Each carries the revision it was based on, so that nothing is overwritten that was
 * changed elsewhere.
 */
import { makeId } from "../../outbox.js";
import { Cells } from "./carrier.js";
import { week } from "./cells.js";
import { queuedFor, release, store } from "./store.js";

export class Saver extends Cells {
  /**
   * @param {() => Promise<boolean>} renew  fetches the page anew for a fresh token; false when there is nobody signed in
   */
  constructor(renew) {
    super(store, week.dataset, renew);
  }

  /** Keep a change and send it. A change of the same cell that was never sent is replaced; one that was, is followed. */
  add({ key, label, hours = null, note = null, billable = null, billed = null, base, group = null }) {
    const last = queuedFor(key).at(-1);
    const id = makeId();
    if (last && last.tries === 0) {
      store.drop(last.id);
      store.put({ ...last, id, hours: hours ?? last.hours, note: note ?? last.note, billable: billable ?? last.billable, billed: billed ?? last.billed, group: group ?? last.group });
    } else {
      store.put({ id, key, label, hours, note, billable, billed, group, base, after: last?.id ?? null, tries: 0, at: store.nextPlace() });
    }
    release(key);
    this.tell("queued", { key });
    this.go(group ? 1 : 0); // what was done in one act goes in one request
  }
}
