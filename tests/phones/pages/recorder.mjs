// @ts-check
/**
 * Callseal as a host embeds it beside its softphone: configuration, adapter, panel. Must never: answer for anybody.
 */
import { publish } from "./publish.mjs";

const EVENTS = ["opened", "state", "consent", "decision", "closed", "stored", "error"];
const TOLD = ["opened", "answered", "held", "resumed", "muted", "unmuted", "joined", "left", "transferred", "ended", "error"];

/**
 * @param {any} desk  gets `callseal` and, with an adapter, `phone`
 * @param {any} members  of the configuration
 * @param {string | null} adapter  name of the adapter's module, or null: the tap alone
 */
export async function record(desk, members, adapter) {
  const { Callseal } = await import("/pkg/index.mjs");
  const { recordKeypadIn } = await import("/pkg/prompts/index.mjs");
  const served = await (await fetch("/callseal/config.json")).json();
  const callseal = await Callseal.start({ ...served, disclosure: recordKeypadIn.en, ...members });
  desk.callseal = callseal;
  for (const type of EVENTS) {
    callseal.on(type, (/** @type {any} */ event) => publish(type, event instanceof Error ? { .../** @type {any} */ (event), message: event.message } : event));
  }
  const panel = /** @type {any} */ (document.querySelector("callseal-panel"));
  if (panel !== null) panel.callseal = callseal;
  if (adapter === null || adapter === undefined) return;
  const module = await import(`/pkg/adapters/${adapter}.mjs`);
  desk.phone = adapter === "jssip" ? module.jssip(callseal, desk.userAgent) : module[adapter](callseal);
  for (const type of TOLD) {
    desk.phone.on(type, (/** @type {any} */ { call, by, key }) => publish(`adapter-${type}`, { call: call?.callId ?? null, id: call?.id, party: call?.party, by, key }));
  }
}
