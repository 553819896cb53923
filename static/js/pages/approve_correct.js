/**
 * Correcting an entry where it stands, on both pages of approval.
 *
 * [data-correct]               a link to the correction; its form comes below the [data-entry] that it stands in
 * [data-correct-frame="id"]    what came; [data-correct-close] in it or Escape takes it away and goes back to the link
 * [data-correct-form]          the form; answered with 204 it is done
 *
 * A list that comes anew keeps the forms that are open in it, with what is typed in them.
 */
const frameOf = (id) => document.querySelector(`[data-correct-frame="${CSS.escape(id)}"]`);
const holderOf = (id) => document.querySelector(`[data-entry="${CSS.escape(id)}"]`);
const linkOf = (id) => holderOf(id)?.querySelector("[data-correct]");
const first = (frame) => frame.querySelector('input:not([type="hidden"]), textarea, [data-correct-close]');

/** The form below the entry; one that is open already gets the focus. */
export async function correct(link) {
  const holder = link.closest("[data-entry]");
  const id = holder.dataset.entry;
  if (!frameOf(id)) await window.htmx.ajax("GET", link.getAttribute("href"), { source: link, target: holder, swap: "afterend" });
  const frame = frameOf(id);
  if (!frame) return;
  const hours = frame.querySelector('[name="hours"]') ?? first(frame);
  hours.focus();
  hours.select?.();
}

function close(frame) {
  const link = linkOf(frame.dataset.correctFrame);
  frame.remove();
  link?.focus();
}

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const link = event.target.closest("[data-correct]");
  const closer = event.target.closest("[data-correct-close]");
  const frame = closer?.closest("[data-correct-frame]");
  if (!link && !frame) return;
  event.preventDefault();
  if (link) correct(link);
  else close(frame);
});

document.addEventListener("keydown", (event) => {
  const frame = event.target.closest?.("[data-correct-frame]");
  // A list that is open in the form closes first.
  if (event.key !== "Escape" || event.defaultPrevented || !frame || frame.querySelector('[aria-expanded="true"]')) return;
  event.preventDefault();
  event.stopPropagation();
  close(frame);
}, true);

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.elt.matches?.("[data-correct-form]") && detail.xhr.status === 204) detail.elt.closest("[data-correct-frame]")?.remove();
});

// What is open and not being sent outlives a new list.
let kept = [];
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!detail.shouldSwap || !detail.target) return;
  kept = [...detail.target.querySelectorAll("[data-correct-frame]")].filter((frame) => !frame.contains(detail.requestConfig?.elt ?? null));
  kept.forEach((frame) => frame.remove());
});
document.addEventListener("htmx:afterSwap", () => {
  for (const frame of kept) holderOf(frame.dataset.correctFrame)?.after(frame);
  kept = [];
});
