/** The timeline's sentences, from the page's block "timeline-words"; %(name)s is filled in here. */

const sentences = JSON.parse(document.getElementById("timeline-words")?.textContent ?? "{}");

/**
 * @param {string} name
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function say(name, values = {}) {
  if (!(name in sentences)) throw new Error(`No words for "${name}" in timeline_words.py`);
  return sentences[name].replace(/%\((\w+)\)s/g, (_all, key) => String(values[key]));
}

/** The sentence for one or for many: sayCount("queued", 3). */
export const sayCount = (name, count) => say(`${name}${count === 1 ? "One" : "Many"}`, { count });
