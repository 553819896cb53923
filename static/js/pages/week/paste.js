/** A block copied from a spreadsheet spreads over the cells from the focused one; what finds no place is named. */
import { toast } from "../../toast.js";
import { announce } from "../../words.js";
import { inputOf, week } from "./cells.js";
import { DAY, parseHours } from "../../durations.js";
import { say, sayCount } from "./words.js";

const NAMED = 5;

/** A spreadsheet's way to write hours made ours: spaces that group digits, seconds, a quoted cell. */
function clean(text) {
  const bare = text.replace(/[\u00a0\u202f\u2009]/g, " ").trim().replace(/^"(.*)"$/s, "$1").trim();
  return bare.replace(/^(\d{1,3}:[0-5]\d):[0-5]\d$/, "$1");
}

/** @param {string} text @returns {string[][]} rows of cells, without the empty line at the end */
export function readBlock(text) {
  return text.replace(/(\r?\n)+$/, "").split(/\r?\n/).map((line) => line.split("\t").map(clean));
}

/** The sentence for what was left out: the first few by name, the others by number. */
export function tellLeft(left) {
  const named = left.slice(0, NAMED).join(" · ");
  return left.length > NAMED ? say("leftMore", { named, count: left.length - NAMED }) : say("left", { named });
}

/**
 * @param {import("./editing.js").Editing} editing
 * @param {HTMLElement} field  where the block begins
 * @param {string[][]} block
 */
function spread(editing, field, block) {
  const first = field.closest("td");
  const rows = [...week.querySelectorAll("[data-week-body] > [data-row]")];
  const top = rows.indexOf(first.parentElement);
  const left = [];
  let pasted = 0;
  editing.together(() => {
    for (const [down, line] of block.entries()) {
      for (const [right, text] of line.entries()) {
        if (text === "") continue; // an empty cell of the block says nothing about ours
        const place = rows[top + down]?.cells[first.cellIndex + right];
        const cell = place?.dataset.day ? place.querySelector("[data-hours-cell]") : null;
        const input = cell && inputOf(cell);
        if (!cell) left.push(say("pasteOutside", { text }));
        else if (!input || cell.querySelector(".cell-conflict")) left.push(say("pasteLocked", { text, cell: cell.dataset.label }));
        else {
          const minutes = parseHours(text);
          input.value = text;
          editing.commit(cell);
          if (minutes === null || minutes > DAY) left.push(say("pasteUnread", { text, cell: cell.dataset.label }));
          else pasted += 1;
        }
      }
    }
  });
  const told = sayCount("pasted", pasted);
  if (left.length) toast({ text: `${told} ${tellLeft(left)}`, kind: "warning", keep: true });
  else announce(told);
  field.select?.();
}

/** @param {import("./editing.js").Editing} editing */
export function startPaste(editing) {
  week.addEventListener("paste", (event) => {
    const field = event.target.closest?.("input.hours-input, button.hours-input");
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const block = readBlock(text);
    if (!field || (block.length === 1 && block[0].length === 1)) return;
    event.preventDefault();
    spread(editing, field, block);
  });
}
