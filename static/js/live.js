/**
 * Times that stay true: "40 seconds ago", "in 2 minutes", in the page's language.
 *
 * <time datetime="2026-11-20T14:31:00+01:00" data-relative>   the text is replaced; the server's text becomes its title
 *   data-relative="short"      "40 s ago"
 * <time datetime="…" data-elapsed>                            "0:42", for what has been running since then
 */
import { language } from "./words.js";

const written = { long: new Intl.RelativeTimeFormat(language, { numeric: "auto" }), short: new Intl.RelativeTimeFormat(language, { numeric: "always", style: "narrow" }) };
const steps = [["second", 1], ["minute", 60], ["hour", 3600], ["day", 86_400], ["week", 604_800], ["month", 2_629_800], ["year", 31_557_600]];

/** The distance of an instant in words; `now` in milliseconds. */
export function relative(instant, now = Date.now(), style = "long") {
  const seconds = Math.round((instant - now) / 1000);
  const size = Math.abs(seconds);
  const [unit, length] = steps.findLast(([, least]) => size >= least) ?? steps[0];
  return written[style].format(Math.trunc(seconds / length), unit);
}

function show(time, now) {
  const instant = Date.parse(time.dateTime);
  if (Number.isNaN(instant)) return;
  if (!time.title) time.title = time.textContent.trim();
  const text = relative(instant, now, time.dataset.relative === "short" ? "short" : "long");
  if (time.textContent !== text) time.textContent = text;
}

function elapsed(time, now) {
  const minutes = Math.max(0, Math.floor((now - Date.parse(time.dateTime)) / 60_000));
  const text = `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
  if (time.textContent !== text) time.textContent = text;
}

function tick() {
  const now = Date.now();
  document.querySelectorAll("time[data-relative]").forEach((time) => show(time, now));
  document.querySelectorAll("time[data-elapsed]").forEach((time) => elapsed(time, now));
}

tick();
// A hidden tab needs no clock; it is set right when it is seen again.
setInterval(() => document.hidden || tick(), 1_000);
document.addEventListener("visibilitychange", () => document.hidden || tick());
document.addEventListener("htmx:load", tick);
