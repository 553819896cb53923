/**
 * How many hours are seen at once: the length of the 24 hours is one number, on the sheet. Wheel with Ctrl, pinch, + and -; the time under
 * the pointer stays where it is. Across on a wide screen, down on a phone.
 *
 * While a wheel turns, fingers pinch or a key is held, the days are stretched as they were drawn, which the compositor
 * does by itself; when the gesture rests they are laid out anew. On a wide screen nothing at all is laid out meanwhile,
 * and nothing scrolls: the tracks are shifted along, and what that comes to is scrolled to at rest. Laying out the words
 * of 200 entries at each event took 60 ms, the sheet and its clock alone 20.
 */
import { clamp } from "./times.js";

const SHOWN = 14; // 06 to 20
const MARGIN = 14; // so that the figures of the first and the last hour are seen whole
const FIRST = 6;
const STEP = 1.3;
const TALLEST = 480;
const TIGHT = 34; // every other hour is written then
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
  #stepped = -Infinity;
  /**
   * A gesture on a wide screen, in pixels: where the tracks lie as laid out, what of them is seen from where, and where
   * midnight lies now that they are shifted.
   * @type {null | {laid: number, start: number, view: number, fit: number, scroll: number, zero: number}}
   */
  #held = null;

  /**
   * @param {HTMLElement} page
   * @param {() => void} zoomed  called when an hour has another length
   */
  constructor(page, zoomed) {
    this.zoomed = zoomed;
    this.sheet = page.querySelector("[data-sheet-of-days]");
    this.tracks = page.querySelectorAll("[data-track]");
    this.clock = page.querySelector("[data-clock]");
    this.signs = [...this.clock.children];
    this.scroller = page.querySelector("[data-timeline]");
    this.page = page;
    this.factor = Number(localStorage.getItem(NAME)) || 1;
    page.querySelector("[data-zoom]").hidden = false;
    page.querySelector("[data-zoom-in]").addEventListener("click", () => this.#step(STEP));
    page.querySelector("[data-zoom-out]").addEventListener("click", () => this.#step(1 / STEP));
    page.querySelector("[data-zoom-fit]").addEventListener("click", () => { this.set(1); this.show(FIRST * 60); });
    this.scroller.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.#gather(Math.exp(-event.deltaY / 300), { x: event.clientX, y: event.clientY });
    }, { passive: false });
    this.scroller.addEventListener("scroll", () => this.#scrolled());
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
    const held = this.#held;
    this.#held = null;
    this.#clamp();
    const long = this.#length;
    const applied = `${long} ${narrow.matches} ${this.side}`;
    if (this.#applied === applied && !this.page.hasAttribute("data-zooming")) return;
    this.#applied = applied;
    this.#drawn = this.hour;
    this.page.removeAttribute("data-zooming");
    for (const track of this.tracks) {
      for (const name of ["inline-size", "margin-block-end", "scale", "transform"]) track.style.removeProperty(name);
      track.style.setProperty("block-size", narrow.matches ? long : "");
    }
    for (const sign of this.signs) sign.style.removeProperty("transform");
    this.#stretchSheet(long);
    if (held) this.scroller.scrollLeft = held.start - held.zero;
    this.page.dataset.grid = this.hour >= 120 ? 4 : this.hour >= 60 ? 2 : 1;
    this.zoomed();
  }

  /** On a phone: stretch the one day that is seen, and let the page grow with it. */
  #stretch() {
    this.#clamp();
    const by = this.hour / this.#drawn;
    this.page.setAttribute("data-zooming", "");
    for (const track of this.tracks) {
      track.style.setProperty("margin-block-end", `${24 * (this.hour - this.#drawn)}px`);
      track.style.setProperty("scale", `1 ${by}`);
    }
    this.#stretchSheet(this.#length);
    this.#restLater();
  }

  /** On a wide screen: stretch and shift the tracks, with the time under ``x`` left where it is; nothing is laid out. */
  #glide(factor, x) {
    const held = (this.#held ??= this.#hold());
    const minute = (x - held.zero) / (held.fit * this.factor);
    this.factor = clamp(factor, held.view / 24 / held.fit, TALLEST / held.fit);
    const hour = held.fit * this.factor;
    held.zero = clamp(x - minute * hour, held.start + held.view - 24 * hour, held.start);
    const shift = held.zero - held.laid;
    for (const track of this.tracks) track.style.transform = `translateX(${shift}px) scaleX(${hour / this.#drawn})`;
    this.signs.forEach((sign, number) => { sign.style.transform = `translateX(${shift + number * (hour - this.#drawn)}px)`; });
    this.page.toggleAttribute("data-tight", hour < TIGHT);
    this.#restLater();
  }

  #hold() {
    const start = this.scroller.getBoundingClientRect().left + this.side;
    const laid = this.tracks[0].getBoundingClientRect().left;
    const held = { laid, start, view: this.scroller.clientWidth - this.side, fit: this.fit, scroll: this.scroller.scrollLeft, zero: laid };
    this.page.setAttribute("data-zooming", "");
    return held;
  }

  /** Somebody scrolls before the gesture has come to rest: it has now. */
  #scrolled() {
    if (!this.#held || this.scroller.scrollLeft === this.#held.scroll) return;
    this.#held.zero -= this.scroller.scrollLeft - this.#held.scroll;
    this.apply();
    this.#remember();
  }

  #restLater() {
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => { this.apply(); this.#remember(); }, REST);
  }

  #stretchSheet(long) {
    this.sheet.style.setProperty("inline-size", narrow.matches ? "" : `calc(var(--side) + ${long})`);
    this.clock.style.setProperty("block-size", narrow.matches ? long : "");
    this.page.toggleAttribute("data-tight", this.hour < TIGHT);
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
    if (live && !narrow.matches) this.#glide(factor, at.x);
    else this.#put(factor, at, live);
    if (!live) this.#remember();
  }

  #remember() {
    if (Math.abs(this.factor - 1) < 0.01) localStorage.removeItem(NAME);
    else localStorage.setItem(NAME, String(this.factor));
  }

  #put(factor, at, live) {
    if (this.#held) this.apply();
    const track = this.visible(this.tracks[0]);
    const minute = this.minuteAt(at, track);
    this.factor = factor;
    if (live) this.#stretch();
    else this.apply();
    const drift = (this.minuteAt(at, track) - minute) / 60 * this.hour;
    if (narrow.matches) scrollBy(0, -drift);
    else this.scroller.scrollLeft -= drift;
  }

  by(times, around = null, live = false) {
    this.set(this.factor * times, around, live);
  }

  /** A button or its key; held down, it is a gesture. */
  #step(times) {
    const goesOn = performance.now() - this.#stepped < REST;
    this.#stepped = performance.now();
    this.by(times, null, goesOn);
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
