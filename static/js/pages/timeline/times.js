/**
 * Times of the day as whole minutes from midnight, as people write them, and back: the same grammar as
 * timesheets/clock.py (a test runs both over one table).
 */

export const DAY = 24 * 60;

const TIME = "([0-9]{1,2})(?:[:.]([0-9]{2})|([0-9]{2}))?";
const ONE = new RegExp(`^${TIME}$`);
const FROM_TO = new RegExp(`^${TIME}\\s*(?:[-–—]|to|til|till|til)\\s*${TIME}$`);

function minute(hours, minutes = "0") {
  const found = Number(hours) * 60 + Number(minutes);
  return Number(minutes) > 59 || found > DAY ? null : found;
}

/** @returns {number | null} 570 for 9.30, 0930, 09:30 */
export function readTime(text) {
  const match = ONE.exec(text.trim());
  return match ? minute(match[1], match[2] ?? match[3]) : null;
}

/** @returns {{start: number, end: number} | null} for 9-11.30; an end before the start belongs to the next day */
export function readTimes(text) {
  const match = FROM_TO.exec(text.trim().toLowerCase().replace(/\s+/g, " "));
  if (!match) return null;
  const [start, end] = [minute(match[1], match[2] ?? match[3]), minute(match[4], match[5] ?? match[6])];
  return start === null || end === null ? null : { start: start % DAY, end: end || DAY };
}

/** 570 is 09:30; the end of the day is 24:00. */
export const printTime = (at) => `${String(Math.floor(at / 60)).padStart(2, "0")}:${String(at % 60).padStart(2, "0")}`;

export const printTimes = (start, end) => `${printTime(start)}–${printTime(end)}`;

export const snap = (at, step) => Math.round(at / step) * step;

export const clamp = (value, least, most) => Math.min(Math.max(value, least), most);

/** Real minutes from one time to a later one; `shift` is the day's change of clock, or null. */
export const lengthOf = (start, end, shift) => end - start + (shift && start < shift.end && end >= shift.end ? shift.minutes : 0);

/** "2026-11-17" and 540 in the zone, now. */
export function nowIn(zone) {
  const parts = Object.fromEntries(new Intl.DateTimeFormat("en-GB", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).formatToParts(new Date()).map(({ type, value }) => [type, value]));
  return { day: `${parts.year}-${parts.month}-${parts.day}`, minute: Number(parts.hour) * 60 + Number(parts.minute) };
}
