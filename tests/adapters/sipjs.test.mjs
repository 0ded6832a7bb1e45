// @ts-check
/** The adapter of SIP.js 0.21, with JsSIP at the customers' end of real calls. */
import { sipScenarios } from "./support/sip-scenarios.mjs";

sipScenarios({
  library: "SIP",
  // An application mutes the track itself.
  saysMute: false,
  saysIdentity: true,
  setUp: async ({ url, options }) => {
    const { bench, lab, SIP } = /** @type {any} */ (globalThis);
    const { UserAgent, Inviter, Registerer, Web } = SIP;
    const media = () => Promise.resolve(new MediaStream([lab.tone(400)]));
    const userAgent = new UserAgent({
      uri: UserAgent.makeURI("sip:agent@sip.test"),
      transportOptions: { server: url },
      logLevel: "error",
      sessionDescriptionHandlerFactory: Web.defaultSessionDescriptionHandlerFactory(media),
    });
    /** @type {any} */
    let last = null;
    const adopt = (/** @type {any} */ session) => {
      last = session;
      session.delegate = { onRefer: (/** @type {any} */ referral) => void referral.reject() };
      bench.phone.watch(session);
    };
    userAgent.delegate = {
      onInvite: (/** @type {any} */ invitation) => {
        adopt(invitation);
        setTimeout(() => void invitation.accept(), 50);
      },
    };
    bench.dial = (/** @type {string} */ target) => {
      const inviter = new Inviter(userAgent, UserAgent.makeURI(`sip:${target}@sip.test`));
      adopt(inviter);
      return inviter.invite();
    };
    bench.hold = (/** @type {boolean} */ hold) => lab.until(async () => {
      try {
        await last.invite({ sessionDescriptionHandlerOptions: { hold } });
        return true;
      } catch {
        return false;
      }
    });
    bench.mute = () => {};
    bench.hangUp = () => last.bye();
    const place = () => ({ parties: [{ index: 1, crmAddress: "US-WA" }] });
    await bench.start("sipjs", (/** @type {any} */ { sipjs }, /** @type {any} */ callseal) => sipjs(callseal, { facts: place, ...options.options }), options);
    await userAgent.start();
    const registerer = new Registerer(userAgent);
    await registerer.register();
    await lab.until(() => registerer.state === "Registered");
  },
});
