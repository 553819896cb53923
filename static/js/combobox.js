/**
 * A list to type in, after the ARIA 1.2 combobox pattern: focus stays in the input, the list is walked with the arrows.
 *
 * <select data-combobox>                     grows into a combobox; the select keeps name and value, and sends "change"
 *   data-combobox-url="/…"                   asks the server with ?q=, answered by {"results": [option…]}
 *   <option data-detail="Fjell AS" data-color="1">, <optgroup label>
 * combobox({input, list, source, onChoose})  the same behaviour for a page's own input, as the week's new row
 *
 * An option is {value, label, detail, color, group}. The source gets (text, signal) and answers options, or a promise.
 */
import { announce, element, icon, word } from "./words.js";

const SHOWN = 60;
let made = 0;

const plain = (text) => text.toLocaleLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").replaceAll("ø", "o").replaceAll("æ", "ae");

/** Every word typed must begin a word of the option: "fj des" finds "Fjell Arena, Design". */
export function matches(option, typed) {
  const words = plain(`${option.label} ${option.detail ?? ""} ${option.group ?? ""}`);
  return plain(typed).split(/\s+/).filter(Boolean).every((part) => words.startsWith(part) || words.includes(` ${part}`) || words.includes(part));
}

/** Options whose label begins with the text come first; the order is kept otherwise. */
export function filter(options, typed) {
  if (!typed.trim()) return options;
  const begins = plain(typed);
  const found = options.filter((option) => matches(option, typed));
  return [...found.filter((option) => plain(option.label).startsWith(begins)), ...found.filter((option) => !plain(option.label).startsWith(begins))];
}

/** The text with what was typed marked, as nodes. */
function marked(text, typed) {
  const at = typed.trim() ? text.toLocaleLowerCase().indexOf(typed.trim().toLocaleLowerCase()) : -1;
  if (at < 0) return [text];
  const end = at + typed.trim().length;
  return [text.slice(0, at), element("mark", {}, text.slice(at, end)), text.slice(end)];
}

export function combobox({ input, box, list, source, onChoose, onClear, clearOnChoose = false, delay = 0 }) {
  const id = (list.id ||= `combobox-${++made}`);
  let options = [];
  let at = -1;
  let asking = null;
  let timer = 0;

  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", id);
  input.setAttribute("aria-expanded", "false");
  input.autocomplete = "off";
  input.spellcheck = false;
  list.setAttribute("role", "listbox");

  const rows = () => [...list.querySelectorAll('[role="option"]')];
  const isOpen = () => !box.hidden;
  const close = () => {
    clearTimeout(timer);
    asking?.abort();
    box.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const status = (sentence) => {
    let line = box.querySelector(".combobox-status");
    if (!sentence) return line?.remove();
    if (!line) box.append((line = element("p", { className: "combobox-status" })));
    line.textContent = sentence;
  };
  const go = (to) => {
    const all = rows();
    if (!all.length) return;
    at = (to + all.length) % all.length;
    all.forEach((row, index) => row.setAttribute("aria-selected", String(index === at)));
    input.setAttribute("aria-activedescendant", all[at].id);
    all[at].scrollIntoView({ block: "nearest" });
  };
  const draw = (found, typed) => {
    options = found.slice(0, SHOWN);
    list.replaceChildren();
    let group = "";
    let holder = list;
    options.forEach((option, index) => {
      if ((option.group ?? "") !== group) {
        group = option.group ?? "";
        const title = element("div", { className: "combobox-group", id: `${id}-group-${index}` }, group);
        title.setAttribute("role", "presentation");
        holder = element("div");
        holder.setAttribute("role", "group");
        holder.setAttribute("aria-labelledby", title.id);
        holder.append(title);
        list.append(holder);
      }
      holder.append(row(option, index, typed));
    });
    status(found.length ? (found.length > SHOWN ? word("typeMore") : "") : word("noMatch"));
    box.hidden = false;
    input.setAttribute("aria-expanded", "true");
    if (!found.length) announce(word("noMatch"));
    at = -1;
    input.removeAttribute("aria-activedescendant");
    if (options.length && typed.trim()) go(0);
  };
  const row = (option, index, typed) => {
    const made = element("div", { className: "combobox-option", id: `${id}-${index}` });
    made.setAttribute("role", "option");
    made.setAttribute("aria-selected", "false");
    made.dataset.index = index;
    if (option.color) {
      made.append(Object.assign(element("span", { className: "project" },
        element("span", { className: "project-name" }, ...marked(option.label, typed)),
        option.detail ? element("span", { className: "project-detail" }, ...marked(option.detail, typed)) : "")));
      made.firstElementChild.dataset.color = option.color;
    } else {
      made.append(element("span", { className: "combobox-label" }, ...marked(option.label, typed)),
        option.detail ? element("span", { className: "combobox-detail" }, ...marked(option.detail, typed)) : "");
    }
    return made;
  };
  const look = async (typed) => {
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    try {
      const answer = source(typed, signal);
      const late = setTimeout(() => !signal.aborted && status(word("searching")), 200);
      const found = await answer;
      clearTimeout(late);
      if (!signal.aborted) draw(found, typed);
    } catch (error) {
      if (signal.aborted) return;
      list.replaceChildren();
      box.hidden = false;
      input.setAttribute("aria-expanded", "true");
      status(word("searchFailed"));
      announce(word("searchFailed"), true);
      console.error(error);
    }
  };
  const ask = (typed, now = false) => {
    clearTimeout(timer);
    if (now || !delay) look(typed);
    else timer = setTimeout(() => look(typed), delay);
  };
  const choose = (index) => {
    const option = options[index];
    if (!option) return;
    input.value = clearOnChoose ? "" : option.label;
    close();
    onChoose(option);
  };

  input.addEventListener("input", () => { if (!input.value) onClear?.(); ask(input.value); });
  input.addEventListener("click", () => isOpen() || ask("", true));
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen()) return ask("", true);
      go(event.key === "ArrowDown" ? at + 1 : at < 0 ? -1 : at - 1);
    } else if (event.key === "Enter" && isOpen() && at >= 0) {
      event.preventDefault();
      choose(at);
    } else if (event.key === "Escape" && isOpen()) {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Tab" && isOpen()) {
      if (at >= 0) choose(at);
      else close();
    }
  });
  input.addEventListener("blur", () => close());
  box.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays in the input
  box.addEventListener("click", ({ target }) => {
    const chosen = target.closest('[role="option"]');
    if (chosen) choose(Number(chosen.dataset.index));
  });
  box.hidden = true;
  return { close, look: (typed) => ask(typed, true) };
}

/** A source that asks the server. */
export function remote(url) {
  return async (typed, signal) => {
    const address = new URL(url, location.href);
    address.searchParams.set("q", typed);
    const response = await fetch(address, { signal, headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(`${response.status} ${address.pathname}`);
    return (await response.json()).results;
  };
}

function grow(select) {
  if (select.multiple || select.dataset.grown !== undefined) return;
  select.dataset.grown = "";
  const local = () => [...select.options].filter((option) => option.value !== "").map((option) => ({
    value: option.value,
    label: option.label,
    detail: option.dataset.detail,
    color: option.dataset.color,
    group: option.parentElement.matches("optgroup") ? option.parentElement.label : "",
  }));
  const chosen = () => (select.value === "" ? "" : select.selectedOptions[0]?.label ?? "");
  const empty = [...select.options].find((option) => option.value === "");

  const input = element("input", { className: "input", type: "text", value: chosen(), disabled: select.disabled, placeholder: select.dataset.placeholder ?? empty?.label ?? "" });
  const list = element("div", { className: "combobox-scroll" });
  const box = element("div", { className: "combobox-list", hidden: true }, list);
  const holder = element("div", { className: "combobox" }, element("span", { className: "combobox-field" }, input, icon("updown")), box);

  // The label and the notes belong to what one types in; the select keeps the name for the form.
  const label = select.labels?.[0];
  if (select.id) { input.id = `${select.id}-combobox`; if (label) label.htmlFor = input.id; }
  list.setAttribute("aria-label", label?.firstChild?.textContent.trim() || select.getAttribute("aria-label") || "");
  for (const name of ["aria-describedby", "aria-invalid", "aria-label", "aria-required"]) if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
  if (select.required) { input.required = true; select.required = false; }
  if (select.autofocus) input.autofocus = true;
  select.hidden = true;
  select.after(holder);

  const set = (option) => {
    if (option && ![...select.options].some((known) => known.value === String(option.value))) {
      const added = new Option(option.label, option.value);
      Object.assign(added.dataset, { ...(option.detail && { detail: option.detail }), ...(option.color && { color: option.color }) });
      select.add(added);
    }
    const value = option ? String(option.value) : "";
    if (select.value === value) return;
    if (!option && !empty) return;
    select.value = value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const url = select.dataset.comboboxUrl;
  combobox({ input, box, list, source: url ? remote(url) : (typed) => filter(local(), typed), onChoose: set, onClear: () => set(null), delay: url ? 150 : 0 });
  input.addEventListener("blur", () => { input.value = chosen(); }); // half a word is no choice
  input.addEventListener("focus", () => input.select());
  select.addEventListener("change", () => { input.value = chosen(); });
  select.form?.addEventListener("reset", () => setTimeout(() => { input.value = chosen(); }));
}

function prepare(root) {
  if (root.matches?.("select[data-combobox]")) grow(root);
  root.querySelectorAll("select[data-combobox]").forEach(grow);
}
prepare(document);
document.addEventListener("htmx:load", ({ target }) => prepare(target));
