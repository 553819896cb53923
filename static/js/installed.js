/** The service worker, which makes Busy an app: registered when the page has come, told when the language changes. */
import { language } from "./words.js";

const address = document.querySelector('meta[name="service-worker"]')?.content;
const OFFLINE = "/offline/";

async function begin() {
  try {
    await navigator.serviceWorker.register(address, { scope: "/" });
  } catch (error) {
    console.info("Busy works without its service worker:", error.message); // a private window, or no network just now
    return;
  }
  const { active } = await navigator.serviceWorker.ready;
  const kept = await caches.match(OFFLINE, { ignoreVary: true });
  if (kept && !(await kept.text()).includes(`<html lang="${language}"`)) active.postMessage({ language });
}

if (address && "serviceWorker" in navigator) {
  if (document.readyState === "complete") begin();
  else addEventListener("load", begin, { once: true });
}
