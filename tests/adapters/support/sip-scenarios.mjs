// @ts-check
/**
 * What every adapter of a SIP library has to do, told by real calls between two pages over a SIP relay.
 *
 * Owns: the calls and what must be told of them. The page's `bench` is given `dial(number)`, `hold(on)`, `mute(on)`,
 * `hangUp()` of the last call, and answers what comes in.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sipCustomer } from "./sip-customer.mjs";
import { sipRelay } from "./sip-relay.mjs";
import { stage } from "./stage.mjs";

/** @typedef {import("playwright-core").Page} Page */

/** @type {any} What the functions below find in the page. */
const { bench, lab, customer } = /** @type {any} */ (globalThis);

const ANNA = "+12065550101";
const BERT = "+493012345678";

/**
 * @param {object} given
 * @param {string} given.library  its global name
 * @param {(settings: {url: string, options: any}) => Promise<void>} given.setUp  in the page: registers as `agent`
 * @param {boolean} given.saysMute       whether the library tells of mute
 * @param {boolean} given.saysIdentity   whether it shows a re-INVITE
 */
export function sipScenarios({ library, setUp, saysMute, saysIdentity }) {
  /** @type {import("./stage.mjs").Stage} */
  let chromium;
  /** @type {Awaited<ReturnType<typeof sipRelay>>} */
  let relay;
  before(async () => {
    relay = await sipRelay();
    chromium = await stage([library, ...(library === "JsSIP" ? [] : ["JsSIP"])]);
  });
  after(async () => {
    await chromium?.close();
    relay.close();
  });
  const agent = async (/** @type {any} */ options = {}) => {
    const page = await chromium.agent();
    await page.evaluate(setUp, { url: relay.url, options });
    return page;
  };
  /** One page for each customer, for all tests. @type {Map<string, Promise<Page>>} */
  const customers = new Map();
  const customerOf = (/** @type {string} */ user) => {
    const page = customers.get(user) ?? sipCustomer(chromium, relay.url, user, user === ANNA ? "Anna Bach" : "Bert Cramer");
    customers.set(user, page);
    return page;
  };
  const events = (/** @type {Page} */ page) => page.evaluate(() => bench.take());
  /** @type {(page: Page) => Promise<string[]>} */
  const told = (page) => page.evaluate(() => bench.told());
  const heard = (/** @type {Page} */ page, /** @type {string} */ event) => page.evaluate((event) => bench.heard(event), event);
  const engineHeard = (/** @type {Page} */ page, /** @type {string} */ words) => page.evaluate((words) => bench.engineHeard(words), words);

  /** Waits until the customer has taken the agent's hold in: two re-INVITEs at once end a call. */
  const seen = (/** @type {Page} */ callee, /** @type {boolean} */ isHeld) =>
    callee.evaluate((isHeld) => lab.until(() => customer.session.isOnHold().remote === isHeld && customer.session.isReadyToReOffer()), isHeld);

  test(`${library}: an incoming call is found once; its number, name and place are known before it is answered`, async () => {
    const [page, caller] = await Promise.all([agent(), customerOf(ANNA)]);
    await caller.evaluate(() => customer.call("agent"));
    await Promise.all([engineHeard(page, "1 answered media"), engineHeard(page, "1 answered host")]);
    const call = await page.evaluate(async () => {
      const [{ id, direction, party, callId }] = [...bench.phone.calls];
      return { id, direction, party, known: (await lab.messages("call_open"))[0].call_id === callId };
    });
    const id = await caller.evaluate(() => customer.session._request.call_id);
    assert.deepEqual(call, { id, direction: "incoming", party: { user: ANNA, name: "Anna Bach" }, known: true });
    assert.deepEqual(await events(page), [`${ANNA} opened`, `${ANNA} answered`]);
    assert.deepEqual((await told(page)).slice(0, 2), ["1 call_open", `1 facts 1 ${ANNA} Anna Bach US-WA`]);
    await caller.evaluate(() => customer.session.terminate());
    await Promise.all([engineHeard(page, "1 hang_up"), heard(page, `${ANNA} ended customer`)]);
    assert.deepEqual(await events(page), [`${ANNA} ended customer`]);
    // A library that is listened to still answers by itself.
    const answered = () => relay.responses.filter((response) => response.startsWith("BYE"));
    for (let tries = 0; tries < 50 && answered().length === 0; tries += 1) await caller.evaluate(() => lab.wait(100));
    assert.deepEqual(answered(), ["BYE 200"]);
    assert.equal((await told(page)).length, 5);
    await page.context().close();
  });

  test(`${library}: an outgoing call tells who holds, ${saysMute ? "mutes and " : ""}ends it; a hold pauses nothing unless that is wanted`, async () => {
    const [page, callee] = await Promise.all([agent(), customerOf(BERT)]);
    await page.evaluate((number) => bench.dial(number), BERT);
    await engineHeard(page, "1 answered media");
    assert.equal(await page.evaluate(() => [...bench.phone.calls][0].direction), "outgoing");
    await page.evaluate(() => bench.hold(true));
    await heard(page, `${BERT} held agent`);
    await seen(callee, true);
    await page.evaluate(() => bench.hold(false));
    await heard(page, `${BERT} resumed agent`);
    await seen(callee, false);
    await callee.evaluate(() => lab.until(() => customer.session.hold()));
    await heard(page, `${BERT} held customer`);
    await callee.evaluate(() => lab.until(() => customer.session.unhold()));
    await heard(page, `${BERT} resumed customer`);
    await page.evaluate(() => (bench.mute(true), bench.mute(false)));
    await page.evaluate(() => bench.hangUp());
    await Promise.all([engineHeard(page, "1 hang_up"), heard(page, `${BERT} ended agent`)]);
    assert.deepEqual(await events(page), [
      "opened", "answered", "held agent", "resumed agent", "held customer", "resumed customer",
      ...(saysMute ? ["muted", "unmuted"] : []), "ended agent",
    ].map((event) => `${BERT} ${event}`));
    assert.deepEqual((await told(page)).sort(), ["1 answered host", "1 answered media", "1 call_open", `1 facts 1 ${BERT} US-WA`, "1 hang_up"]);
    await page.context().close();
  });

  // What becomes of a hold is the same for all libraries.
  if (library === "JsSIP") test(`${library}: a held call is paused where the host wants that`, async () => {
    const [page] = await Promise.all([agent({ options: { onHold: "pause" } }), customerOf(BERT)]);
    await page.evaluate((number) => bench.dial(number), BERT);
    await engineHeard(page, "1 answered media");
    await page.evaluate(() => bench.hold(true));
    await engineHeard(page, "1 pause host_api hold");
    assert.equal((await told(page)).includes("1 resume host_api"), false);
    await page.evaluate(() => bench.hold(false));
    await engineHeard(page, "1 resume host_api");
    await page.context().close();
  });

  test(`${library}: ${saysIdentity ? "whoever the network says is there now joins, and leaves; the same number written otherwise does not" : "a transfer is told"}`, async () => {
    const [page, caller] = await Promise.all([agent(), customerOf(BERT)]);
    await caller.evaluate(() => customer.call("agent"));
    await engineHeard(page, "1 answered media");
    const renew = (/** @type {string} */ identity) =>
      caller.evaluate((identity) => lab.until(() => customer.session.renegotiate({ extraHeaders: [`P-Asserted-Identity: ${identity}`] })), identity);
    if (saysIdentity) {
      await renew('"Bert" <sip:03012345678@sip.test>');
      await renew("<sip:+442071838750@sip.test>");
      await engineHeard(page, "1 party_joined host-transfer-1");
      await renew('"Other" <sip:+44-20-7183-8750@sip.test>');
      await renew(`<sip:${BERT}@sip.test>`);
      await engineHeard(page, "1 party_left host-transfer-1");
    }
    // A REFER within a re-INVITE is refused.
    await caller.evaluate(() => lab.until(() => customer.session.isReadyToReOffer()));
    await caller.evaluate(() => customer.session.refer("sip:nobody@sip.test"));
    await heard(page, `${BERT} transferred customer nobody`);
    assert.deepEqual(await events(page), [
      "opened", "answered",
      ...(saysIdentity ? ["joined transfer-1 +442071838750", "left transfer-1 +442071838750"] : []),
      "transferred customer nobody",
    ].map((event) => `${BERT} ${event}`));
    await page.context().close();
  });

  test(`${library}: two calls at once are two, each with its own party`, async () => {
    const [page, anna, bert] = await Promise.all([agent(), customerOf(ANNA), customerOf(BERT)]);
    await anna.evaluate(() => customer.call("agent"));
    await engineHeard(page, "1 answered media");
    await bert.evaluate(() => customer.call("agent"));
    await engineHeard(page, "2 answered media");
    await bert.evaluate(() => lab.until(() => customer.session.hold()));
    await heard(page, `${BERT} held customer`);
    await anna.evaluate(() => customer.session.terminate());
    await Promise.all([engineHeard(page, "1 hang_up"), heard(page, `${ANNA} ended customer`)]);
    const left = await page.evaluate(() => [...bench.phone.calls].map(({ party, heldBy }) => [party.user, ...heldBy]));
    assert.deepEqual(left, [[BERT, "customer"]]);
    const words = await told(page);
    assert.deepEqual(words.filter((word) => /facts|hang_up|open/.test(word)), ["1 call_open", `1 facts 1 ${ANNA} Anna Bach US-WA`, "2 call_open", `2 facts 1 ${BERT} Bert Cramer US-WA`, "1 hang_up"]);
    await page.context().close();
  });

  test(`${library}: without Callseal calls go on, and the host is told the same`, async () => {
    const [page, callee] = await Promise.all([agent({ without: true }), customerOf(BERT)]);
    await page.evaluate((number) => bench.dial(number), BERT);
    await heard(page, `${BERT} answered`);
    await page.evaluate(() => bench.hold(true));
    await heard(page, `${BERT} held agent`);
    await callee.evaluate(() => customer.session.terminate());
    await heard(page, `${BERT} ended customer`);
    assert.deepEqual(await events(page), ["opened", "answered", "held agent", "ended customer"].map((event) => `${BERT} ${event}`));
    await page.context().close();
  });

  return {
    bert: BERT,
    /** An agent's page that is set up otherwise. */
    async page(/** @type {(settings: {url: string}) => Promise<void>} */ prepare) {
      const page = await chromium.agent();
      await page.evaluate(prepare, { url: relay.url });
      return page;
    },
    customerOf,
    heard,
    engineHeard,
    events,
  };
}
