/**
 * An entry in one line, wherever it is written: in the field of the timeline and the week, or in the palette.
 *
 * The line is kept in the browser as text and sent with the day on which it was written; the server reads it when it
 * arrives, so that "yesterday" stays the day it was, however long the way. What the server cannot take stays in view.
 *
 * data-line                  the field with what was understood of it; data-line-read-url answers ?line= with that part
 * data-line-save-url         on the palette, which is on every page: where lines are sent, with data-member and the like
 * line:save                  an event with {line}, from the palette
 * hours:changed              is told to the page when a line was saved or taken back
 */
import { Outbox, Store, makeId } from "./outbox.js";
import { toast } from "./toast.js";
import { announce, word } from "./words.js";

const WAIT = 120;
const LISTEN = 700;

const config = document.querySelector("[data-line-save-url]")?.dataset;

/** Lines on their way. */
class Lines extends Outbox {
  constructor() {
    super(new Store(`busy-line:${config.workspace}:${config.member}`), `${config.workspace}-${config.member}-line`, renewToken);
  }

  request({ id, line, on }) {
    return { url: config.lineSaveUrl, data: { member: Number(config.member), id, line, on } };
  }

  /** Keep a line and send it. */
  add(line) {
    this.store.put({ id: makeId(), line, on: today(), tries: 0, at: this.store.nextPlace() });
    this.tell("queued");
    this.go();
  }
}

/** The local day of the workspace, now. */
function today() {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: config.zone, year: "numeric", month: "2-digit", day: "2-digit" }).formatToParts(new Date());
  const { year, month, day } = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  return `${year}-${month}-${day}`;
}

/** A fresh token from the page itself; false when nobody is signed in. */
async function renewToken() {
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html, application/json" }, signal: AbortSignal.timeout(15_000) });
    if (!response.ok) return response.status !== 401;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    const token = fresh.querySelector('meta[name="csrf-token"]')?.content;
    if (!token || !fresh.querySelector("[data-line-save-url]")) return false;
    document.querySelector('meta[name="csrf-token"]').content = token;
    return true;
  } catch {
    return true; // no way to the server: it is tried again later
  }
}

function startSaving() {
  const lines = new Lines();
  lines.addEventListener("answered", ({ detail: { change, status, body } }) => {
    if (status === 200) {
      if (body.told) toast({ text: body.told, kind: body.kind, keep: body.kind === "warning", undo: { url: body.undo } });
      document.dispatchEvent(new CustomEvent("hours:changed", { detail: { days: body.days } }));
      return;
    }
    lines.store.set("held", change.id, { line: change.line, at: change.at, message: body?.message ?? word("lineUnread") });
    document.dispatchEvent(new CustomEvent("line:held", { detail: { id: change.id } }));
    if (!document.querySelector("[data-line]")) toast({ text: `${change.line}: ${body?.message ?? word("lineUnread")}`, kind: "error" });
  });
  lines.addEventListener("trouble", () => {
    const sentence = { offline: word("lineKept"), "signed-out": word("lineSignedOut"), "other-member": lines.told }[lines.trouble];
    if (sentence && lines.store.queue.length) toast({ text: sentence, kind: "warning" });
  });
  document.addEventListener("line:save", ({ detail }) => lines.add(detail.line));
  addEventListener("pagehide", () => lines.part());
  lines.go();
  return lines;
}

/** The field: what was understood appears under it while one types. */
function startField(box, lines) {
  const input = box.querySelector("[data-line-input]");
  const read = box.querySelector("[data-line-read]");
  const problem = box.querySelector("[data-line-problem]");
  const held = box.querySelector("[data-line-held]");
  const row = document.querySelector("[data-line-held-row]").content;
  let asking = null;
  let timer = 0;
  let listening = 0;

  const parts = () => read.querySelector("[data-line-parts]");
  const isCurrent = () => read.dataset.line === input.value && parts() !== null;

  const refuse = (sentence) => {
    problem.hidden = !sentence;
    problem.lastElementChild.textContent = sentence;
    input.toggleAttribute("aria-invalid", false);
    if (sentence) input.setAttribute("aria-invalid", "true");
    if (sentence) announce(sentence, true);
  };

  const clear = () => {
    asking?.abort();
    clearTimeout(timer);
    clearTimeout(listening);
    read.replaceChildren();
    read.hidden = true;
    delete read.dataset.line;
  };

  /** Ask what the line says. @returns {Promise<boolean>} whether there is an answer */
  const ask = async () => {
    asking?.abort();
    clearTimeout(timer);
    const typed = input.value;
    const mine = (asking = new AbortController());
    read.toggleAttribute("data-asking", true);
    try {
      const address = new URL(box.dataset.lineReadUrl, location.href);
      address.searchParams.set("line", typed);
      const response = await fetch(address, { signal: mine.signal, headers: { Accept: "text/html" }, redirect: "error" });
      if (!response.ok) return false;
      const html = await response.text();
      if (mine.signal.aborted) return false;
      read.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
      read.dataset.line = typed;
      read.hidden = !typed.trim();
      clearTimeout(listening);
      listening = setTimeout(() => announce(parts().dataset.summary), LISTEN);
      return true;
    } catch {
      return false; // offline, or overtaken by the next letter; Enter keeps the line all the same
    } finally {
      if (asking === mine) read.removeAttribute("data-asking");
    }
  };

  const write = (line) => {
    input.value = line;
    input.focus();
    input.setSelectionRange(line.length, line.length);
    refuse("");
    ask();
  };

  const save = async () => {
    if (!input.value.trim()) return;
    const typed = input.value;
    if (!isCurrent() && navigator.onLine) await ask();
    if (input.value !== typed) return;
    if (isCurrent() && parts().dataset.complete !== "true") {
      refuse(parts().dataset.problem);
      return;
    }
    lines.add(typed);
    input.value = "";
    refuse("");
    clear();
  };

  const drawHeld = () => {
    const all = [...lines.store.all("held")].sort(([, one], [, other]) => one.at - other.at);
    held.replaceChildren(...all.map(([id, { line, message }]) => {
      const item = row.firstElementChild.cloneNode(true);
      item.querySelector("[data-held-line]").textContent = line;
      item.querySelector("[data-held-why]").textContent = message;
      item.querySelector("[data-held-edit]").addEventListener("click", () => { lines.store.remove("held", id); drawHeld(); write(line); });
      item.querySelector("[data-held-drop]").addEventListener("click", () => { lines.store.remove("held", id); drawHeld(); input.focus(); });
      return item;
    }));
    held.hidden = all.length === 0;
  };

  input.addEventListener("input", () => {
    refuse("");
    clearTimeout(timer);
    if (!input.value.trim()) return clear();
    timer = setTimeout(ask, WAIT);
    return undefined;
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const completion = isCurrent() ? parts().dataset.completion : "";
    if (event.key === "Tab" && !event.shiftKey && completion && completion !== input.value) {
      event.preventDefault();
      write(completion);
    } else if (event.key === "Escape" && input.value) {
      event.preventDefault();
      event.stopPropagation();
      input.value = "";
      refuse("");
      clear();
    } else if (event.key === "Escape") {
      input.blur();
    }
  });
  box.querySelector("[data-line-form]").addEventListener("submit", (event) => {
    event.preventDefault();
    save();
  });
  box.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-line-choice]");
    if (!choice) return;
    event.preventDefault();
    write(choice.value);
  });
  box.addEventListener("focusout", ({ relatedTarget }) => { if (!box.contains(relatedTarget)) read.hidden = true; });
  box.addEventListener("focusin", () => { if (isCurrent() && input.value.trim()) read.hidden = false; });
  document.addEventListener("line:held", ({ detail }) => {
    const { line, message } = lines.store.get("held", detail.id);
    if (!input.value) {
      lines.store.remove("held", detail.id);
      write(line);
      refuse(message);
    }
    drawHeld();
  });
  lines.store.onChangeElsewhere(drawHeld);
  drawHeld();
  box.dataset.ready = "";
}

if (config) {
  const lines = startSaving();
  const box = document.querySelector("[data-line]");
  if (box) startField(box, lines);
}
