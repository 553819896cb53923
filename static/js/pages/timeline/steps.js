/** How the timeline's steps are sent, from its own page or, when that is not open, from any other. */
import { Outbox } from "../../outbox.js";

/** The entries that a step is about. */
export const idsOf = (step) => step.moves.flatMap((move) => [move.id, ...(move.rest ? [move.rest] : [])]);

export class Steps extends Outbox {
  /**
   * @param {{dataset: {workspace: string, member: string, stepUrl: string}}} page  the timeline, or what stands for it
   * @param {import("../../outbox.js").Store} store
   * @param {() => Promise<boolean>} renew
   * @param {(id: string) => string} revision  the last one that is known here
   */
  constructor(page, store, renew, revision) {
    super(store, `${page.dataset.workspace}-${page.dataset.member}-timeline`, renew);
    Object.assign(this, { page, revision });
  }

  request(step) {
    const moves = step.moves.map(({ look: _look, ...move }) => (move.base === null ? { ...move, base: this.revision(move.id) } : move));
    return { url: this.page.dataset.stepUrl, data: { member: Number(this.page.dataset.member), id: step.id, moves } };
  }

  /** A move that waited for the answer of an earlier one gets its base from it; after a refusal nothing can follow. */
  follow({ change: step, status, body }) {
    const ids = idsOf(step);
    if (status !== 200) for (const other of this.store.queue) if (idsOf(other).some((id) => ids.includes(id))) this.store.drop(other.id);
    const saved = new Map((body?.days ?? []).flatMap((day) => day.entries).map((entry) => [entry.id, entry.revision]));
    const seen = new Set();
    for (const other of this.store.queue) {
      let told = false;
      for (const move of other.moves) {
        if (move.base === null && !seen.has(move.id) && saved.has(move.id)) { move.base = saved.get(move.id); told = true; }
        seen.add(move.id);
      }
      if (told) this.store.put(other);
    }
  }
}
