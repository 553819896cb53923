/** Rows: added by typing, removed when empty, brought along from last week. */
import { combobox, remote } from "../../combobox.js";
import { makeId } from "../../outbox.js";
import { HttpError, send, tellFailure } from "../../http.js";
import { toast } from "../../toast.js";
import { announce } from "../../words.js";
import { week } from "./cells.js";
import { enter, fieldOfRow, firstMissing } from "./keys.js";
import { say } from "./words.js";

const rowOf = (key) => week.querySelector(`[data-row="${CSS.escape(key)}"]`);

/** @param {() => Promise<string>} renew */
export function startRows(renew, told) {
  const change = async (name, value, url = week.dataset.rowsUrl) => {
    try {
      const response = await send(url, { data: new URLSearchParams({ [name]: value, act: makeId() }) });
      const { message, kind, undo } = await response.json();
      if (name === "star" || name === "unstar") return true;
      await renew();
      told();
      if (kind) toast({ text: message, kind, undo: undo ? { url: undo } : null, keep: kind === "warning" });
      return kind ? true : message || true;
    } catch (error) {
      if (!(error instanceof HttpError)) tellFailure(0);
      else if (error.status === 422) toast({ text: (await error.response.json()).message, kind: "error" });
      else tellFailure(error.status);
      return false;
    }
  };

  const add = async (option) => {
    const there = rowOf(option.value);
    if (!there && !(await change("add", option.value))) return restoreText(option);
    const row = rowOf(option.value);
    if (!row) return undefined;
    enter(fieldOfRow(row));
    return announce(say("rowAdded", { row: `${option.label}, ${option.detail}` }));
  };
  // The star stays where it is, under the hand that pressed it.
  const star = async (button, url) => {
    const on = button.name === "star";
    if (!(await change(button.name, button.value, url))) return;
    for (const other of week.querySelectorAll(`[data-star-row][value="${button.value}"]`)) {
      other.name = on ? "unstar" : "star";
      other.setAttribute("aria-pressed", String(on));
    }
  };
  // What was typed is not lost when the row could not be added.
  const restoreText = (option) => {
    const input = week.querySelector("[data-add-input]");
    if (input) input.value = option.label;
  };

  const prepare = () => {
    const input = week.querySelector("[data-add-input]");
    if (!input) return;
    combobox({
      input,
      box: week.querySelector("[data-add-box]"),
      list: week.querySelector("[data-add-list]"),
      source: remote(week.dataset.searchUrl),
      onChoose: add,
      clearOnChoose: true,
      delay: 120,
    });
  };

  week.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.matches("[data-add-row], [data-week-form]")) return event.preventDefault();
    if (!form.matches("[data-week-rows]") || !event.submitter) return undefined;
    event.preventDefault();
    const { name, value } = event.submitter;
    if (event.submitter.matches("[data-star-row]")) return star(event.submitter, form.action);
    const row = name === "remove" ? event.submitter.closest("tr") : null;
    const near = row && (row.nextElementSibling ?? row.previousElementSibling)?.dataset.row;
    const done = await change(name, value, form.action);
    if (!done) return undefined;
    if (typeof done === "string") announce(done);
    const next = near ? rowOf(near) : null;
    enter(next ? fieldOfRow(next) : week.querySelector("[data-row]") ? firstMissing() : week.querySelector("[data-add-input]"));
    return undefined;
  });
  week.addEventListener("week:fresh", prepare);
  // An act of a panel, or one that was taken back from a toast.
  document.addEventListener("week:changed", async () => { await renew(); told(); });
  prepare();
  return { focusAdd: () => week.querySelector("[data-add-input]")?.focus() };
}
