/**
 * The editor of a page's layout: fields are moved by dragging their handle, by the arrow keys on it, or by the buttons.
 * The order of the hidden inputs is what is saved; without this module the buttons ask the server to move.
 *
 * form[data-layout]            data-told, data-told-spare: sentences with {name}, {place}, {count}
 * [data-layout-placed] / [data-layout-spare]   the two lists
 * li[data-part][data-name]     a field; [data-fixed] cannot be taken off
 * [data-layout-handle]         grips it; [data-layout-act="up|down|place|spare"] moves it
 */
import { announce } from "../words.js";

const form = document.querySelector("form[data-layout]");
const placed = form.querySelector("[data-layout-placed]");
const spare = form.querySelector("[data-layout-spare]");
const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_whole, name) => values[name]);

function told(part) {
  const isPlaced = part.parentElement === placed;
  part.querySelector("input").name = isPlaced ? "place" : "spare";
  const parts = [...placed.children];
  announce(fill(isPlaced ? form.dataset.told : form.dataset.toldSpare, { name: part.dataset.name, place: parts.indexOf(part) + 1, count: parts.length }), true);
}

const moves = {
  up: (part) => part.previousElementSibling?.before(part),
  down: (part) => part.nextElementSibling?.after(part),
  place: (part) => placed.append(part),
  spare: (part) => "fixed" in part.dataset || spare.append(part),
};

function move(part, act, focused) {
  moves[act](part);
  told(part);
  (focused?.checkVisibility() ? focused : part.querySelector("[data-layout-handle]")).focus();
}

form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-layout-act]");
  if (!button) return;
  event.preventDefault();
  move(button.closest("[data-part]"), button.dataset.layoutAct, button);
});

form.addEventListener("keydown", (event) => {
  const handle = event.target.closest("[data-layout-handle]");
  if (!handle || event.altKey || event.ctrlKey || event.metaKey) return;
  const part = handle.closest("[data-part]");
  const isPlaced = part.parentElement === placed;
  const act = { ArrowUp: isPlaced ? "up" : "place", ArrowDown: isPlaced ? "down" : undefined, Delete: isPlaced ? "spare" : undefined }[event.key];
  const leaves = event.key === "ArrowDown" && isPlaced && part === placed.lastElementChild;
  if (!act) return;
  event.preventDefault();
  move(part, leaves ? "spare" : act, handle);
});

// Dragging --------------------------------------------------------------------------------------------------------------
let held = null;

function listAt(y) {
  const box = spare.parentElement.getBoundingClientRect();
  return y > box.top ? spare : placed;
}

form.addEventListener("pointerdown", (event) => {
  const handle = event.target.closest("[data-layout-handle]");
  if (!handle || event.button !== 0) return;
  held = { part: handle.closest("[data-part]"), handle, from: handle.closest("[data-part]").nextElementSibling, list: handle.closest("ol, ul") };
  handle.setPointerCapture(event.pointerId);
  held.part.dataset.held = "";
});

form.addEventListener("pointermove", (event) => {
  if (!held) return;
  const to = "fixed" in held.part.dataset ? placed : listAt(event.clientY);
  const next = [...to.children].find((other) => {
    const box = other.getBoundingClientRect();
    return other !== held.part && event.clientY < box.top + box.height / 2;
  });
  if (held.part.parentElement !== to || held.part.nextElementSibling !== (next ?? null)) to.insertBefore(held.part, next ?? null);
});

function release(back) {
  if (!held) return;
  const { part, from, list } = held;
  held = null;
  delete part.dataset.held;
  if (back) list.insertBefore(part, from);
  told(part);
}
form.addEventListener("pointerup", () => release(false));
form.addEventListener("pointercancel", () => release(true));
form.addEventListener("keydown", (event) => { if (event.key === "Escape" && held) { event.preventDefault(); release(true); } });
