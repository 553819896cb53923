/**
 * The week's changes on their way. Each carries the revision it was based on, so that nothing is overwritten that was
 * changed elsewhere.
 */
import { Outbox, makeId } from "../../outbox.js";
import { partsOf, week } from "./cells.js";
import { queuedFor, release, store } from "./store.js";

export class Saver extends Outbox {
  /**
   * @param {() => Promise<boolean>} renew  fetches the page anew for a fresh token; false when there is nobody signed in
   */
  constructor(renew) {
    super(store, `${week.dataset.workspace}-${week.dataset.member}-week`, renew);
  }

  /** Keep a change and send it. A change of the same cell that was never sent is replaced; one that was, is followed. */
  add({ key, label, hours = null, note = null, base }) {
    const last = queuedFor(key).at(-1);
    const id = makeId();
    if (last && last.tries === 0) {
      store.drop(last.id);
      store.put({ ...last, id, hours: hours ?? last.hours, note: note ?? last.note });
    } else {
      store.put({ id, key, label, hours, note, base, after: last?.id ?? null, tries: 0, at: store.nextPlace() });
    }
    release(key);
    this.tell("queued", { key });
    this.go();
  }

  /** Cells do not wait for each other. */
  lane(change) {
    return change.key;
  }

  request(change) {
    const { project, work_type, task, day } = partsOf(change.key);
    return {
      url: week.dataset.saveUrl,
      data: { member: Number(week.dataset.member), project, work_type, task, day, client_id: change.id, base: change.base, hours: change.hours, note: change.note },
    };
  }

  /** What was written next in the same cell is based on what the change made of it; after a refusal, on what was there. */
  follow({ change, status, body }) {
    const next = queuedFor(change.key).find((other) => other.after === change.id);
    if (next) store.put({ ...next, after: null, base: status === 200 ? body.cell.revision : next.base });
  }
}
