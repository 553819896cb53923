/**
 * ⌘K or Ctrl-K: type, choose, go. Pages of the rail, what this page can do, and what the server finds.
 *
 * data-palette-open            a button that opens it
 * data-command="Submit week"   on a button or link of the page: a command of that name (data-key-label does the same)
 * data-palette-url="/…"        on the dialog: answers ?q= with {"results": [{label, detail, url, icon, color, group}]};
 *                              a result with a "line" is an entry: it is saved when it is complete, and Tab, or Enter
 *                              while something is missing, writes its "completion"; one with a "timer" starts it
 * data-commands                on a part of the frame outside of <main> whose buttons are commands too
 */
import { filter, remote } from "./combobox.js";
import { keyCaps } from "./keys.js";
import { announce, element, icon, jsonBlocks, word } from "./words.js";

const palette = document.querySelector("[data-palette]");
const WAIT = 120;

function start() {
  const input = palette.querySelector("[data-palette-input]");
  const list = palette.querySelector("[data-palette-list]");
  const nothing = palette.querySelector("[data-palette-nothing]");
  const pages = jsonBlocks("data-palette-pages").flatMap(({ value }) => value).map((page) => ({ ...page, group: word("pages") }));
  const ask = palette.dataset.paletteUrl ? remote(palette.dataset.paletteUrl) : null;
  let shown = [];
  let at = 0;
  let asking = null;
  let timer = 0;

  const commands = () => [...document.querySelectorAll(":is(main, [data-commands]) :is([data-command], [data-key-label])")]
    .filter((holder) => holder.checkVisibility() && !holder.disabled && holder.getAttribute("aria-disabled") !== "true")
    .map((holder) => ({ label: holder.dataset.command || holder.dataset.keyLabel, keys: holder.dataset.key, icon: holder.dataset.commandIcon || "command", group: word("commands"), holder }));

  const select = (to) => {
    const rows = list.querySelectorAll('[role="option"]');
    if (!rows.length) { input.removeAttribute("aria-activedescendant"); return; }
    at = (to + rows.length) % rows.length;
    rows.forEach((row, index) => row.setAttribute("aria-selected", String(index === at)));
    input.setAttribute("aria-activedescendant", rows[at].id);
    rows[at].scrollIntoView({ block: "nearest" });
  };

  const draw = (found) => {
    shown = found;
    const groups = Map.groupBy ? Map.groupBy(shown, (option) => option.group ?? word("everywhere")) : shown.reduce((all, option) => all.set(option.group ?? word("everywhere"), [...(all.get(option.group ?? word("everywhere")) ?? []), option]), new Map());
    shown = [...groups.values()].flat();
    let index = 0;
    list.replaceChildren(...[...groups].map(([title, options], group) => {
      const heading = element("div", { className: "palette-group", id: `palette-group-${group}` }, title);
      heading.setAttribute("role", "presentation");
      const holder = element("div", {}, heading, ...options.map((option) => row(option, index++)));
      holder.setAttribute("role", "group");
      holder.setAttribute("aria-labelledby", heading.id);
      return holder;
    }));
    nothing.hidden = shown.length > 0;
    list.hidden = shown.length === 0;
    if (!shown.length) announce(word("noMatch"));
    select(0);
  };

  const row = (option, index) => {
    const sign = option.color ? element("span", { className: "palette-dot" }) : icon(option.icon || "right");
    if (option.color) sign.dataset.color = option.color;
    const made = element("div", { className: "palette-option", id: `palette-${index}` }, sign, element("span", { className: "palette-label" }, option.label),
      option.keys ? element("span", { className: "palette-detail", ariaHidden: "true" }, ...keyCaps(option.keys)) : option.detail ? element("span", { className: "palette-detail" }, option.detail) : "");
    made.setAttribute("role", "option");
    made.dataset.index = index;
    return made;
  };

  const look = (typed) => {
    asking?.abort();
    clearTimeout(timer);
    const here = [...filter(pages, typed), ...filter(commands(), typed)];
    draw(here);
    if (!ask || !typed.trim()) return;
    asking = new AbortController();
    const { signal } = asking;
    timer = setTimeout(async () => {
      try {
        const found = await ask(typed, signal);
        if (!signal.aborted) draw([...here, ...found]);
      } catch (error) {
        if (signal.aborted) return;
        announce(word("searchFailed"), true);
        console.error(error);
      }
    }, WAIT);
  };

  /** Write a suggestion into the field. False when there is none. */
  const complete = (option) => {
    if (!option?.completion || option.completion === input.value) return false;
    input.value = option.completion;
    look(input.value);
    return true;
  };

  const choose = (option) => {
    if (!option) return;
    if (option.line !== undefined) {
      if (option.complete) document.dispatchEvent(new CustomEvent("line:save", { detail: { line: option.line } }));
      else if (complete(option) || option.complete === undefined) return;
      else return announce(option.detail, true);
      return palette.close();
    }
    palette.close();
    // Where the page has no timer, the address is the timer's own page.
    if (option.timer && !document.dispatchEvent(new CustomEvent("timer:start", { detail: option.timer, cancelable: true }))) return;
    if (option.holder) option.holder.matches("input, textarea, select") ? option.holder.focus() : option.holder.click();
    else location.assign(option.url);
  };

  const open = () => {
    if (palette.open) return palette.close();
    if (document.querySelector("dialog[open]")) return;
    input.value = "";
    look("");
    palette.showModal();
    input.focus();
  };

  input.addEventListener("input", () => look(input.value));
  input.addEventListener("keydown", (event) => {
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
    if (to !== undefined) { event.preventDefault(); select(to); }
    else if (event.key === "Tab" && !event.shiftKey && complete(shown[at])) event.preventDefault();
    else if (event.key === "Escape") { event.preventDefault(); palette.close(); } // a search field would only empty itself
    else if (event.key === "Enter" && !event.isComposing) { event.preventDefault(); choose(shown[at]); }
  });
  list.addEventListener("pointermove", ({ target }) => {
    const over = target.closest('[role="option"]');
    if (over && Number(over.dataset.index) !== at) select(Number(over.dataset.index));
  });
  list.addEventListener("click", ({ target }) => choose(shown[target.closest('[role="option"]')?.dataset.index]));
  palette.addEventListener("close", () => asking?.abort());
  document.addEventListener("click", ({ target }) => { if (target.closest?.("[data-palette-open]")) open(); });
  document.addEventListener("keydown", (event) => {
    if ((event.metaKey || event.ctrlKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") { event.preventDefault(); open(); }
  });
}
if (palette) start();
