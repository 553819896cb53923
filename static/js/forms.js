/**
 * Forms that lose nothing and do nothing twice.
 *
 * data-guard                   on a form: leaving the page with unsaved changes asks first
 * every form with method=post  a second click while the first is on its way does nothing (not for data-repeatable)
 * data-submit-on-change        on a form: a choice sends it
 * data-autosave                on an htmx form or its parent: the nearest [data-save-state] tells what became of it
 * [data-save-state]            parts/_save_state.html; saveState(line, "saving" | "saved" | "queued" | "refused" | "")
 * data-select-all="selector"   on a checkbox: ticks all boxes it names; half when some are ticked
 * data-copy="text" / data-copy-from="id"   on a button: to the clipboard, told by data-copied
 * data-reveal="id"             on a button: shows and hides what was typed in a password field
 */
import { toast } from "./toast.js";
import { announce, icon } from "./words.js";

// Unsaved changes --------------------------------------------------------------------------------------------------------
const guarded = new WeakMap();
const written = (form) => new URLSearchParams([...new FormData(form)].filter(([name, value]) => name !== "csrfmiddlewaretoken" && typeof value === "string")).toString();
const isDirty = (form) => form.isConnected && guarded.has(form) && guarded.get(form) !== written(form);

/** Call when a form's present values are the saved ones. */
export function markSaved(form) {
  guarded.set(form, written(form));
}

addEventListener("beforeunload", (event) => {
  if ([...document.querySelectorAll("form[data-guard]")].some(isDirty)) event.preventDefault();
});

// Twice ------------------------------------------------------------------------------------------------------------------
function sending(form, submitter) {
  form.dataset.sending = "";
  if (submitter) { submitter.dataset.busy = ""; submitter.setAttribute("aria-busy", "true"); }
}
function settled(form) {
  delete form.dataset.sending;
  for (const button of form.querySelectorAll("[data-busy]")) { delete button.dataset.busy; button.removeAttribute("aria-busy"); }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented && !form.matches("[hx-post]")) return;
  if (form.matches("[method=post]:not([hx-post], [hx-put], [hx-patch], [data-repeatable])")) {
    if (form.dataset.sending !== undefined) return event.preventDefault();
    sending(form, event.submitter);
    guarded.delete(form); // leaving by saving is no loss
  }
});
document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.elt.closest("form");
  if (!form || event.detail.requestConfig.verb === "get" || form.matches("[data-repeatable], [data-autosave], [data-autosave] *")) return;
  if (form.dataset.sending !== undefined) return event.preventDefault();
  sending(form, event.detail.requestConfig.triggeringEvent?.submitter);
});
// A 422 is swapped in, so htmx counts it as a success; for the person nothing was saved.
const wentWell = (detail) => detail.successful && detail.xhr.status < 400;
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const form = detail.elt.closest("form");
  if (!form) return;
  settled(form);
  if (wentWell(detail) && guarded.has(form)) markSaved(form);
});
// Back from the next page: the browser shows this one as it was left.
addEventListener("pageshow", (event) => { if (event.persisted) document.querySelectorAll("form[data-sending]").forEach(settled); });

document.addEventListener("change", ({ target }) => target.form?.matches("[data-submit-on-change]") && target.form.requestSubmit());

// What became of it ------------------------------------------------------------------------------------------------------
const signs = { saving: "sync", saved: "tick", queued: "clock", refused: "alert" };
const lines = new WeakMap();

/** Set the saving line. "saving" waits 150 ms to show, so that a quick answer does not flicker. */
export function saveState(line, state, sentence = "") {
  const timers = lines.get(line) ?? {};
  lines.set(line, timers);
  clearTimeout(timers.show);
  const write = () => {
    line.dataset.saved = state;
    const text = line.querySelector("[data-save-word]");
    const words = sentence || line.dataset[`word${state[0].toUpperCase()}${state.slice(1)}`] || "";
    if (text.textContent !== words) text.textContent = words;
    line.querySelector(".icon")?.replaceWith(icon(signs[state]));
  };
  if (!state) { line.dataset.saved = ""; return; }
  if (state === "saving" && line.dataset.saved !== "refused") timers.show = setTimeout(write, 150);
  else write();
}

/** Counts what is on its way, so that the line says "saved" only when the last answer is in. */
export class Saving {
  #line;
  #waiting = 0;
  #refused = new Map();

  constructor(line) { this.#line = line; }

  begin() {
    this.#waiting += 1;
    saveState(this.#line, "saving");
  }

  /** `key` names what was saved; a refusal stays until the same key is saved. */
  end(key, refusal = "") {
    this.#waiting = Math.max(0, this.#waiting - 1);
    if (refusal) this.#refused.set(key, refusal);
    else this.#refused.delete(key);
    if (this.#waiting) return;
    const last = [...this.#refused.values()].at(-1);
    saveState(this.#line, last ? "refused" : "saved", last);
    if (last) announce(last, true);
  }
}

const savings = new WeakMap();
function savingOf(element) {
  const place = element.closest("[data-autosave]");
  const line = place && (place.querySelector("[data-save-state]") ?? document.querySelector("[data-save-state]"));
  if (!line) return null;
  if (!savings.has(line)) savings.set(line, new Saving(line));
  return savings.get(line);
}
document.addEventListener("htmx:beforeSend", ({ detail }) => { if (detail.requestConfig.verb !== "get") savingOf(detail.elt)?.begin(); });
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.xhr || detail.requestConfig.verb === "get") return;
  const saving = savingOf(detail.elt);
  const line = saving && detail.elt.closest("[data-autosave]").querySelector("[data-save-state]");
  saving?.end(detail.elt.name || detail.elt.id || detail.pathInfo.requestPath, wentWell(detail) ? "" : line?.dataset.wordRefused || " ");
});

// Boxes, clipboard, passwords -------------------------------------------------------------------------------------------------
function showAll(all) {
  const boxes = [...document.querySelectorAll(all.dataset.selectAll)].filter((box) => !box.disabled);
  const ticked = boxes.filter((box) => box.checked).length;
  all.checked = boxes.length > 0 && ticked === boxes.length;
  all.indeterminate = ticked > 0 && ticked < boxes.length;
}
document.addEventListener("change", ({ target }) => {
  if (target.matches?.("[data-select-all]")) {
    // Each box that changes shows the sum of them on the target again, so what was wanted is read before.
    const wanted = target.checked;
    for (const box of document.querySelectorAll(target.dataset.selectAll)) {
      if (box.disabled || box.checked === wanted) continue;
      box.checked = wanted;
      box.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
  document.querySelectorAll("[data-select-all]").forEach(showAll);
});

document.addEventListener("click", async ({ target }) => {
  const copier = target.closest?.("[data-copy], [data-copy-from]");
  if (copier) {
    const from = copier.dataset.copyFrom && document.getElementById(copier.dataset.copyFrom);
    await navigator.clipboard.writeText(from ? (from.value ?? from.textContent.trim()) : copier.dataset.copy);
    if (copier.dataset.copied) toast({ text: copier.dataset.copied });
  }
  const revealer = target.closest?.("[data-reveal]");
  if (revealer) {
    const field = document.getElementById(revealer.dataset.reveal);
    const hidden = field.type === "password";
    field.type = hidden ? "text" : "password";
    revealer.setAttribute("aria-pressed", String(hidden));
    revealer.querySelector(".icon")?.replaceWith(icon(hidden ? "eye-off" : "eye"));
  }
});

function prepare(root) {
  const forms = root.matches?.("form[data-guard]") ? [root] : [...root.querySelectorAll("form[data-guard]")];
  // After the other modules have set their values.
  setTimeout(() => forms.forEach((form) => guarded.has(form) || markSaved(form)));
  root.querySelectorAll("[data-select-all]").forEach(showAll);
}
prepare(document);
document.addEventListener("htmx:load", ({ target }) => {
  prepare(target);
  // A part that came back with an error takes the focus to the first field to mend.
  if (target.closest?.("form, dialog") || target.matches?.("form")) target.querySelector('[aria-invalid="true"]')?.focus();
});
// A page that came back with errors: to the first of them, unless the page has its own idea.
if (!document.querySelector("[autofocus]")) document.querySelector('main form [aria-invalid="true"]:not([type="hidden"])')?.focus();
