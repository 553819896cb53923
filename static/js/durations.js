/**
 * Hours as people write them, and back: the same grammar as busy/lib/durations.py (a test runs both over one table).
 */

const HOURS = "(?:hours?|timer|timmar|timme|time|tim|t|h)";
const PARTS = "(?:minutes?|minutter|minuter|minutt|minut|min|m)";
const DECIMAL = new RegExp(`^([0-9]{1,4})?(?:[.,]([0-9]{1,4}))?\\s*${HOURS}?$`);
const CLOCK = new RegExp(`^([0-9]{1,3})\\s*(?::|${HOURS})\\s*([0-5]?[0-9])\\s*${PARTS}?$`);
const MINUTES = new RegExp(`^([0-9]{1,5})\\s*${PARTS}$`);

export const DAY = 24 * 60;

/**
 * Whole minutes for 7,5 · 7.5 · 7:30 · 7t30 · 450m · 7; an empty text is 0. Part minutes are rounded half up.
 * @param {string} text
 * @returns {number | null} null when the text is no duration
 */
export function parseHours(text) {
  const typed = text.trim().toLowerCase().replace(/\s+/g, " ");
  if (typed === "" || typed === "-" || typed === "–") return 0;
  let match = MINUTES.exec(typed);
  if (match) return Number(match[1]);
  match = CLOCK.exec(typed);
  if (match) return Number(match[1]) * 60 + Number(match[2]);
  match = DECIMAL.exec(typed);
  if (!match || (match[1] === undefined && match[2] === undefined)) return null;
  // In whole numbers: 1.005 hours must not become 60.3 by the way binary fractions are kept.
  const part = match[2] ?? "0";
  const scale = 10 ** part.length;
  return Number(match[1] ?? 0) * 60 + Math.floor((Number(part) * 120 + scale) / (2 * scale));
}

/**
 * 450 is "7,5" in Norwegian, "7.5" in English; what two decimals cannot say is "0:20".
 * @param {number} minutes
 * @param {string} language
 * @returns {string}
 */
export function printHours(minutes, language) {
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (rest % 3) return `${hours}:${String(rest).padStart(2, "0")}`;
  const decimals = String((rest * 100) / 60).padStart(2, "0").replace(/0+$/, "");
  return decimals ? `${hours}${language.startsWith("en") ? "." : ","}${decimals}` : String(hours);
}
