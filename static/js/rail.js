/**
 * The rail, wide or as icons only; kept in a cookie. [data-rail-toggle] is the button.
 * A narrow rail shows the page's name (data-rail-label) as a title.
 */
import { keep } from "./cookie.js";

const shell = document.querySelector(".app");

function setRail(narrow) {
  if (narrow) shell.dataset.rail = "narrow";
  else delete shell.dataset.rail;
  keep("rail", narrow ? "narrow" : "");
  show();
}

function show() {
  const narrow = shell.dataset.rail === "narrow" || matchMedia("(max-width: 1080px)").matches;
  for (const button of document.querySelectorAll("[data-rail-toggle]")) button.setAttribute("aria-pressed", String(shell.dataset.rail === "narrow"));
  for (const link of document.querySelectorAll("[data-rail-label]")) {
    if (narrow) link.title = link.dataset.railLabel;
    else link.removeAttribute("title");
  }
}

if (shell) {
  show();
  matchMedia("(max-width: 1080px)").addEventListener("change", show);
  document.addEventListener("click", ({ target }) => {
    if (target.closest?.("[data-rail-toggle]")) setRail(shell.dataset.rail !== "narrow");
  });
}
