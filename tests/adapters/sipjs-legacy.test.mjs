// @ts-check
/** The adapter of SIP.js 0.7, which still uses `addStream`, with JsSIP at the customers' end of real calls. */
import { sipScenarios } from "./support/sip-scenarios.mjs";

sipScenarios({
  library: "SIP07",
  saysMute: true,
  // SIP.js 0.7 tells nobody of a re-INVITE but of the hold in it.
  saysIdentity: false,
  setUp: async ({ url, options }) => {
    const { bench, lab, SIP07 } = /** @type {any} */ (globalThis);
    const userAgent = new SIP07.UA({ wsServers: [url], uri: "agent@sip.test", traceSip: false, log: { level: "error" }, autostart: false });
    const media = () => ({ media: { stream: new MediaStream([lab.tone(400)]) } });
    /** @type {any} */
    let last = null;
    const adopt = (/** @type {any} */ session) => {
      last = session;
      session.on("refer", () => {});
    };
    userAgent.on("invite", (/** @type {any} */ session) => {
      adopt(session);
      setTimeout(() => session.accept(media()), 50);
    });
    bench.dial = (/** @type {string} */ target) => adopt(userAgent.invite(`${target}@sip.test`, media()));
    bench.hold = (/** @type {boolean} */ on) => (on ? last.hold() : last.unhold());
    bench.mute = (/** @type {boolean} */ on) => (on ? last.mute() : last.unmute());
    bench.hangUp = () => last.bye();
    const place = () => ({ parties: [{ index: 1, crmAddress: "US-WA" }] });
    await bench.start("sipjs-legacy", (/** @type {any} */ { sipjsLegacy }, /** @type {any} */ callseal) => sipjsLegacy(callseal, userAgent, { facts: place, ...options.options }), options);
    userAgent.start();
    await lab.until(() => userAgent.isRegistered());
  },
});
