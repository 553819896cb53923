/**
 * Light, dark, or as the system. The server writes data-theme on <html> from the cookie, so no page flashes.
 *
 * [data-theme-toggle]          a button that goes to the other of light and dark
 * [data-theme-set="dark"]      a button that chooses; "" follows the system
 */
import { keep } from "./cookie.js";

const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");

export function setTheme(theme) {
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  keep("theme", theme);
  for (const button of document.querySelectorAll("[data-theme-set]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeSet === theme));
  }
}

document.addEventListener("click", ({ target }) => {
  const choice = target.closest?.("[data-theme-set]");
  if (choice) return setTheme(choice.dataset.themeSet);
  if (target.closest?.("[data-theme-toggle]")) {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : system.matches;
    setTheme(dark ? "light" : "dark");
  }
});
