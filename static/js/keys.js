/**
 * Keys of the page, and the map of them behind "?".
 *
 * data-key="a"                 on a button, link or field: the key presses it (a field takes the focus);
 *                              "g w" is g, then w; "Shift+A"; "Mod+S" is Ctrl, or ⌘ on a Mac
 * data-key-label="Approve"     its name in the map; without it the key stays out of the map
 * <script type="application/json" data-keys data-title="Week">[{"keys": "Enter", "label": "Down"}]</script>
 *                              keys a module handles itself, for the map; data-keys-everywhere puts them under that title
 * data-keys-open               a button that opens the map
 *
 * Single keys rest while somebody types, and while a dialog or menu is open that does not hold the key's element.
 */
import { element, jsonBlocks, word } from "./words.js";

const mac = /Mac|iPhone|iPad/.test(navigator.platform);
const names = { Escape: "Esc", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", " ": "Space", Mod: mac ? "⌘" : "Ctrl", Alt: mac ? "⌥" : "Alt" };
const SEQUENCE = 1_200;

export const isTyping = (target) => target.closest?.('input:not([type="checkbox"], [type="radio"], [type="button"], [type="submit"]), textarea, select, [contenteditable="true"]') !== null && target.closest !== undefined;

/** The name of a pressed key as data-key writes it: "Mod+K", "Shift+A", "j", "ArrowLeft". */
export function keyName(event) {
  const parts = [];
  if (mac ? event.metaKey : event.ctrlKey) parts.push("Mod");
  if (event.altKey) parts.push("Alt");
  const letter = event.key.length === 1;
  if (event.shiftKey && (!letter || event.key.toLowerCase() !== event.key.toUpperCase())) parts.push("Shift");
  parts.push(letter ? (parts.length ? event.key.toUpperCase() : event.key) : event.key);
  return parts.join("+");
}

const usable = (holder) => {
  if (holder.disabled || holder.getAttribute("aria-disabled") === "true" || !holder.isConnected) return false;
  const dialog = document.querySelector("dialog[open]");
  return (!dialog || dialog.contains(holder)) && (holder.checkVisibility() || holder.closest(".rail") !== null);
};

let begun = "";
let begunAt = 0;

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.key === "Shift" || event.key === "Control" || event.key === "Alt" || event.key === "Meta") return;
  const name = keyName(event);
  const chord = name.startsWith("Mod+") || name.startsWith("Alt+");
  if (!chord && (isTyping(event.target) || event.target.closest?.('[role="menu"], [role="listbox"]'))) return;

  if (name === "?" && !document.querySelector("dialog[open]")) {
    event.preventDefault();
    return openMap();
  }
  const sequence = begun && performance.now() - begunAt < SEQUENCE ? `${begun} ${name}` : "";
  begun = "";
  const holders = [...document.querySelectorAll("[data-key]")].filter(usable);
  const hit = holders.findLast((holder) => holder.dataset.key === sequence) ?? holders.findLast((holder) => holder.dataset.key === name);
  if (hit) {
    event.preventDefault();
    if (isTyping(hit)) { hit.focus(); hit.select?.(); } else hit.click();
  } else if (holders.some((holder) => holder.dataset.key.startsWith(`${name} `))) {
    begun = name;
    begunAt = performance.now();
  }
});

/** Keys as <kbd> elements: "g w", "Mod+K". */
export function keyCaps(keys) {
  return keys.split(" ").flatMap((stroke, index) => {
    const caps = (stroke === "+" ? ["+"] : stroke.split("+")).map((key) => element("kbd", {}, names[key] ?? (key.length === 1 ? key.toUpperCase() : key)));
    return index ? [element("span", { className: "muted small" }, ` ${word("then")} `), ...caps] : caps;
  });
}

function openMap() {
  const dialog = document.querySelector("[data-keys-dialog]");
  const map = dialog.querySelector("[data-key-map]");
  const groups = new Map();
  const add = (title, keys, label) => {
    if (!groups.has(title)) groups.set(title, new Map());
    groups.get(title).set(label, keys);
  };
  const everywhere = map.dataset.wordEverywhere;
  for (const { block, value } of jsonBlocks("data-keys")) {
    const title = block.hasAttribute("data-keys-everywhere") ? everywhere : block.dataset.title || map.dataset.wordPage;
    for (const { keys, label } of value) add(title, keys, label);
  }
  for (const holder of document.querySelectorAll("[data-key][data-key-label]")) {
    if (usable(holder)) add(holder.closest(".rail, .topbar") ? everywhere : map.dataset.wordPage, holder.dataset.key, holder.dataset.keyLabel);
  }
  const last = groups.get(everywhere);
  groups.delete(everywhere);
  if (last) groups.set(everywhere, last);
  map.replaceChildren(...[...groups].map(([title, entries]) => element("section", {}, element("h3", {}, title),
    element("dl", {}, ...[...entries].flatMap(([label, keys]) => [element("dt", {}, label), element("dd", {}, ...keyCaps(keys))])))));
  dialog.showModal();
}

document.addEventListener("click", ({ target }) => {
  if (target.closest?.("[data-keys-open]")) openMap();
});
for (const cap of document.querySelectorAll("[data-modifier]")) cap.textContent = names.Mod;
