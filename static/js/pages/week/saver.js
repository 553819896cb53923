/**
 * The week's changes on their way. Each carries the revision it was based on, so that nothing is overwritten that was
 * changed elsewhere.
 */
import { Outbox, makeId } from "../../outbox.js";
import { partsOf, week } from "./cells.js";
import { queued, queuedFor, release, store } from "./store.js";

const MOST = 300;

export class Saver extends Outbox {
  /**
   * @param {() => Promise<boolean>} renew  fetches the page anew for a fresh token; false when there is nobody signed in
   */
  constructor(renew) {
    super(store, `${week.dataset.workspace}-${week.dataset.member}-week`, renew);
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

  /** Cells do not wait for each other. */
  lane(change) {
    return change.key;
  }

  /** The other cells of one act; one that was changed again since waits for its turn. */
  along(change) {
    return change.group ? queued().filter((other) => other.group === change.group && other.id !== change.id && !other.after).slice(0, MOST) : [];
  }

  request(change, along = []) {
    const member = Number(week.dataset.member);
    const cell = ({ key, id, base, hours, note, billable = null, billed = null }) => ({ ...partsOf(key), client_id: id, base, hours, note, billable, billed });
    if (along.length) return { url: week.dataset.cellsUrl, data: { member, cells: [change, ...along].map(cell) } };
    return { url: week.dataset.saveUrl, data: { member, ...cell(change) } };
  }

  /** What was written next in the same cell is based on what the change made of it; after a refusal, on what was there. */
  follow({ change, status, body }) {
    const next = queuedFor(change.key).find((other) => other.after === change.id);
    if (next) store.put({ ...next, after: null, base: status === 200 ? body.cell.revision : next.base });
  }
}
