/**
 * The sites on which Callseal runs.
 *
 * Owns that its scripts are registered for exactly those sites that the user, or the administrator's package, has granted, and
 * for no other. Must never ask for a site itself: only a click on the options page does.
 */

const SCRIPTS = { main: "callseal-main", isolated: "callseal-isolated" } as const;

/** Sites that are granted now, as match patterns. */
export async function grantedSites(): Promise<string[]> {
  const { origins = [] } = await chrome.permissions.getAll();
  return origins.sort();
}

let last: Promise<void> = Promise.resolve();

/** Brings the registered scripts up to date. One after the other: events come in bursts. */
export function registerScripts(): Promise<void> {
  last = last.then(register, register);
  return last;
}

async function register(): Promise<void> {
  const matches = await grantedSites();
  await chrome.scripting.unregisterContentScripts({ ids: [] }).catch(() => undefined);
  const registered = await chrome.scripting.getRegisteredContentScripts();
  if (registered.length > 0) await chrome.scripting.unregisterContentScripts({ ids: registered.map(({ id }) => id) });
  if (matches.length === 0) return;
  const shared = { matches, allFrames: true, matchOriginAsFallback: true, runAt: "document_start", persistAcrossSessions: true } as const;
  await chrome.scripting.registerContentScripts([
    { ...shared, id: SCRIPTS.isolated, js: ["isolated.js"], world: "ISOLATED" },
    { ...shared, id: SCRIPTS.main, js: ["main-world.js"], world: "MAIN" },
  ]);
}
