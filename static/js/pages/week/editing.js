/**
 * What is written becomes changes: read, checked, handed to the saver; refused text and conflicts stay in their cell
 * until the person decides.
 */
import { announce, element, language } from "../../words.js";
import { makeId } from "../../outbox.js";
import { adopt, cellOf, inputOf, isDirty, keyOf, mark, savedBilling, savedMinutes, savedNote, setNote, showBilled, tell } from "./cells.js";
import { DAY, parseHours, printHours } from "../../durations.js";
import { heldFor, heldKeys, hold, queued, queuedFor, release } from "./store.js";
import { addUp } from "./totals.js";
import { say, sayCount } from "./words.js";

const DEPTH = 100;

export class Editing {
  /** @type {{key: string, hours: string, note: string, billable: boolean, billed: string}[][]} what the cells of each act held before it, the last act last */
  #past = [];
  /** The act under way: its name for the saver, and what it changed. */
  #act = null;

  /** @param {import("./saver.js").Saver} saver */
  constructor(saver) {
    this.saver = saver;
    /** Called when a cell is refused, and when it is released. */
    this.onHeld = () => {};
  }

  /** What the cell will hold when everything on its way has arrived. */
  #coming(cell) {
    const changes = queuedFor(keyOf(cell));
    const hours = changes.findLast((change) => change.hours !== null)?.hours;
    const note = changes.findLast((change) => change.note !== null)?.note;
    const billing = changes.findLast((change) => (change.billable ?? null) !== null);
    const { billable, billed } = billing ?? savedBilling(cell);
    return { minutes: hours === undefined ? savedMinutes(cell) : parseHours(hours), note: note ?? savedNote(cell), billable, billed };
  }

  /** What ``act`` does is saved together, and taken back together. */
  together(act) {
    this.#act = { group: makeId(), past: [] };
    try {
      act();
    } finally {
      const { past } = this.#act;
      this.#act = null;
      if (past.length) this.#keep(past);
    }
  }

  /**
   * Save what stands in the field, if it says something new.
   * @param {HTMLElement} cell
   * @param {{leaving?: boolean}} [how]  while somebody still writes, wrong text is not yet a mistake
   */
  commit(cell, { leaving = true } = {}) {
    const input = inputOf(cell);
    if (!input || cell.querySelector(".cell-conflict")) return;
    const minutes = parseHours(input.value);
    if (minutes === null || minutes > DAY) {
      if (leaving) this.refuse(cell, input.value, minutes === null ? say("notADuration") : say("dayTooLong", { hours: input.value.trim() }));
      return;
    }
    const coming = this.#coming(cell);
    if (minutes === coming.minutes) {
      if (heldFor(keyOf(cell))) this.#release(cell);
      if (leaving) input.value = minutes ? printHours(minutes, language) : "";
      return addUp();
    }
    const note = minutes ? cell.dataset.noteDraft ?? null : null;
    delete cell.dataset.noteDraft;
    this.#remember(cell, coming);
    if (leaving) input.value = minutes ? printHours(minutes, language) : "";
    this.#save(cell, { hours: input.value.trim(), note });
  }

  /** @param {string} note */
  commitNote(cell, note) {
    const coming = this.#coming(cell);
    if (note === coming.note) return;
    if (!coming.minutes) {
      if (note) cell.dataset.noteDraft = note;
      else delete cell.dataset.noteDraft;
      cell.toggleAttribute("data-note", note !== "");
      return;
    }
    this.#remember(cell, coming);
    setNote(cell, note);
    this.#save(cell, { note });
  }

  /** @param {{billable: boolean, billed: string}} wanted  ``billed`` "" bills all of the hours */
  commitBilling(cell, wanted) {
    const coming = this.#coming(cell);
    const billed = wanted.billable ? wanted.billed : "";
    if (!coming.minutes || (wanted.billable === coming.billable && billed === coming.billed)) return;
    this.#remember(cell, coming);
    showBilled(cell, billed);
    this.#save(cell, { billable: wanted.billable, billed });
  }

  /** What is billed when everything on its way has arrived. */
  billingOf(cell) {
    const { billable, billed, minutes } = this.#coming(cell);
    return { billable, billed, minutes };
  }

  noteOf(cell) {
    return cell.dataset.noteDraft ?? this.#coming(cell).note;
  }

  hasHours(cell) {
    return this.#coming(cell).minutes > 0;
  }

  #save(cell, what) {
    mark(cell, this.saver.trouble ? "queued" : "saving");
    this.saver.add({ key: keyOf(cell), label: cell.dataset.label, base: cell.dataset.revision, group: this.#act?.group ?? null, ...what });
    addUp();
  }

  #remember(cell, coming) {
    const { minutes, ...rest } = coming;
    const was = { key: keyOf(cell), hours: minutes ? printHours(minutes, language) : "", ...rest };
    if (this.#act) this.#act.past.push(was);
    else this.#keep([was]);
  }

  #keep(past) {
    this.#past.push(past);
    if (this.#past.length > DEPTH) this.#past.shift();
  }

  /** Take the last act back, wherever it was done in this week. */
  undo() {
    const act = (this.#past.pop() ?? []).filter(({ key }) => cellOf(key) && inputOf(cellOf(key)));
    if (!act.length) return announce(say("nothingToUndo"));
    this.#act = { group: act.length > 1 ? makeId() : null, past: [] };
    for (const last of act.toReversed()) this.#restore(cellOf(last.key), last);
    this.#act = null;
    const [{ key, hours }] = act;
    const cell = cellOf(key);
    inputOf(cell).focus();
    if (act.length > 1) return announce(sayCount("undoneCells", act.length));
    return announce(hours ? say("undone", { cell: cell.dataset.label, hours }) : say("undoneEmpty", { cell: cell.dataset.label }));
  }

  #restore(cell, last) {
    const { billable, billed } = this.#coming(cell);
    const otherwise = last.hours && (billable !== last.billable || billed !== last.billed);
    inputOf(cell).value = last.hours;
    this.#release(cell);
    this.#save(cell, { hours: last.hours, note: last.hours ? last.note : null, ...(otherwise && { billable: last.billable, billed: last.billed }) });
  }

  /** Back to what is saved, or on its way. */
  revert(cell) {
    const input = inputOf(cell);
    if (!input) return;
    const { minutes } = this.#coming(cell);
    this.#release(cell);
    input.value = minutes ? printHours(minutes, language) : "";
    input.select();
    addUp();
  }

  /** Keep the text in its cell, red, with the sentence under it; also over a reload. */
  refuse(cell, text, message, present = null, note = null) {
    hold(keyOf(cell), { text, note, message, present });
    this.show(cell);
    this.onHeld();
  }

  /** Draw what is held for the cell. */
  show(cell) {
    const held = heldFor(keyOf(cell));
    const input = inputOf(cell);
    if (!held || !input) return;
    if (held.text !== null) input.value = held.text;
    mark(cell, "refused", held.message);
    if (held.present) this.#ask(cell, held);
    addUp();
  }

  #release(cell) {
    release(keyOf(cell));
    mark(cell, "");
    this.onHeld();
  }

  /** Changed in two places: both values stand there, and the person chooses. */
  #ask(cell, { text, note, present }) {
    const message = cell.querySelector(".cell-message");
    message.classList.add("cell-conflict");
    message.setAttribute("role", "group");
    const aboutNote = text === null;
    const theirs = present.text;
    const keep = element("button", { type: "button", className: "button button-small button-primary" }, aboutNote ? say("keepMyNote") : say("keepMine", { hours: text || "0" }));
    const use = element("button", { type: "button", className: "button button-small" }, aboutNote ? say("useTheirNote") : theirs ? say("useTheirs", { hours: theirs }) : say("useNothing"));
    keep.dataset.conflictKeep = use.dataset.conflictUse = "";
    message.append(element("span", { className: "cell-choice" }, keep, use));
    keep.addEventListener("click", () => {
      adopt(cell, present, { keepField: true });
      this.#release(cell);
      this.#save(cell, { hours: aboutNote ? null : text, note });
      inputOf(cell).focus();
    });
    use.addEventListener("click", () => {
      adopt(cell, present);
      this.#release(cell);
      inputOf(cell).focus();
      addUp();
    });
  }

  /** Another tab, or this one, has an answer for a change. */
  answered({ change, status, body }, { elsewhere = false } = {}) {
    const cell = cellOf(change.key);
    const present = body?.cell ?? null;
    if (!cell || !inputOf(cell)) {
      return { shown: false, refusal: status === 200 ? "" : body?.message ?? "" };
    }
    const more = queuedFor(change.key).some((other) => other.id !== change.id);
    if (status === 200) {
      // What is being written here was based on the old revision: its own save will find out and ask.
      if (elsewhere && isDirty(cell) && !more && inputOf(cell).value !== change.hours) return { shown: true };
      const input = inputOf(cell);
      const writing = input === document.activeElement || (change.hours !== null && parseHours(input.value) !== parseHours(change.hours));
      adopt(cell, present, { keepField: more || (writing && !elsewhere) });
      if (!more && !heldFor(change.key)) mark(cell, "saved");
      if (present.notice) {
        tell(cell, present.notice);
        announce(present.notice);
      }
    } else if (!more) {
      this.#refused(cell, change, status, body, present);
    }
    addUp();
    return { shown: true };
  }

  #refused(cell, change, status, body, present) {
    if (status === 409 && present) {
      const aboutNote = change.hours === null;
      const message = aboutNote ? say("noteChangedTo", { note: present.note }) : present.minutes ? say("changedTo", { hours: present.text }) : say("changedToNothing");
      return this.refuse(cell, aboutNote ? null : change.hours, message, present, change.note);
    }
    const message = body?.message ?? sayCount("refused", 1);
    this.refuse(cell, change.hours ?? inputOf(cell).value, message, null, change.note);
    announce(message, true);
  }

  /** After a reload: what is on its way and what is held, as it stood. */
  restore() {
    for (const change of queued()) {
      const cell = cellOf(change.key);
      const input = cell && inputOf(cell);
      if (!input) continue;
      if (change.hours !== null) {
        const minutes = parseHours(change.hours);
        input.value = minutes ? printHours(minutes, language) : change.hours;
      }
      if (change.note !== null) setNote(cell, change.note);
      if (change.billed) showBilled(cell, change.billed);
      mark(cell, "queued");
    }
    for (const key of heldKeys()) if (cellOf(key)) this.show(cellOf(key));
    addUp();
  }

  /** How many cells of any week hold what could not be saved. */
  get refusals() {
    return heldKeys().length;
  }
}
