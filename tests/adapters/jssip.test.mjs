// @ts-check
/** The adapter of JsSIP, with JsSIP at both ends of real calls. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sipCustomer } from "./support/sip-customer.mjs";
import { sipRelay } from "./support/sip-relay.mjs";
import { stage } from "./support/stage.mjs";

/** @type {import("./support/stage.mjs").Stage} */
let chromium;
/** @type {Awaited<ReturnType<typeof sipRelay>>} */
let relay;
before(async () => {
  relay = await sipRelay();
  chromium = await stage(["JsSIP"]);
});
after(async () => {
  await chromium.close();
  relay.close();
});

/** @type {any} What the functions below find in the page. */
const { bench, lab, JsSIP, customer } = /** @type {any} */ (globalThis);

/**
 * An agent's page with JsSIP and the adapter; incoming calls are answered.
 * @param {object} [options]  `without` Callseal; `options` for the adapter
 */
async function agent(options = {}) {
  const page = await chromium.agent();
  await page.evaluate(
    async ({ url, options }) => {
      const { bench, lab, JsSIP } = /** @type {any} */ (globalThis);
      const socket = new JsSIP.WebSocketInterface(url);
      bench.agent = new JsSIP.UA({ sockets: [socket], uri: "sip:agent@sip.test", session_timers: false });
      bench.sessions = [];
      bench.agent.on("newRTCSession", (/** @type {any} */ { session, originator }) => {
        bench.sessions.push(session);
        if (originator === "remote") setTimeout(() => session.answer({ mediaStream: new MediaStream([lab.tone(400)]) }), 50);
      });
      bench.dial = (/** @type {string} */ target) => bench.agent.call(`sip:${target}@sip.test`, { mediaStream: new MediaStream([lab.tone(400)]) });
      await bench.start("jssip", ({ jssip }, callseal) => jssip(callseal, bench.agent, {
        ...options.options,
        facts: () => ({ parties: [{ index: 1, crmAddress: "US-WA" }] }),
      }), options);
      bench.agent.start();
      await lab.until(() => bench.agent.isRegistered());
    },
    { url: relay.url, options },
  );
  return page;
}

test("an incoming call is found once, with its number, name and place before it is answered", async () => {
  const [page, caller] = [await agent(), await sipCustomer(chromium, relay.url, "+12065550101")];
  await caller.evaluate(() => customer.call("agent"));
  const call = await page.evaluate(async () => {
    await bench.engineHeard("1 answered media");
    const [{ id, direction, party, callId }] = [...bench.phone.calls];
    return { direction, party, sameId: id === bench.sessions[0]._request.call_id, known: (await lab.messages("call_open"))[0].call_id === callId };
  });
  assert.deepEqual(call, { direction: "incoming", party: { user: "+12065550101", name: "Anna Bach" }, sameId: true, known: true });
  assert.deepEqual(await page.evaluate(() => bench.take()), ["+12065550101 opened", "+12065550101 answered"]);
  const told = await page.evaluate(() => bench.told());
  assert.deepEqual(told.slice(0, 2), ["1 call_open", "1 facts 1 +12065550101 Anna Bach US-WA"]);
  assert.deepEqual(told.slice(2).sort(), ["1 answered host", "1 answered media"]);
  await caller.evaluate(() => customer.session.terminate());
  await page.evaluate(() => bench.engineHeard("1 hang_up"));
  assert.deepEqual(await page.evaluate(() => bench.take()), ["+12065550101 ended customer"]);
  assert.equal((await page.evaluate(() => bench.told())).length, 5);
  await Promise.all([page.context().close(), caller.context().close()]);
});
