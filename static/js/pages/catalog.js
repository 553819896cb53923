/**
 * Pages of one record. Forms save themselves when a field is left; the server sends a part back only when it refuses.
 *
 * [data-autosave-form]   what was refused before and is saved now loses its red mark
 * a part that comes with a refused field takes the focus to it, also outside of a form
 */
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const form = detail.elt.closest("[data-autosave-form]");
  if (!form || detail.requestConfig.verb === "get" || !detail.successful || detail.xhr.status >= 400) return;
  for (const sentence of form.querySelectorAll(".field-error, .form-errors")) sentence.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
});

document.addEventListener("htmx:load", ({ target }) => {
  if (target.id === "tab" || target.id === "work-type-rate") target.querySelector('[aria-invalid="true"]')?.focus();
});
