/**
 * How many hours are seen at once: the length of the 24 hours is one number, on the sheet. Wheel with Ctrl, pinch, + and -; the time under
 * the pointer stays where it is. Across on a wide screen, down on a phone.
 */
import { clamp } from "./times.js";

const SHOWN = 14; // 06 to 20
const MARGIN = 14; // so that the figures of the first and the last hour are seen whole
const FIRST = 6;
const STEP = 1.3;
const TALLEST = 480;
const UPRIGHT = 56;
const NAME = "busy-timeline-zoom";

export const narrow = matchMedia("(max-width: 720px)");

export class Zoom {
  #applied = "";
  #waiting = 0;

  /**
   * @param {HTMLElement} page
   * @param {() => void} zoomed  called when an hour has another length
   */
  constructor(page, zoomed) {
    this.zoomed = zoomed;
    this.sheet = page.querySelector("[data-sheet-of-days]");
    this.lengths = page.querySelectorAll("[data-track], [data-clock]");
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

  apply() {
    const whole = narrow.matches ? SHOWN / 24 : (this.scroller.clientWidth - this.side) / 24 / this.fit;
    this.factor = clamp(this.factor, whole, TALLEST / this.fit);
    const long = `${(24 * this.hour).toFixed(1)}px`;
    const applied = `${long} ${narrow.matches} ${this.side}`;
    if (this.#applied === applied) return;
    this.#applied = applied;
    this.sheet.style.setProperty("inline-size", narrow.matches ? "" : `calc(var(--side) + ${long})`);
    for (const length of this.lengths) length.style.setProperty("block-size", narrow.matches ? long : "");
    this.page.dataset.grid = this.hour >= 120 ? 4 : this.hour >= 60 ? 2 : 1;
    this.page.toggleAttribute("data-tight", this.hour < 34);
    this.zoomed();
  }

  set(factor, around = null) {
    const box = this.scroller.getBoundingClientRect();
    const at = around ?? { x: box.left + this.side + (box.width - this.side) / 2, y: innerHeight / 2 };
    const track = this.scroller.querySelector("[data-track]");
    const minute = this.minuteAt(at, track);
    this.factor = factor;
    this.apply();
    if (Math.abs(factor - 1) < 0.01) localStorage.removeItem(NAME);
    else localStorage.setItem(NAME, String(this.factor));
    const drift = (this.minuteAt(at, track) - minute) / 60 * this.hour;
    if (narrow.matches) scrollBy(0, -drift);
    else this.scroller.scrollLeft -= drift;
  }

  by(times, around = null) {
    this.set(this.factor * times, around);
  }

  /** Several turns of the wheel may come in one frame. */
  #gather(times, around) {
    this.turned = (this.turned ?? 1) * times;
    this.#waiting ||= requestAnimationFrame(() => {
      this.#waiting = 0;
      const all = this.turned;
      this.turned = 1;
      this.by(all, around);
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
