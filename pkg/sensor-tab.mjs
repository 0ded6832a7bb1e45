// @ts-check
/**
 * The sensor of a page that has no calls of its own: a CRM in one tab, the softphone in another.
 *
 * Owns: a sensor whose messages go over the channel to pages of the same origin that have an engine. Must never answer
 * for another page, nor keep a tab that has gone in the way of a recording.
 */
import { Sensor } from "./sensor.mjs";
import { CHANNEL, lockOf, settingsTogether, toSensors, VERSION } from "./sensor/channel.mjs";

/** @typedef {import("./protocol.mjs").PageMessage} PageMessage */

/** Desks whose settings are kept; those of further ones are not asked for. */
const MOST_DESKS = 16;

/** @type {(() => void) | null} */
let running = null;

/**
 * Begins to tell pages with calls what is in use here. Once per page; a second start changes nothing.
 * @returns {() => void} ends it
 */
export function startSensor() {
  if (running !== null) return running;
  const ended = new AbortController();
  let end = open();
  window.addEventListener(
    "pagehide",
    (event) => {
      // A script's word that the page goes away is none.
      if (event.isTrusted) end();
    },
    { signal: ended.signal },
  );
  window.addEventListener(
    "pageshow",
    (event) => {
      if (event.isTrusted && event.persisted) end = open();
    },
    { signal: ended.signal },
  );
  running = () => {
    ended.abort();
    end();
    running = null;
  };
  return running;
}

/** @returns {() => void} ends it */
function open() {
  const channel = new BroadcastChannel(CHANNEL);
  /**
   * @param {PageMessage} message
   * @param {string} [asker]
   */
  const post = (message, asker) => {
    channel.postMessage({ callseal: VERSION, to: "desk", desk: asker ?? null, message });
  };
  /** What each desk asks for. Before one does, nothing that is typed is given out. @type {Map<string, import("./sensor/fields.mjs").Settings>} */
  const desks = new Map();
  const sensor = new Sensor(post, settingsTogether([]));
  /** @param {{desk: string, settings: import("./sensor/fields.mjs").Settings}} heard */
  const asked = ({ desk, settings }) => {
    if (!desks.has(desk) && desks.size >= MOST_DESKS) return;
    desks.set(desk, settings);
    sensor.settings = settingsTogether(desks.values());
  };
  /** Ends the lock. @type {() => void} */
  let release = () => {};
  let over = false;
  channel.onmessage = ({ data }) => {
    const heard = toSensors(data);
    if (heard === null) return;
    if (heard.kind === "hello") {
      asked(heard);
      sensor.announce();
    } else if (heard.context_id === sensor.contextId) {
      if (heard.kind === "settings") asked(heard);
      else sensor.challenge(heard.nonce, heard.desk);
    }
  };
  let started = false;
  // Whoever waits for this lock learns of the end of a page that could not say so. It is held before the page joins.
  const holding = () =>
    new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
      release = () => resolve();
      if (over) return resolve();
      if (started) sensor.announce();
      else sensor.start();
      started = true;
    });
  const hold = () => {
    navigator.locks.request(lockOf(sensor.contextId), holding).catch(() => {
      // A script has stolen it: desks take this page for gone. It is there, and says so.
      if (!over) hold();
    });
  };
  hold();
  return () => {
    if (over) return;
    over = true;
    sensor.leave();
    release();
    channel.close();
  };
}
