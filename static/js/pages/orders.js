/**
 * One order. htmx does the saving and the following; here: what is refused is marked, half-chosen groups show it,
 * finishing waits until everything is saved, and the print button.
 *
 * [data-error-of="name"]       the sentence under the field of that name; empty when it was taken
 * [data-finish]                the form that finishes; data-refused is said when a field was not saved
 * [data-print]                 a button that prints the page
 */
import { saveState } from "../forms.js";
import { toast } from "../toast.js";

const refused = () => [...document.querySelectorAll("[data-error-of]")].filter((place) => place.textContent.trim());
const fieldOf = (place) => document.querySelector(`.document [name="${CSS.escape(place.dataset.errorOf)}"]`);

function mark() {
  for (const place of document.querySelectorAll("[data-error-of]")) {
    const field = fieldOf(place);
    if (place.textContent.trim()) field?.setAttribute("aria-invalid", "true");
    else field?.removeAttribute("aria-invalid");
  }
  const line = document.querySelector(".document [data-save-state]");
  if (line && refused().length) saveState(line, "refused");
}

function showGroups() {
  for (const all of document.querySelectorAll(".order [data-select-all]")) {
    const boxes = [...document.querySelectorAll(all.dataset.selectAll)];
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = boxes.length > 0 && ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  }
}

document.addEventListener("htmx:oobAfterSwap", mark);
document.addEventListener("htmx:afterRequest", mark);

// The form is sent after what was still on its way; what was refused then is seen first. Heard before anybody else, since
// others would take the form for one that is being sent.
document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.target.closest?.("[data-finish]");
  const [first] = form ? refused() : [];
  if (!first) return;
  event.preventDefault();
  event.stopPropagation();
  toast({ text: form.dataset.refused, kind: "error" });
  fieldOf(first)?.focus();
}, true);

document.addEventListener("click", ({ target }) => {
  if (target.closest?.("[data-print]")) window.print();
});

// A page from the browser's memory may have ticks the server does not know.
addEventListener("pageshow", showGroups);
showGroups();
