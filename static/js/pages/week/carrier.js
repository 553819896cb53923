/** How the week's changes are sent, from its own page or, when that is not open, from any other. */
import { Outbox } from "../../outbox.js";

const MOST = 300;

/** @returns {{project: number, work_type: number, task: number | null, day: string}} what a cell's key says */
export function partsOf(key) {
  const [, project, workType, task, day] = key.match(/^hours-(\d+)-(\d+)(?:-(\d+))?-(\d{4}-\d{2}-\d{2})$/);
  return { project: Number(project), work_type: Number(workType), task: task ? Number(task) : null, day };
}

export class Cells extends Outbox {
  /**
   * @param {import("../../outbox.js").Store} store
   * @param {{workspace: string, member: string, saveUrl: string, cellsUrl?: string}} place
   * @param {() => Promise<boolean>} renew  for a fresh token; false when there is nobody signed in
   */
  constructor(store, place, renew) {
    super(store, `${place.workspace}-${place.member}-week`, renew);
    this.place = place;
  }

  /** Cells do not wait for each other. */
  lane(change) {
    return change.key;
  }

  /**
   * The other cells of one act; one that was changed again since waits for its turn. Where refusals are left for another
   * page, each cell goes alone, so that the one that is refused stays.
   */
  along(change) {
    if (!change.group || this.leavesRefusals) return [];
    return this.store.queue.filter((other) => other.group === change.group && other.id !== change.id && !other.after).slice(0, MOST);
  }

  request(change, along = []) {
    const member = Number(this.place.member);
    const cell = ({ key, id, base, hours, note, billable = null, billed = null }) => ({ ...partsOf(key), client_id: id, base, hours, note, billable, billed });
    if (along.length) return { url: this.place.cellsUrl, data: { member, cells: [change, ...along].map(cell) } };
    return { url: this.place.saveUrl, data: { member, ...cell(change) } };
  }

  /** What was written next in the same cell is based on what the change made of it; after a refusal, on what was there. */
  follow({ change, status, body }) {
    const next = this.store.queue.find((other) => other.key === change.key && other.after === change.id);
    if (next) this.store.put({ ...next, after: null, base: status === 200 ? body.cell.revision : next.base });
  }
}
