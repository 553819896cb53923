/**
 * Talking to the server: the CSRF token for htmx and fetch, a thin line while one waits, and one sentence when it fails.
 *
 * Reacts to htmx's own events; needs <meta name="csrf-token"> and [data-page-progress].
 */
import { toast } from "./toast.js";
import { word } from "./words.js";

export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

/** fetch with the token, as JSON when data is given; throws HttpError for 4xx and 5xx, TypeError when there is no way. */
export async function send(url, { method = "POST", data, headers = {}, signal } = {}) {
  const json = data !== undefined && !(data instanceof FormData) && !(data instanceof URLSearchParams);
  const response = await fetch(url, {
    method,
    signal,
    headers: {
      Accept: "application/json",
      ...(json ? { "Content-Type": "application/json" } : {}),
      ...(/^(GET|HEAD)$/.test(method) ? {} : { "X-CSRFToken": csrfToken() }),
      ...headers,
    },
    body: json ? JSON.stringify(data) : data,
  });
  if (!response.ok) throw new HttpError(response);
  return response;
}

export class HttpError extends Error {
  constructor(response) {
    super(`${response.status} ${response.url}`);
    this.status = response.status;
    this.response = response;
  }
}

/** The sentence and the way out for a status; 0 is no way to the server. `told` is a sentence the server gave. */
export function tellFailure(status, told = "") {
  if (status === 0) return toast({ text: word("offline"), kind: "error" });
  if (status === 401) {
    const next = encodeURIComponent(location.pathname + location.search);
    const action = word("signIn") ? { label: word("signInLabel"), url: `${word("signIn")}?next=${next}` } : null;
    return toast({ text: told || word("signedOut"), kind: "error", action });
  }
  const reload = { label: word("reload"), url: location.href };
  if (status === 403) return toast({ text: told || word("forbidden"), kind: "error", action: reload });
  if (status === 404) return toast({ text: told || word("missing"), kind: "error", action: reload });
  if (status === 409) return toast({ text: told || word("conflict"), kind: "error", action: reload });
  if (status === 429) return toast({ text: told || word("tooMany"), kind: "error" });
  return toast({ text: told || word("serverError"), kind: "error" });
}

function sentenceOf(xhr) {
  if (!xhr.getResponseHeader("Content-Type")?.includes("json")) return "";
  try {
    const answer = JSON.parse(xhr.responseText);
    return answer.message ?? answer.detail ?? "";
  } catch {
    return ""; // a broken answer gets the sentence of its status
  }
}

document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.verb !== "get") detail.headers["X-CSRFToken"] = csrfToken();
});
document.addEventListener("htmx:responseError", ({ detail }) => tellFailure(detail.xhr.status, sentenceOf(detail.xhr)));
document.addEventListener("htmx:sendError", () => tellFailure(0));
document.addEventListener("htmx:timeout", () => tellFailure(0));

// A part that was answered with the sign-in page, because the session ended, must not be swapped into the page.
document.addEventListener("htmx:beforeSwap", (event) => {
  const signIn = word("signIn");
  if (signIn && new URL(event.detail.xhr.responseURL || location.href).pathname === signIn && location.pathname !== signIn) {
    event.detail.shouldSwap = false;
    tellFailure(401);
  }
});

// A thin line under the top edge, only when the answer takes more than 200 ms.
const progress = document.querySelector("[data-page-progress]");
let waiting = 0;
let timer = 0;
function count(change) {
  waiting = Math.max(0, waiting + change);
  clearTimeout(timer);
  if (waiting) timer = setTimeout(() => progress?.setAttribute("data-busy", ""), 200);
  else progress?.removeAttribute("data-busy");
}
// Work that shows its own progress, as a cell that saves, carries data-quiet.
const loud = ({ detail }) => !detail.elt.closest("[data-quiet]");
document.addEventListener("htmx:beforeSend", (event) => loud(event) && count(1));
document.addEventListener("htmx:afterRequest", (event) => loud(event) && event.detail.xhr?.status !== undefined && count(-1));
