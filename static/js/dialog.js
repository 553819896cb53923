/**
 * Dialogs. A question is asked in the page's own dialog, never in the browser's.
 *
 * data-confirm="Title?"        on a button, link, form or htmx element; with data-confirm-text, data-confirm-button,
 *                              data-confirm-kind="danger"
 * data-dialog-open="id"        opens a <dialog>; data-dialog-close closes the one it stands in
 * data-panel                   on a link: its page comes as a panel from the side (the view answers htmx with the part)
 * HX-Trigger: {"dialog:close": "id"}   from the server, when what the dialog was for is done
 */
const asked = new WeakSet();

/** Ask, and answer true or false. */
export function confirm({ title, text = "", button = "", kind = "" }) {
  const dialog = document.querySelector("[data-confirm-dialog]");
  dialog.querySelector("[data-confirm-title]").textContent = title;
  const body = dialog.querySelector("[data-confirm-text]");
  body.textContent = text;
  body.parentElement.hidden = !text;
  const yes = dialog.querySelector("[data-confirm-yes]");
  yes.textContent = button || yes.dataset.word;
  yes.classList.toggle("button-danger-solid", kind === "danger");
  dialog.returnValue = "no";
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    dialog.showModal();
    (kind === "danger" ? dialog.querySelector("[data-confirm-no]") : yes).focus();
  });
}

const question = ({ dataset }) => ({ title: dataset.confirm, text: dataset.confirmText, button: dataset.confirmButton, kind: dataset.confirmKind });
const usesHtmx = (element) => element.matches("[hx-get], [hx-post], [hx-put], [hx-patch], [hx-delete]");

// htmx asks before every request; only what carries a question waits.
document.addEventListener("htmx:confirm", async (event) => {
  const holder = event.detail.elt.closest("[data-confirm]");
  if (!holder) return;
  event.preventDefault();
  if (await confirm(question(holder))) event.detail.issueRequest(true);
});

document.addEventListener("click", async (event) => {
  const holder = event.target.closest?.("a[data-confirm], button[data-confirm]");
  if (!holder || usesHtmx(holder) || asked.delete(holder)) return;
  if (holder.form && usesHtmx(holder.form)) return; // asked on its way out
  event.preventDefault();
  event.stopImmediatePropagation();
  if (await confirm(question(holder))) { asked.add(holder); holder.click(); }
}, true);

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-confirm]") || usesHtmx(form) || asked.delete(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const { submitter } = event;
  if (await confirm(question(form))) { asked.add(form); form.requestSubmit(submitter); }
}, true);

document.addEventListener("click", (event) => {
  const { target } = event;
  const opener = target.closest?.("[data-dialog-open]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.dialogOpen);
    if (!dialog.open) dialog.showModal();
    return;
  }
  if (target.closest?.("[data-dialog-close]")) return target.closest("dialog").close("closed");
  // A click on the backdrop hits the dialog itself, outside of its box.
  if (target instanceof HTMLDialogElement && target.open && event.detail > 0 && !target.hasAttribute("data-stay")) {
    const box = target.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) target.close("closed");
  }
});

// With a modifier the link opens its page, as links do; without scripts too.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-panel]");
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const panel = document.getElementById("panel");
  if (!panel.open) panel.showModal();
  window.htmx.ajax("GET", link.href, { target: "#panel-body", swap: "innerHTML" });
});

document.addEventListener("dialog:close", ({ detail }) => {
  const id = typeof detail === "string" ? detail : detail?.value;
  const dialog = id ? document.getElementById(id) : document.querySelector("dialog[open]");
  dialog?.close("done");
});

// The side panel shows its skeleton again for the next thing, not the last thing's details.
for (const place of document.querySelectorAll("[data-skeleton-target]")) {
  const blank = place.innerHTML;
  place.closest("dialog")?.addEventListener("close", () => { place.innerHTML = blank; });
}
