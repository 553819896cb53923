/** Tabs and segments that are wider than a phone begin where the current one is seen. */
function showCurrent(root) {
  for (const current of root.querySelectorAll(":is(.tabs, .segmented) > [aria-current]")) {
    const line = current.parentElement;
    if (line.scrollWidth > line.clientWidth) line.scrollLeft = current.offsetLeft - line.offsetLeft - (line.clientWidth - current.offsetWidth) / 2;
  }
}

showCurrent(document);
document.addEventListener("htmx:afterSwap", ({ target }) => showCurrent(target));
