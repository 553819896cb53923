/** Instants as the workspace's clock shows them: "2026-11-17T09:30", as a field for a date and a time has it. */

const parts = (instant, zone) => Object.fromEntries(new Intl.DateTimeFormat("en-GB", {
  timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
}).formatToParts(instant).map(({ type, value }) => [type, value]));

/** @param {number} instant  in milliseconds @param {string} zone */
export function wallOf(instant, zone) {
  const { year, month, day, hour, minute } = parts(instant, zone);
  return `${year}-${month}-${day}T${hour}:${minute}`;
}

/** The instant of such a text, in milliseconds, or NaN. For showing at once: what is saved is reckoned by the server. */
export function instantOf(wall, zone) {
  const wanted = Date.parse(`${wall}:00Z`);
  if (Number.isNaN(wanted)) return Number.NaN;
  const shift = (at) => Date.parse(`${wallOf(at, zone)}:00Z`) - at;
  const guess = wanted - shift(wanted);
  return wanted - shift(guess);
}

const whole = (instant) => Math.floor(instant / 60_000);

/** Whole minutes between what the clock showed at both. */
export const minutesBetween = (started, until) => Math.max(0, whole(until) - whole(started));

/** 42 is 0:42. */
export const printElapsed = (minutes) => `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
