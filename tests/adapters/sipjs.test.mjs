// @ts-check
/** The adapter of SIP.js 0.21, with JsSIP at the customers' end of real calls. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { sipScenarios } from "./support/sip-scenarios.mjs";

const scene = sipScenarios({
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

test("SIP: a call of SessionManager is followed from onCallCreated, hold and delegates included", async () => {
  const [page, callee] = await Promise.all([
    scene.page(async ({ url }) => {
      const { bench, SIP } = /** @type {any} */ (globalThis);
      bench.hungUp = 0;
      await bench.start("sipjs", (/** @type {any} */ { sipjs }, /** @type {any} */ callseal) => sipjs(callseal));
      bench.manager = new SIP.Web.SessionManager(url, {
        aor: "sip:agent@sip.test",
        userAgentOptions: { logLevel: "error" },
        delegate: {
          onCallCreated: (/** @type {any} */ session) => bench.phone.watch(session),
          onCallHangup: () => (bench.hungUp += 1),
        },
      });
      await bench.manager.connect();
      await bench.manager.register();
    }),
    scene.customerOf(scene.bert),
  ]);
  await page.evaluate(async (number) => {
    const { bench } = /** @type {any} */ (globalThis);
    bench.session = await bench.manager.call(`sip:${number}@sip.test`);
  }, scene.bert);
  await scene.engineHeard(page, "1 answered media");
  await scene.heard(page, `${scene.bert} answered`);
  await page.evaluate(() => {
    const { bench } = /** @type {any} */ (globalThis);
    return bench.manager.hold(bench.session);
  });
  await scene.heard(page, `${scene.bert} held agent`);
  await callee.evaluate(() => /** @type {any} */ (globalThis).customer.session.terminate());
  await scene.heard(page, `${scene.bert} ended customer`);
  assert.deepEqual(await scene.events(page), ["opened", "answered", "held agent", "ended customer"].map((event) => `${scene.bert} ${event}`));
  assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).bench.hungUp), 1);
  await page.context().close();
});
