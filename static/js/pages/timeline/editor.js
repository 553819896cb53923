/** The details of one entry in a popover beside its block. What is written is saved on the way; Esc closes. */
import { combobox, remote } from "../../combobox.js";
import { saveState } from "../../forms.js";
import { openPopover } from "../../popover.js";
import { parseHours } from "../../durations.js";
import { hoursText, timesOf } from "./draw.js";
import { DAY, printTime, readTime, readTimes, snap } from "./times.js";
import { say } from "./words.js";

const PAUSE = 900;
const glass = matchMedia("(hover: none)");

export class Editor {
  #id = "";
  #left = "";
  #timer = 0;

  /**
   * @param {HTMLElement} page
   * @param {import("./model.js").Model} model
   * @param {import("./draw.js").Drawing} drawing
   * @param {{copy: (id: string) => void, remove: (id: string) => void, cut: (id: string, at: number) => void}} doors
   */
  constructor(page, model, drawing, doors) {
    Object.assign(this, { page, model, drawing, doors });
    this.popover = page.querySelector("[data-entry-popover]");
    this.part = (name) => this.popover.querySelector(`[data-entry-${name}]`);
    this.on = this.part("on");
    this.task = this.part("task");
    this.times = this.part("times");
    this.hours = this.part("hours");
    this.lunch = this.part("lunch");
    this.day = this.part("day");
    this.note = this.part("note");
    this.billable = this.part("billable");
    this.list = combobox({
      input: this.on, box: this.part("on-box"), list: this.part("on-list"), source: remote(page.dataset.searchUrl), delay: 120,
      onChoose: (option) => this.#choose(option),
    });
    combobox({
      input: this.task, box: this.part("task-box"), list: this.part("task-list"), source: (typed, signal) => this.#tasks(typed, signal), delay: 120,
      onChoose: (option) => this.#choose(option),
    });
    for (const field of [this.on, this.task]) {
      field.addEventListener("focus", () => field.select());
      field.addEventListener("blur", () => this.#name());
    }
    this.times.addEventListener("change", () => this.#saveTimes());
    this.hours.addEventListener("change", () => this.#saveHours());
    this.lunch.addEventListener("change", () => this.#saveLunch());
    this.day.addEventListener("change", () => this.#put({ day: this.day.value }));
    this.note.addEventListener("input", () => { clearTimeout(this.#timer); this.#timer = setTimeout(() => this.#saveNote(), PAUSE); });
    this.note.addEventListener("blur", () => this.#saveNote());
    this.billable.addEventListener("change", () => this.#put({ billable: this.billable.checked }));
    this.popover.addEventListener("submit", (event) => event.preventDefault());
    this.popover.addEventListener("keydown", (event) => this.#key(event));
    // Before, not after: the next entry may be opened in the same breath.
    this.popover.addEventListener("beforetoggle", (event) => { if (event.newState === "closed") this.#closing(); });
    this.popover.addEventListener("toggle", (event) => { if (event.newState === "closed") this.#closed(); });
    this.part("copy")?.addEventListener("click", () => this.#leaveTo((id) => doors.copy(id)));
    this.part("delete")?.addEventListener("click", () => this.#leaveTo((id) => doors.remove(id)));
    this.part("cut")?.addEventListener("click", () => this.#leaveTo((id) => this.askCut(id)));
    this.part("lock-ask")?.addEventListener("click", ({ currentTarget }) => this.#ask(currentTarget.dataset));
    this.part("event-use")?.addEventListener("click", () => this.#useLike());
    this.part("event-hide")?.addEventListener("click", () => { const { event } = this.model.entry(this.#id); this.close(); doors.hideEvent(event); });
    this.part("again").addEventListener("click", () => this.model.again(this.#id));
    this.part("let-go").addEventListener("click", () => { const id = this.#id; this.popover.hidePopover(); model.letGo(id); });
    model.addEventListener("change", () => this.#id && this.#show());
    this.#startCutting();
  }

  get isOpen() {
    return this.#id !== "";
  }

  open(id) {
    const block = this.drawing.blockOf(id);
    if (!block) return;
    if (this.popover.matches(":popover-open")) this.popover.hidePopover();
    this.#id = id;
    this.#fill();
    block.focus({ preventScroll: true }); // where the focus comes back to
    openPopover(this.popover, block);
    block.setAttribute("aria-expanded", "true");
    const entry = this.model.entry(id);
    // On glass a focused field would bring up the keys over half of the page.
    if (this.#isClosed(entry) || (entry.on && glass.matches)) return this.popover.querySelector("[popovertarget]").focus();
    if (entry.on) return this.times.focus();
    if (entry.event?.like) return this.part("event-use").focus();
    if (entry.event && glass.matches) return this.popover.querySelector("[popovertarget]").focus();
    this.on.focus();
    return this.list.look("");
  }

  close() {
    if (this.popover.matches(":popover-open")) this.popover.hidePopover();
  }

  /** Write what stands in a field before the page goes away. */
  commit() {
    if (!this.#id) return;
    if (document.activeElement === this.times) this.#saveTimes();
    if (document.activeElement === this.hours) this.#saveHours();
    if (document.activeElement === this.lunch) this.#saveLunch();
    this.#saveNote();
  }

  #isClosed(entry) {
    return this.model.readOnly || this.drawing.isLocked(entry);
  }

  #closing() {
    const id = this.#id;
    if (!id) return;
    this.commit();
    this.#id = "";
    this.#left = id;
    this.drawing.blockOf(id)?.removeAttribute("aria-expanded");
    const entry = this.model.entry(id);
    // What only the calendar says is no writing of the person's.
    if (entry?.sign === "draft" && (!entry.note || entry.note === entry.event?.note)) this.model.remove(id);
  }

  #closed() {
    if (!this.#id && document.activeElement === document.body) this.drawing.blockOf(this.#left)?.focus({ preventScroll: true });
  }

  #leaveTo(then) {
    const id = this.#id;
    this.close();
    if (this.model.entry(id)) then(id);
  }

  #fill() {
    const entry = this.model.entry(this.#id);
    for (const field of [this.times, this.hours, this.lunch]) this.#mend(field);
    for (const field of [this.on, this.task]) this.#write(field, entry);
    this.note.value = entry.note;
    this.#show();
  }

  /** What the model says now; a field somebody writes in is left alone. */
  #show() {
    const entry = this.model.entry(this.#id);
    if (!entry) return this.close();
    const idle = (field) => field !== document.activeElement && !field.hasAttribute("aria-invalid");
    this.part("title").textContent = this.model.days.get(entry.day).name;
    this.part("color").dataset.color = entry.color;
    this.part("work").textContent = entry.on ? [entry.work, entry.customer].filter(Boolean).join(" · ") : say("chooseProject");
    this.part("task-field").hidden = !entry.driven && !entry.task;
    for (const field of [this.on, this.task]) if (idle(field)) this.#write(field, entry);
    if (idle(this.times)) this.times.value = timesOf(entry);
    if (idle(this.hours)) this.hours.value = hoursText(entry.minutes);
    this.part("lunch-field").hidden = entry.start === null || entry.lunch === undefined || Boolean(entry.absence) || !(entry.lunch || this.model.days.get(entry.day).deducts);
    if (idle(this.lunch)) this.lunch.value = entry.lunch ?? "";
    this.day.value = entry.day;
    if (idle(this.note)) this.note.value = entry.note;
    this.billable.checked = entry.billable && entry.canBill;
    const closed = this.#isClosed(entry);
    for (const field of [this.on, this.task, this.times, this.hours, this.lunch, this.day, this.billable]) field.disabled = closed;
    this.note.readOnly = closed;
    this.billable.disabled ||= !entry.canBill;
    for (const name of ["cut", "delete"]) if (this.part(name)) this.part(name).disabled = closed;
    if (this.part("cut")) this.part("cut").disabled ||= entry.start === null || !entry.on;
    if (this.part("copy")) this.part("copy").disabled = !entry.on;
    // What was never saved has no history.
    this.part("history").hidden = !entry.revision;
    this.part("history").href = this.page.dataset.historyUrl.replace(/[0-9a-f-]{36}/, entry.id);
    const { on, project, work, task = "", customer, color, note } = entry;
    if (this.part("continue")) { Object.assign(this.part("continue").dataset, { on, project, work, task, customer, color, note }); this.part("continue").disabled = !on; }
    this.#showEvent(entry);
    this.#showLock(entry);
    this.#showRemark(entry);
    this.#showSent(entry);
    this.#showRefusal(entry);
    const states = { saving: ["saving", say("saving")], queued: ["queued", say("queuedOne", { count: 1 })], refused: ["refused", say("notSaved")], draft: ["", ""], "": ["saved", say("saved")] };
    const [state, text] = states[entry.sign];
    if (!closed && this.part("state").dataset.saved !== state) saveState(this.part("state"), state, text);
    this.popover.querySelector(".popover-foot").hidden = closed;
    return undefined;
  }

  /** What the entry is made from, and the project of the last one like it: one press saves. */
  #showEvent({ sign, event }) {
    const box = this.part("event");
    if (!box) return;
    box.hidden = sign !== "draft" || !event;
    if (box.hidden) return;
    this.part("event-title").textContent = event.title;
    this.part("event-calendar").textContent = event.calendar;
    const use = this.part("event-use");
    use.hidden = !event.like;
    if (!event.like) return;
    const { project, task, work, color } = event.like;
    use.querySelector("[data-color]").dataset.color = color;
    use.querySelector("[data-entry-event-like]").textContent = say("useLike", { project: [project, task, work].filter(Boolean).join(", ") });
  }

  #useLike() {
    const { like } = this.model.entry(this.#id).event;
    const { value, project, work, task, customer, color, driven, canBill, absence } = like;
    this.#put({ on: value, project, work, task, customer, color, driven, canBill, absence, billable: canBill });
    this.close();
  }

  #showLock(entry) {
    const lock = entry.lock ?? this.model.days.get(entry.day).lock;
    this.part("lock").hidden = !lock;
    if (!lock) return;
    this.part("lock-sentence").textContent = lock.sentence;
    this.part("lock-cure").textContent = lock.cure;
    const ask = this.part("lock-ask");
    if (ask) ask.hidden = !lock.approval;
    if (ask && lock.approval) Object.assign(ask.dataset, { approval: lock.approval, day: entry.day });
  }

  /** What there is to know of the hours: that they will be refused, or how far they are. */
  #showRemark({ remark }) {
    const place = this.part("remark");
    place.hidden = !remark?.text;
    place.textContent = remark?.text ?? "";
    place.dataset.remark = remark?.sign ?? "";
  }

  #showSent(entry) {
    this.part("sent").textContent = ["submitted", "rejected"].includes(entry.state) ? say(entry.state) : "";
  }

  /** Ask who approved the hours to open them again, beside the block. */
  #ask({ approval, day }) {
    const block = this.drawing.blockOf(this.#id);
    const popover = document.getElementById("ask-popover");
    popover.querySelector('[name="approval"]').value = approval;
    popover.querySelector('[name="day"]').value = day;
    this.close();
    openPopover(popover, block);
    popover.querySelector("textarea").focus();
  }

  #showRefusal(entry) {
    this.part("refusal").hidden = !entry.refusal;
    if (!entry.refusal) return;
    const conflict = ["changed", "gone"].includes(entry.refusal.code);
    this.part("refusal-text").textContent = entry.refusal.message || say("refused");
    this.part("again").textContent = say(conflict ? "keepMine" : "tryAgain");
    this.part("let-go").textContent = say(conflict ? "useTheirs" : "takeBack");
  }

  #key(event) {
    if (event.key !== "Enter" || event.isComposing || event.defaultPrevented) return;
    const inNote = event.target === this.note;
    if (inNote && !event.ctrlKey && !event.metaKey) return;
    if (event.target.matches("button, a")) return;
    event.preventDefault();
    if (event.target === this.on || event.target === this.task) return; // a name half typed chooses nothing
    if (event.target === this.times && !this.#saveTimes()) return;
    if (event.target === this.hours && !this.#saveHours()) return;
    if (event.target === this.lunch && !this.#saveLunch()) return;
    this.close();
  }

  // Saving ------------------------------------------------------------------------------------------------------------
  #put(patch) {
    const entry = this.#id && this.model.entry(this.#id);
    if (!entry || this.#isClosed(entry)) return;
    this.model.put(this.#id, patch);
  }

  #choose(option) {
    const { value, project, work, task, customer, color } = option;
    this.#put({ on: value, project: project ?? option.label, work, task, driven: task !== "", customer, ...(color && { color }) });
    this.times.focus();
    this.#show();
  }

  /** Half a word is no choice. */
  #name() {
    const entry = this.#id && this.model.entry(this.#id);
    if (entry) for (const field of [this.on, this.task]) this.#write(field, entry);
  }

  #write(field, entry) {
    if (field === this.task) field.value = entry.task ?? "";
    else field.value = entry.on ? entry.project : "";
  }

  /** The tasks of the entry's project: each with its own work type, or the entry's where that is chosen freely. */
  async #tasks(typed, signal) {
    const [project, workType] = this.model.entry(this.#id).on.split("-");
    const found = await remote(`${this.page.dataset.searchUrl}?${new URLSearchParams({ project, work_type: workType })}`)(typed, signal);
    return found.map((option) => ({ ...option, project: option.label, label: option.task, detail: option.work, color: "" }));
  }

  #saveTimes() {
    const entry = this.#id && this.model.entry(this.#id);
    if (!entry || this.times.disabled) return true;
    const typed = this.times.value.trim();
    if (typed === timesOf(entry)) { this.#mend(this.times); return true; }
    if (!typed) {
      this.#mend(this.times);
      this.#put({ start: null, end: null });
      return true;
    }
    const read = readTimes(typed);
    if (!read || read.start === read.end) return this.#refuse(this.times, say("badTimes"));
    this.#mend(this.times);
    this.#put(read);
    return true;
  }

  #saveHours() {
    const entry = this.#id && this.model.entry(this.#id);
    if (!entry || this.hours.disabled) return true;
    const minutes = parseHours(this.hours.value);
    if (minutes === entry.minutes) { this.#mend(this.hours); return true; }
    if (!minutes || minutes > DAY) return this.#refuse(this.hours, say("badHours"));
    if (entry.start === null) {
      this.#mend(this.hours);
      this.model.put(this.#id, { minutes });
      return true;
    }
    const length = minutes + (entry.lunch ?? 0);
    const end = entry.start + length - (this.model.lengthOf(entry.day, entry.start, entry.start + length) - length);
    if (end > DAY) return this.#refuse(this.hours, say("tooLong"));
    this.#mend(this.hours);
    this.#put({ end });
    return true;
  }

  #saveLunch() {
    const entry = this.#id && this.model.entry(this.#id);
    if (!entry || this.lunch.disabled || this.part("lunch-field").hidden) return true;
    const typed = this.lunch.value.trim() || "0";
    const most = entry.minutes + entry.lunch - 1;
    if (!/^[0-9]+$/.test(typed) || Number(typed) > most) return this.#refuse(this.lunch, say("badLunch", { most }));
    this.#mend(this.lunch);
    this.#put({ lunch: Number(typed) });
    return true;
  }

  #saveNote() {
    clearTimeout(this.#timer);
    const entry = this.#id && this.model.entry(this.#id);
    if (entry && !this.note.readOnly && this.note.value.trim() !== entry.note) this.#put({ note: this.note.value.trim() });
  }

  /** Wrong text stays in its field, with the sentence. */
  #refuse(field, message) {
    const error = this.part("error");
    error.textContent = message;
    error.hidden = false;
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", error.id);
    return false;
  }

  #mend(field) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
    if (!this.popover.querySelector("[aria-invalid]")) this.part("error").hidden = true;
  }

  // Cutting -----------------------------------------------------------------------------------------------------------
  #startCutting() {
    this.cutting = this.page.querySelector("[data-cut-popover]");
    if (!this.cutting) return;
    const at = this.cutting.querySelector("[data-cut-at]");
    const error = this.cutting.querySelector("[data-cut-error]");
    this.cutting.addEventListener("submit", (event) => {
      event.preventDefault();
      const entry = this.model.entry(this.cutId);
      const minute = readTime(at.value);
      const wrong = minute === null ? say("badTime") : entry && minute > entry.start && minute < entry.end ? "" : say("cutInside", { from: printTime(entry.start), to: printTime(entry.end) });
      error.textContent = wrong;
      error.hidden = !wrong;
      at.toggleAttribute("aria-invalid", Boolean(wrong));
      if (wrong) return;
      const id = this.cutId;
      this.cutting.hidePopover();
      this.doors.cut(id, minute);
    });
    this.cutting.addEventListener("toggle", (event) => {
      if (event.newState === "open") return;
      const block = this.drawing.blockOf(this.cutId);
      if (block && (document.activeElement === document.body || this.cutting.contains(document.activeElement))) block.focus({ preventScroll: true });
    });
  }

  /** Ask where to cut; the middle is offered. */
  askCut(id) {
    const entry = this.model.entry(id);
    const at = this.cutting.querySelector("[data-cut-at]");
    this.cutId = id;
    const step = entry.end - entry.start >= 60 ? 15 : 5;
    at.value = printTime(Math.min(entry.end - 1, Math.max(entry.start + 1, snap((entry.start + entry.end) / 2, step))));
    at.removeAttribute("aria-invalid");
    this.cutting.querySelector("[data-cut-error]").hidden = true;
    this.drawing.blockOf(id).focus({ preventScroll: true });
    openPopover(this.cutting, this.drawing.blockOf(id));
    at.focus();
    at.select();
  }
}
