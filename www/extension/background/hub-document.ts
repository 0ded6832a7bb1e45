/**
 * The document in which the hub lives, in Chrome: the offscreen document.
 *
 * Owns that there is exactly one. It stays when this service worker is evicted, and so do its calls. In Firefox the hub lives
 * in the background's own page. Must never end it: a call may run.
 */

const URL_OF_HUB = "hub.html";

let making: Promise<void> | null = null;

/** Makes it if it is not there. */
export async function ensureHub(): Promise<void> {
  if (BROWSER === "firefox") return;
  making ??= make().finally(() => {
    making = null;
  });
  return making;
}

async function make(): Promise<void> {
  if (await hubIsThere()) return;
  await chrome.offscreen.createDocument({
    url: URL_OF_HUB,
    reasons: ["WORKERS"],
    justification: "Seals call recordings in one dedicated worker for all tabs, and sends them on.",
  });
}

async function hubIsThere(): Promise<boolean> {
  const contexts = await chrome.runtime.getContexts({ contextTypes: ["OFFSCREEN_DOCUMENT"] });
  return contexts.length > 0;
}
