/**
 * How many hours are seen at once: the length of the 24 hours is one number, on the sheet. Wheel with Ctrl, pinch, + and -; the time under
 * the pointer stays where it is. Across on a wide screen, down on a phone.
 *
 * While a wheel turns or fingers pinch, the days are stretched as they were drawn, which the compositor does by itself;
 * when the gesture rests they are laid out anew. Laying out the words of 200 entries at each event took 60 ms.
 */
import { clamp } from "./times.js";

const SHOWN = 14; // 06 to 20
const MARGIN = 14; // so that the figures of the first and the last hour are seen whole
const FIRST = 6;
const STEP = 1.3;
const TALLEST = 480;
const UPRIGHT = 56;
const NAME = "busy-timeline-zoom";
/** Milliseconds without an event after which a gesture has come to rest: longer than a busy machine keeps one waiting. */
const REST = 450;

export const narrow = matchMedia("(max-width: 720px)");

export class Zoom {
  #applied = "";
  #waiting = 0;
  /** Pixels of an hour as the days are laid out; they are stretched from there. */
  #drawn = 0;
  #resting = 0;

  /**
   * @param {HTMLElement} page
   * @param {() => void} zoomed  called when an hour has another length
   */
  constructor(page, zoomed) {
    this.zoomed = zoomed;
    this.sheet = page.querySelector("[data-sheet-of-days]");
    this.tracks = page.querySelectorAll("[data-track]");
    this.clock = page.querySelector("[data-clock]");
    this.scroller = page.querySelector("[data-timeline]");
    this.page = page;
    this.factor = Number(localStorage.getItem(NAME)) || 1;
    page.querySelector("[data-zoom]").hidden = false;
    page.querySelector("[data-zoom-in]").addEventListener("click", () => this.by(STEP));
    page.querySelector("[data-zoom-out]").addEventListener("click", () => this.by(1 / STEP));
    page.querySelector("[data-zoom-fit]").addEventListener("click", () => { this.set(1); this.show(FIRST * 60); });
    this.scroller.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.#gather(Math.exp(-event.deltaY / 300), { x: event.clientX, y: event.clientY });
    }, { passive: false });
    this.#pinch();
    new ResizeObserver(() => this.apply()).observe(this.scroller);
    narrow.addEventListener("change", () => this.apply());
    this.apply();
  }

  get side() {
    return narrow.matches ? 0 : this.page.querySelector(".timeline-side").getBoundingClientRect().width;
  }

  /** Pixels of an hour when 06 to 20 are seen. */
  get fit() {
    return narrow.matches ? UPRIGHT : Math.max(24, (this.scroller.clientWidth - this.side - 2 * MARGIN) / SHOWN);
  }

  get hour() {
    return this.fit * this.factor;
  }

  /** Lay the days out for the factor. */
  apply() {
    clearTimeout(this.#resting);
    this.#clamp();
    const long = this.#length;
    const applied = `${long} ${narrow.matches} ${this.side}`;
    if (this.#applied === applied && !this.page.hasAttribute("data-zooming")) return;
    this.#applied = applied;
    this.#drawn = this.hour;
    this.page.removeAttribute("data-zooming");
    for (const track of this.tracks) {
      for (const name of ["inline-size", "margin-block-end", "scale"]) track.style.removeProperty(name);
      track.style.setProperty("block-size", narrow.matches ? long : "");
    }
    this.#stretchSheet(long);
    this.page.dataset.grid = this.hour >= 120 ? 4 : this.hour >= 60 ? 2 : 1;
    this.zoomed();
  }

  /** Stretch the days as they are drawn, until the gesture rests. */
  #stretch() {
    this.#clamp();
    const by = this.hour / this.#drawn;
    const [was, long] = [24 * this.#drawn, 24 * this.hour];
    this.page.setAttribute("data-zooming", "");
    for (const track of this.tracks) {
      if (narrow.matches) track.style.setProperty("margin-block-end", `${long - was}px`);
      else track.style.setProperty("inline-size", `${was}px`);
      track.style.setProperty("scale", narrow.matches ? `1 ${by}` : `${by} 1`);
    }
    this.#stretchSheet(this.#length);
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => this.apply(), REST);
  }

  #stretchSheet(long) {
    this.sheet.style.setProperty("inline-size", narrow.matches ? "" : `calc(var(--side) + ${long})`);
    this.clock.style.setProperty("block-size", narrow.matches ? long : "");
    this.page.toggleAttribute("data-tight", this.hour < 34);
  }

  get #length() {
    return `${(24 * this.hour).toFixed(1)}px`;
  }

  #clamp() {
    const whole = narrow.matches ? SHOWN / 24 : (this.scroller.clientWidth - this.side) / 24 / this.fit;
    this.factor = clamp(this.factor, whole, TALLEST / this.fit);
  }

  /** The factor, with the time at a point left where it is; ``live`` while a gesture goes on. */
  set(factor, around = null, live = false) {
    const box = this.scroller.getBoundingClientRect();
    const at = around ?? { x: box.left + this.side + (box.width - this.side) / 2, y: innerHeight / 2 };
    const track = this.visible(this.tracks[0]);
    const minute = this.minuteAt(at, track);
    this.factor = factor;
    if (live) this.#stretch();
    else this.apply();
    if (Math.abs(factor - 1) < 0.01) localStorage.removeItem(NAME);
    else localStorage.setItem(NAME, String(this.factor));
    const drift = (this.minuteAt(at, track) - minute) / 60 * this.hour;
    if (narrow.matches) scrollBy(0, -drift);
    else this.scroller.scrollLeft -= drift;
  }

  by(times, around = null, live = false) {
    this.set(this.factor * times, around, live);
  }

  /** Several turns of the wheel may come in one frame. */
  #gather(times, around) {
    this.turned = (this.turned ?? 1) * times;
    this.#waiting ||= requestAnimationFrame(() => {
      this.#waiting = 0;
      const all = this.turned;
      this.turned = 1;
      this.by(all, around, true);
    });
  }

  /** The minute of the day under a point, unrounded. */
  minuteAt({ x, y }, track) {
    const box = this.visible(track).getBoundingClientRect();
    return ((narrow.matches ? y - box.top : x - box.left) / this.hour) * 60;
  }

  /** On a phone one day is shown; the others measure nothing. */
  visible(track) {
    return track.checkVisibility() ? track : [...this.scroller.querySelectorAll("[data-track]")].find((other) => other.checkVisibility()) ?? track;
  }

  /** Bring a time to the start of what is seen. */
  show(minute) {
    if (narrow.matches) {
      const top = this.visible(this.scroller.querySelector("[data-track]")).getBoundingClientRect().top + scrollY;
      scrollTo(0, Math.max(0, top + (minute / 60) * this.hour - innerHeight * 0.4));
    } else {
      this.scroller.scrollLeft = (minute / 60) * this.hour - MARGIN;
    }
  }

  #pinch() {
    let last = 0;
    const apart = (touches) => Math.hypot(touches[0].clientX - touches[1].clientX, touches[0].clientY - touches[1].clientY);
    this.scroller.addEventListener("touchmove", (event) => {
      if (event.touches.length !== 2) { last = 0; return; }
      if (event.cancelable) event.preventDefault();
      const now = apart(event.touches);
      if (last) this.#gather(now / last, { x: (event.touches[0].clientX + event.touches[1].clientX) / 2, y: (event.touches[0].clientY + event.touches[1].clientY) / 2 });
      last = now;
    }, { passive: false });
    this.scroller.addEventListener("touchend", () => { last = 0; });
  }
}
