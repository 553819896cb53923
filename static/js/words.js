/** The page's words and signs for modules: sentences come translated from the server, icons from its sprite. */

const read = (selector) => [...document.querySelectorAll(selector)].map((block) => JSON.parse(block.textContent));

/** Sentences by name, from parts/_tools.html. A name without a sentence is a mistake, so it fails loudly. */
const sentences = Object.assign({}, ...read("script[data-words]"));

export function word(name) {
  if (!(name in sentences)) throw new Error(`No words for "${name}" in parts/_tools.html`);
  return sentences[name];
}

export const language = document.documentElement.lang || "en";

/** All JSON blocks that carry the attribute, as [{block, value}]. */
export function jsonBlocks(attribute) {
  return [...document.querySelectorAll(`script[${attribute}]`)].map((block) => ({ block, value: JSON.parse(block.textContent) }));
}

/** An icon of the sprite as an element, hidden from screen readers. */
export function icon(name, classes = "") {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", `icon ${classes}`.trim());
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${word("sprite")}#${name}`);
  svg.append(use);
  return svg;
}

/** The signs of hours that there is something to know of; timesheets/templatetags/remark_ui.py has the same. */
export const REMARKS = { caution: "alert", attention: "plug-off", waiting: "sync", transferring: "sync", transferred: "cloud" };

/** A new element: element("p", {className: "muted"}, "text", child). Text is text, never markup. */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

/** Let a screen reader say the sentence, at once when it is urgent. */
export function announce(sentence, urgent = false) {
  const place = document.querySelector(`[data-announcer="${urgent ? "assertive" : "polite"}"]`);
  if (!place) return;
  place.textContent = "";
  requestAnimationFrame(() => { place.textContent = sentence; });
}
