// @ts-check
/** The adapter of JsSIP, with JsSIP at both ends of real calls. */
import { sipScenarios } from "./support/sip-scenarios.mjs";

sipScenarios({
  library: "JsSIP",
  saysMute: true,
  saysIdentity: true,
  setUp: async ({ url, options }) => {
    const { bench, lab, JsSIP } = /** @type {any} */ (globalThis);
    const userAgent = new JsSIP.UA({ sockets: [new JsSIP.WebSocketInterface(url)], uri: "sip:agent@sip.test", session_timers: false });
    const media = () => ({ mediaStream: new MediaStream([lab.tone(400)]) });
    /** @type {any} */
    let last = null;
    userAgent.on("newRTCSession", (/** @type {any} */ { session, originator }) => {
      last = session;
      session.on("refer", () => {});
      if (originator === "remote") setTimeout(() => session.answer(media()), 50);
    });
    bench.dial = (/** @type {string} */ target) => userAgent.call(`sip:${target}@sip.test`, media());
    bench.hold = (/** @type {boolean} */ on) => lab.until(() => (on ? last.hold() : last.unhold()));
    bench.mute = (/** @type {boolean} */ on) => (on ? last.mute() : last.unmute());
    bench.hangUp = () => last.terminate();
    const place = () => ({ parties: [{ index: 1, crmAddress: "US-WA" }] });
    await bench.start("jssip", (/** @type {any} */ { jssip }, /** @type {any} */ callseal) => jssip(callseal, userAgent, { facts: place, ...options.options }), options);
    userAgent.start();
    await lab.until(() => userAgent.isRegistered());
  },
});
