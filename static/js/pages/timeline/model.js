/**
 * What stands on the timeline: what the server has, with what is not saved yet laid over it.
 *
 * An entry is {id, revision, day, start, end, minutes, lunch, on, project, task, driven, work, customer, color, note, billable,
 * billed, canBill, absence, state, lock, remark}; start and end are null without times, `on` is "" while no project was chosen, `driven`
 * says that the project is task-driven, and `event`, until the server has the entry, what of the calendar it is made from. On the clock, from start to end are its minutes and its lunch (timesheets/lunch.py);
 * a draft has no lunch yet. Every change is a step: a
 * few moves for the server, which happen together, and what it takes to undo them.
 */
import { Store, makeId } from "../../outbox.js";
import { Steps, idsOf } from "./steps.js";
import { DAY, lengthOf } from "./times.js";

const UNDO_DEPTH = 100;
const LOOK = ["project", "task", "driven", "work", "customer", "color", "canBill", "absence", "event"];
const SAID = ["day", "start", "end", "minutes", "lunch", "on", "note", "billable"];

const placeOf = (entry) => (entry.start === null ? { day: entry.day, minutes: entry.minutes } : { day: entry.day, start: entry.start, end: entry.end });
const pairOf = (on) => on.split("-").map(Number);
const lookOf = (entry) => Object.fromEntries(LOOK.map((name) => [name, entry[name]]));

export class Model extends EventTarget {
  /** @type {Map<string, object>} by id, as the server has them */
  #saved = new Map();
  #undo = [];
  #seen = null;

  constructor(page, data, renew) {
    super();
    this.zone = data.zone;
    this.readOnly = data.readOnly;
    this.days = new Map(data.days.map((day) => [day.day, day]));
    this.store = new Store(`busy-timeline:${page.dataset.workspace}:${page.dataset.member}`);
    this.outbox = new Steps(page, this.store, renew, (id) => this.#saved.get(id)?.revision ?? "");
    this.outbox.addEventListener("answered", ({ detail }) => this.#answered(detail));
    this.take(data.days);
  }

  /** The server's word on some days. */
  take(days) {
    for (const day of days) {
      if (!this.days.has(day.day)) continue;
      for (const [id, entry] of this.#saved) if (entry.day === day.day) this.#saved.delete(id);
    }
    for (const day of days) {
      if (this.days.has(day.day)) this.days.set(day.day, day);
      for (const entry of day.entries) {
        if (this.days.has(entry.day)) this.#saved.set(entry.id, entry);
        else this.#saved.delete(entry.id);
      }
    }
    this.changed();
  }

  changed() {
    this.#seen = null;
    this.dispatchEvent(new Event("change"));
  }

  /** Everything that is to be seen, by id. */
  get entries() {
    if (this.#seen) return this.#seen;
    const seen = new Map([...this.#saved].map(([id, entry]) => [id, { ...entry, sign: "" }]));
    for (const step of this.store.queue) for (const move of step.moves) this.#lay(seen, move, this.outbox.trouble ? "queued" : "saving");
    for (const [id, { wanted, ...refusal }] of this.store.all("held")) if (this.days.has(wanted.day)) seen.set(id, { ...wanted, refusal, sign: "refused" });
    for (const draft of this.store.all("draft").values()) if (this.days.has(draft.day)) seen.set(draft.id, { ...draft, sign: "draft" });
    this.#seen = seen;
    return seen;
  }

  entry(id) {
    return this.entries.get(id);
  }

  /** How many entries of any week hold what could not be saved. */
  get refusals() {
    return this.store.keys("held").length;
  }

  lengthOf(day, start, end) {
    return lengthOf(start, end, this.days.get(day)?.shift ?? null);
  }

  /** The entry with the minutes, and the lunch, that follow from its times. */
  settle(entry) {
    if (entry.start === null) return entry.lunch === undefined ? entry : { ...entry, lunch: 0 };
    const length = this.lengthOf(entry.day, entry.start, entry.end < entry.start ? DAY : entry.end);
    const lunch = entry.lunch >= length ? 0 : entry.lunch;
    return { ...entry, lunch, minutes: length - (lunch ?? 0) };
  }

  /** What the first entry of a day loses; as timesheets/lunch.py has it. */
  #usualLunch(seen, day, { id, absence }) {
    const lunch = absence ? 0 : this.days.get(day)?.deducts ?? 0;
    const takes = (entry) => entry.id !== id && !entry.absence && entry.day === day && entry.start !== null && this.lengthOf(day, entry.start, entry.end) > lunch;
    return lunch && ![...seen.values()].some(takes) ? lunch : 0;
  }

  /** What a change of the work type does to the lunch: absence has none, and work that was absence has the usual one. */
  #changedLunch(seen, was, move) {
    if (move.lunch !== undefined || !move.look || Boolean(move.look.absence) === Boolean(was.absence)) return move.lunch ?? was.lunch;
    return this.#usualLunch(seen, (move.place ?? was).day, { id: was.id, absence: move.look.absence });
  }

  #lay(seen, move, sign) {
    const place = ({ day, start = null, end = null, minutes = 0 }) => ({ day, start, end: start !== null && end < start ? DAY : end, minutes });
    const put = (id, entry) => (this.days.has(entry.day) ? seen.set(id, { ...this.settle(entry), id, sign }) : seen.delete(id));
    const was = seen.get(move.id);
    if (move.do === "create") {
      put(move.id, { revision: "", state: "open", lock: null, note: move.note, billable: move.billable ?? move.look.canBill, billed: move.billed ?? null, on: move.on.join("-"), ...move.look, ...place(move.place), lunch: move.lunch ?? this.#usualLunch(seen, move.place.day, { id: move.id, ...move.look }) });
    } else if (move.do === "delete") {
      seen.delete(move.id);
    } else if (move.do === "copy") {
      put(move.id, { ...move.look, ...place(move.place), lunch: this.#usualLunch(seen, move.place.day, { ...move.look, id: move.id }) });
    } else if (move.do === "cut" && was) {
      put(move.id, { ...was, ...place({ ...placeOf(was), end: move.at }) });
      put(move.rest, { ...was, revision: "", lunch: 0, ...place({ ...placeOf(was), start: move.at }) });
    } else if (move.do === "change" && was) {
      const { look, note, billable } = move;
      const lunch = this.#changedLunch(seen, was, move);
      put(move.id, { ...was, ...look, ...(move.on && { on: move.on.join("-") }), ...(note !== undefined && { note }), ...(billable !== undefined && { billable }), ...(lunch !== undefined && { lunch }), ...(move.place && place(move.place)) });
    }
  }

  // Steps ------------------------------------------------------------------------------------------------------------
  /** Change what an entry says: put(id, {start, end}). Fields: day, start, end, minutes, lunch, on with its look, note, billable. */
  put(id, patch) {
    const was = this.entry(id);
    const wanted = this.settle({ ...was, ...patch });
    if (SAID.every((name) => wanted[name] === was[name])) return;
    if (was.sign === "draft") return void this.#putDraft(wanted);
    this.#remember([{ id, was }]);
    this.#send(was.sign === "refused" ? this.#wholly(wanted) : this.#partly(was, wanted));
  }

  #putDraft(wanted) {
    const { sign: _sign, ...draft } = wanted;
    if (!draft.on) {
      this.store.set("draft", draft.id, draft);
      return this.changed();
    }
    this.store.remove("draft", draft.id);
    this.#remember([{ id: draft.id, was: null }]);
    return this.#send(this.#create(draft));
  }

  /** A new entry without a project: kept here until one is chosen. `said` is what it says already. */
  draft(place, said = {}) {
    const id = makeId();
    const minutes = place.start === null ? place.minutes : this.lengthOf(place.day, place.start, place.end);
    const draft = { id, revision: "", minutes, on: "", project: "", task: "", driven: false, work: "", customer: "", color: 12, note: "", billable: true, billed: null, canBill: true, state: "open", lock: null, ...said, ...place };
    this.store.set("draft", id, draft);
    this.changed();
    return id;
  }

  copy(id, place) {
    const of = this.entry(id);
    const made = { ...of, id: makeId(), revision: "", lock: null, state: "open", billed: null, ...place };
    delete made.refusal;
    delete made.event; // it became one entry
    delete made.lunch; // the usual one, if it is the first of its day
    if (!of.on) return this.draft(place);
    this.#remember([{ id: made.id, was: null }]);
    // What is not saved itself cannot be copied there; it is made with the same words instead.
    if (of.sign === "refused") this.#send(this.#create(made));
    else this.#send({ do: "copy", id: made.id, of: id, place: placeOf(made), look: made });
    return made.id;
  }

  cut(id, at) {
    const was = this.entry(id);
    if (was.sign === "draft" || was.sign === "refused") return null;
    const rest = makeId();
    this.#remember([{ id: rest, was: null }, { id, was }]);
    this.#send({ do: "cut", id, base: this.#base(id), at, rest });
    return rest;
  }

  remove(id) {
    const was = this.entry(id);
    const isSaved = this.#saved.has(id) || this.store.queue.some((step) => idsOf(step).includes(id));
    this.store.remove("draft", id);
    this.store.remove("held", id);
    if (was.sign === "draft" || !isSaved) return this.changed();
    this.#remember([{ id, was }]);
    return this.#send({ do: "delete", id, base: this.#base(id) });
  }

  /** Take the last step back. False when there is none. */
  undo() {
    const last = this.#undo.pop();
    if (!last) return false;
    const moves = [];
    for (const { id, was } of last) {
      const now = this.entry(id);
      if (!was && now) moves.push({ do: "delete", id, base: this.#base(id) });
      if (was && !now) moves.push(this.#create(was));
      if (was && now) moves.push(now.sign === "refused" ? this.#wholly({ ...was, id }) : this.#partly(now, was, { exactly: true }));
    }
    this.#send(...moves.filter(Boolean));
    return true;
  }

  get canUndo() {
    return this.#undo.length > 0;
  }

  #remember(step) {
    this.#undo.push(step);
    if (this.#undo.length > UNDO_DEPTH) this.#undo.shift();
  }

  /** The revision a move is based on; null when an earlier step's answer will tell it. */
  #base(id) {
    return this.store.queue.some((step) => idsOf(step).includes(id)) ? null : this.#saved.get(id)?.revision ?? "";
  }

  #create(entry) {
    return { do: "create", id: entry.id, place: placeOf(entry), on: pairOf(entry.on), note: entry.note, billable: entry.billable, billed: entry.billed, lunch: entry.lunch, ...(entry.event && { event: entry.event.key }), look: lookOf(entry) };
  }

  #wholly(wanted) {
    if (!this.#saved.has(wanted.id)) return this.#create(wanted);
    return { do: "change", id: wanted.id, base: this.#base(wanted.id), place: placeOf(wanted), on: pairOf(wanted.on), note: wanted.note, billable: wanted.billable, lunch: wanted.lunch, look: lookOf(wanted) };
  }

  /** `exactly`: the lunch too is what it was, also where another work type would bring the usual one. */
  #partly(was, wanted, { exactly = false } = {}) {
    const move = { do: "change", id: wanted.id, base: this.#base(wanted.id) };
    if (["day", "start", "end", "minutes"].some((name) => was[name] !== wanted[name])) move.place = placeOf(wanted);
    if (was.on !== wanted.on) Object.assign(move, { on: pairOf(wanted.on), look: lookOf(wanted) });
    if (was.note !== wanted.note) move.note = wanted.note;
    if (was.billable !== wanted.billable) move.billable = wanted.billable;
    if (was.lunch !== wanted.lunch || (exactly && move.on && wanted.lunch !== undefined)) move.lunch = wanted.lunch;
    return Object.keys(move).length > 3 ? move : null;
  }

  #send(...moves) {
    const wanted = moves.filter(Boolean);
    if (!wanted.length) return this.changed();
    for (const move of wanted) this.store.remove("held", move.id);
    const last = this.store.queue.at(-1);
    if (last?.tries === 0 && wanted.length === 1 && last.moves.length === 1 && this.#join(last.moves[0], wanted[0])) {
      this.store.drop(last.id);
      this.store.put({ ...last, id: makeId() });
    } else {
      this.store.put({ id: makeId(), moves: wanted, tries: 0, at: this.store.nextPlace() });
    }
    this.changed();
    this.outbox.tell("queued");
    return this.outbox.go(250); // what follows at once, as an arrow key held down, goes along
  }

  /** Lay a change over one of the same entry that was never sent. */
  #join(first, then) {
    if (then.do !== "change" || first.id !== then.id || !["change", "create"].includes(first.do)) return false;
    const { do: _do, base: _base, id: _id, ...said } = then;
    Object.assign(first, said);
    return true;
  }

  // Answers ----------------------------------------------------------------------------------------------------------
  #answered({ change: step, status, body }) {
    const wanted = new Map(idsOf(step).map((id) => [id, this.#wanted(step, id)]));
    if (status !== 200 && step.moves.length === 1 && ["change", "create", "copy"].includes(step.moves[0].do)) {
      const [id, entry] = [...wanted][0];
      if (entry) this.#hold(id, entry, body, status);
    }
    if (body?.days) this.take(body.days);
    else this.changed();
    this.dispatchEvent(new CustomEvent("answered", { detail: { step, status, body } }));
  }

  /** The entry as the refused step would have left it. */
  #wanted(step, id) {
    const seen = new Map([...this.#saved]);
    for (const move of step.moves) this.#lay(seen, move, "");
    return seen.get(id);
  }

  #hold(id, wanted, body, status) {
    this.store.set("held", id, { wanted, message: body?.message ?? "", code: body?.error ?? String(status) });
  }

  /** Send a refused entry once more as it stands, on top of what the server has now. */
  again(id) {
    this.#send(this.#wholly(this.entry(id)));
  }

  letGo(id) {
    this.store.remove("held", id);
    this.changed();
  }
}
