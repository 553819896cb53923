/**
 * Popovers and menus: the browser opens and closes them (popovertarget); here they learn to say so, to be walked with
 * the arrow keys, and to stand beside their button where a browser lacks anchor positioning.
 *
 * popovertarget="id"           on the button, popover on the box; nothing else is needed
 * data-open                    on the button: stands open when the page comes, on a wide screen
 * role="menu" / role="menuitem" arrow keys, Home, End, first letters, Tab closes
 */
const anchors = CSS.supports("position-area: bottom");
const wide = matchMedia("(min-width: 721px)");
const openers = new WeakMap();

const openersOf = (popover) => document.querySelectorAll(`[popovertarget="${CSS.escape(popover.id)}"]`);
const itemsOf = (menu) => [...menu.querySelectorAll('[role^="menuitem"]')].filter((item) => item.checkVisibility() && !item.disabled);

function place(popover) {
  const opener = openers.get(popover);
  if (anchors || !opener || (popover.hasAttribute("data-sheet") && !wide.matches)) return;
  const box = opener.getBoundingClientRect();
  const own = popover.getBoundingClientRect();
  const below = box.bottom + own.height + 8 <= innerHeight || box.top < own.height;
  const left = popover.classList.contains("popover-end") ? box.right - own.width : box.left;
  popover.style.setProperty("inset", `${below ? box.bottom : box.top - own.height - 12}px auto auto ${Math.max(8, Math.min(left, innerWidth - own.width - 8))}px`);
  popover.style.setProperty("margin", "0.35rem 0 0");
}

/** Open a popover beside an element that is not its popovertarget button, as a block of the timeline or a cell. */
export function openPopover(popover, opener) {
  openers.set(popover, opener);
  popover.showPopover({ source: opener });
}

// "toggle" does not bubble; capturing hears it for what htmx brings later too.
document.addEventListener("toggle", (event) => {
  const popover = event.target;
  if (!(popover instanceof HTMLElement) || !popover.hasAttribute("popover")) return;
  const open = event.newState === "open";
  for (const opener of openersOf(popover)) if (!popover.contains(opener)) opener.setAttribute("aria-expanded", String(open));
  if (!open) return;
  place(popover);
  const menu = popover.matches('[role="menu"]') ? popover : popover.querySelector('[role="menu"]');
  if (menu && popover.dataset.openedByKey !== undefined) itemsOf(menu)[0]?.focus();
  delete popover.dataset.openedByKey;
}, true);

document.addEventListener("click", ({ target, detail }) => {
  const opener = target.closest?.("[popovertarget]");
  const popover = opener && document.getElementById(opener.getAttribute("popovertarget"));
  if (popover && !popover.contains(opener)) {
    openers.set(popover, opener);
    if (detail === 0) popover.dataset.openedByKey = ""; // Enter or Space: the first item takes the focus
  }
  const item = target.closest?.('[role^="menuitem"]');
  const holder = item?.closest("[popover]");
  if (holder && !item.hasAttribute("data-keep-open")) holder.hidePopover();
}, true);

document.addEventListener("keydown", (event) => {
  const opener = event.target.closest?.('[popovertarget][aria-haspopup="menu"]');
  if (opener && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    const popover = document.getElementById(opener.getAttribute("popovertarget"));
    openers.set(popover, opener);
    popover.dataset.openedByKey = "";
    popover.showPopover({ source: opener });
    return;
  }
  const menu = event.target.closest?.('[role="menu"]');
  if (!menu) return;
  const items = itemsOf(menu);
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: (at + 1) % items.length, ArrowUp: (at - 1 + items.length) % items.length, Home: 0, End: items.length - 1 }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    items[to]?.focus();
  } else if (event.key === "Tab") {
    menu.closest("[popover]")?.hidePopover();
  } else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && /\S/.test(event.key)) {
    const letter = event.key.toLocaleLowerCase();
    const next = [...items.slice(at + 1), ...items.slice(0, at + 1)].find((item) => item.textContent.trim().toLocaleLowerCase().startsWith(letter));
    if (next) { event.preventDefault(); event.stopPropagation(); next.focus(); }
  }
});

function prepare(root) {
  for (const opener of root.querySelectorAll("[popovertarget]")) {
    const popover = document.getElementById(opener.getAttribute("popovertarget"));
    if (!popover || popover.contains(opener)) continue;
    if (!opener.hasAttribute("aria-expanded")) opener.setAttribute("aria-expanded", String(popover.matches(":popover-open")));
    if (opener.hasAttribute("data-open") && wide.matches) {
      opener.removeAttribute("data-open");
      openPopover(popover, opener);
    }
  }
}
prepare(document);
document.addEventListener("htmx:load", ({ target }) => prepare(target));
