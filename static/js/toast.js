/**
 * Toasts: what happened, and ten seconds to undo it. Errors and what carries data-keep stay until closed.
 *
 * [data-toasts]                the stack; the server's messages stand in it when the page comes
 * HX-Trigger: {"toast": {"text": "Approved.", "kind": "success", "undo_url": "/…"}}   from any htmx answer
 * toast({text, kind, undo: {url, label}, action: {url, label}, keep})                  from a module
 *
 * Undo posts through htmx, so the answer may swap parts (out of band), trigger events, or refresh the page.
 */
import { announce, element, icon, word } from "./words.js";

const STAYS = 6_000;
const UNDO_STAYS = 10_000;
const AT_ONCE = 3;

const stack = document.querySelector("[data-toasts]");
const timers = new WeakMap();

if (stack?.showPopover) stack.setAttribute("popover", "manual");

function raise() {
  if (!stack?.showPopover) return;
  if (stack.matches(":popover-open")) stack.hidePopover(); // again to the top of the top layer, above a dialog
  if (stack.childElementCount) stack.showPopover();
}

function close(toastElement) {
  clearTimeout(timers.get(toastElement));
  if (!toastElement.isConnected || toastElement.hasAttribute("data-leaving")) return;
  toastElement.setAttribute("data-leaving", "");
  const gone = () => {
    toastElement.remove();
    if (!stack.childElementCount && stack.matches("[popover]:popover-open")) stack.hidePopover();
  };
  setTimeout(gone, matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 200);
}

function wait(toastElement) {
  if (toastElement.hasAttribute("data-keep") || toastElement.dataset.kind === "error") return;
  clearTimeout(timers.get(toastElement));
  const stays = toastElement.querySelector("[data-toast-undo]") ? UNDO_STAYS : STAYS;
  timers.set(toastElement, setTimeout(() => close(toastElement), stays));
}

function begin(toastElement) {
  for (const event of ["pointerenter", "focusin"]) toastElement.addEventListener(event, () => clearTimeout(timers.get(toastElement)));
  for (const event of ["pointerleave", "focusout"]) toastElement.addEventListener(event, () => wait(toastElement));
  announce(toastElement.querySelector("[data-toast-text]").textContent, toastElement.dataset.kind === "error");
  wait(toastElement);
}

/** Show a sentence. Returns a function that takes it away. */
export function toast({ text, kind = "success", undo = null, action = null, keep = false }) {
  const template = document.querySelector("[data-toast-template]");
  if (!stack || !template || !text) return () => {};
  const made = template.content.firstElementChild.cloneNode(true);
  made.dataset.kind = kind;
  made.toggleAttribute("data-keep", keep);
  made.querySelector("[data-toast-text]").textContent = text;
  made.querySelector(".icon").replaceWith(icon({ error: "alert", warning: "alert", info: "info" }[kind] ?? "tick"));
  const closer = made.querySelector("[data-toast-close]");
  if (undo) {
    const button = element("button", { type: "submit", className: "button button-small" }, icon("undo"), undo.label ?? word("undo"));
    Object.assign(button.dataset, { key: "z", keyLabel: undo.label ?? word("undo") });
    const form = element("form", { method: "post", action: undo.url }, button);
    form.dataset.toastUndo = "";
    closer.before(form);
  }
  if (action) closer.before(element("a", { className: "button button-small", href: action.url }, action.label));
  // The same sentence once is enough; the oldest make room, except for what a person must see.
  for (const other of stack.children) if (other.querySelector("[data-toast-text]").textContent === text) other.remove();
  const removable = [...stack.children].filter((other) => other.dataset.kind !== "error" && !other.hasAttribute("data-keep"));
  removable.slice(0, Math.max(0, stack.childElementCount + 1 - AT_ONCE)).forEach(close);
  stack.append(made);
  raise();
  begin(made);
  return () => close(made);
}

document.addEventListener("click", ({ target }) => {
  const closer = target.closest?.("[data-toast-close]");
  if (closer) close(closer.closest("[data-toast]"));
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-toast-undo]");
  if (!form || !window.htmx) return; // without htmx the form posts and the page comes anew
  event.preventDefault();
  close(form.closest("[data-toast]"));
  window.htmx.ajax("POST", form.action, { source: document.body, target: document.body, swap: "none" });
});

document.addEventListener("toast", ({ detail }) => {
  if (!detail?.text) return;
  const undo = detail.undo_url ? { url: detail.undo_url, label: detail.undo_label } : null;
  toast({ text: detail.text, kind: detail.kind, keep: detail.keep, undo });
});

if (stack?.childElementCount) {
  raise();
  [...stack.children].forEach(begin);
}
