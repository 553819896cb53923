/**
 * Sending hours for approval: first everything that was written is saved, then the form goes.
 *
 * form[data-submission]           posts by htmx; the answer brings the parts anew, each into its place
 * [data-submission-url]           where the parts are fetched when hours were saved meanwhile
 * #submission-days                the days, and on the timeline their entries, to choose from
 */
import { toast } from "../toast.js";

const PAUSE = 700;

/**
 * @param {HTMLElement} page
 * @param {{outbox: import("../outbox.js").Outbox, commit: () => void, unsaved: string, changed?: () => unknown}} doors
 *   `commit` writes down what stands in a field; `unsaved` is the sentence when it cannot be saved; `changed` hears of an act
 */
export function startSubmission(page, { outbox, commit, unsaved, changed }) {
  const choice = () => document.getElementById("submission-days");
  const isChoosing = () => choice()?.matches(":popover-open") ?? false;
  let timer = 0;
  let isStale = false;
  let hasSaved = false;

  async function settled() {
    commit();
    while (outbox.store.queue.length && !outbox.trouble) await new Promise((go) => outbox.addEventListener("rest", go, { once: true }));
    return outbox.store.queue.length === 0;
  }

  document.addEventListener("htmx:confirm", async (event) => {
    if (!event.detail.elt.matches("[data-submission]")) return;
    event.preventDefault();
    if (await settled()) event.detail.issueRequest(true);
    else toast({ text: unsaved, kind: "warning" });
  });

  // Hours were saved: what can be sent is another thing now. While somebody chooses, the list stays as it is.
  function refresh() {
    const place = page.querySelector("[data-submission-url]");
    if (!place || !("submits" in place.dataset)) return;
    if (isChoosing()) { isStale = true; return; }
    isStale = false;
    window.htmx.ajax("GET", place.dataset.submissionUrl, { source: place, target: place, swap: "none" });
  }
  outbox.addEventListener("answered", () => { hasSaved = true; });
  outbox.addEventListener("rest", () => {
    if (!hasSaved || outbox.store.queue.length) return;
    hasSaved = false;
    clearTimeout(timer);
    timer = setTimeout(refresh, PAUSE);
  });
  document.addEventListener("toggle", ({ target, newState }) => target === choice() && newState === "closed" && isStale && refresh(), true);

  document.addEventListener("submission:changed", () => {
    clearTimeout(timer);
    for (const form of document.querySelectorAll("[popover]:popover-open [data-ask]")) {
      form.closest("[popover]").hidePopover();
      form.reset();
    }
    // The button that was pressed is a new one now, or gone.
    if (document.activeElement === document.body) (document.getElementById("submission-send") ?? document.getElementById("submission-open"))?.focus();
    changed?.();
  });

  /** Open the choice with this entry alone ticked; false when it is not to be chosen. */
  function choose(id) {
    const box = choice()?.querySelector(`[name="entries"][value="${CSS.escape(id)}"]`);
    if (!box || box.disabled) return false;
    for (const other of choice().querySelectorAll('input[type="checkbox"]:not([disabled])')) tick(other, other === box);
    box.closest("details").open = true;
    choice().showPopover();
    box.focus();
    return true;
  }

  return { choose };
}

function tick(box, checked) {
  if (box.name !== "entries" || box.checked === checked) return;
  box.checked = checked;
  box.dispatchEvent(new Event("change", { bubbles: true }));
}
