/**
 * What the installed app, or any open page, keeps for the time without a network: Busy's own files and one page that says
 * so. Pages of people are asked from the server each time and never kept, so that nothing private is left behind when
 * somebody signs out.
 */
const VERSION = "{{ version }}";
const FILES = {{ files|safe }};
const STATIC = "{{ static_url|escapejs }}";
const OFFLINE = "{{ offline_url|escapejs }}";
const CACHE = `busy-${VERSION}`;
/** With a hash in its name a file never changes. */
const HASHED = /\.[0-9a-f]{12}\.\w+$/;

async function prepare() {
  const cache = await caches.open(CACHE);
  await cache.addAll([OFFLINE, ...FILES]);
  await self.skipWaiting();
}

async function tidy() {
  const old = (await caches.keys()).filter((name) => name.startsWith("busy-") && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** The page without a network, in another language. */
async function translate(language) {
  const answer = await fetch(`${OFFLINE}?language=${encodeURIComponent(language)}`);
  if (answer.ok) await (await caches.open(CACHE)).put(OFFLINE, answer);
}

async function page(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(OFFLINE, { ignoreVary: true });
    if (!kept) throw error;
    return kept;
  }
}

async function file(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request, { ignoreVary: true });
  if (kept && HASHED.test(new URL(request.url).pathname)) return kept;
  try {
    const answer = await fetch(request);
    if (answer.status === 200) await cache.put(request, answer.clone());
    return answer;
  } catch (error) {
    if (!kept) throw error;
    return kept;
  }
}

self.addEventListener("install", (event) => event.waitUntil(prepare()));
self.addEventListener("activate", (event) => event.waitUntil(tidy()));
self.addEventListener("message", (event) => { if (event.data?.language) event.waitUntil(translate(event.data.language)); });
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if (url.pathname.startsWith(STATIC)) event.respondWith(file(request));
});
