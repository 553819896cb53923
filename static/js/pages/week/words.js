/** The week's sentences, from the page's block "week-words"; %(name)s is filled in here. */

const sentences = JSON.parse(document.getElementById("week-words")?.textContent ?? "{}");

/**
 * @param {string} name
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function say(name, values = {}) {
  if (!(name in sentences)) throw new Error(`No words for "${name}" in week_words.py`);
  return sentences[name].replace(/%\((\w+)\)s/g, (_all, key) => String(values[key]));
}

/**
 * The sentence for one or for many: sayCount("queued", 3).
 * @param {string} name
 * @param {number} count
 */
export function sayCount(name, count) {
  return say(`${name}${count === 1 ? "One" : "Many"}`, { count });
}
