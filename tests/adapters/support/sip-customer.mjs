// @ts-check
/**
 * Customers who call and are called over SIP, each a page without the tap.
 *
 * Owns: their end of the calls, by JsSIP. The page's global `customer` has the user agent and its last session.
 */

/** @typedef {import("playwright-core").Page} Page */

/**
 * @param {import("./stage.mjs").Stage} chromium
 * @param {string} url   of the relay
 * @param {string} user  the customer's number
 * @param {string} name
 * @returns {Promise<Page>}
 */
export async function sipCustomer(chromium, url, user, name) {
  const page = await chromium.customer();
  await page.evaluate(
    async ({ url, user, name }) => {
      const { JsSIP, lab } = /** @type {any} */ (globalThis);
      const socket = new JsSIP.WebSocketInterface(url);
      const agent = new JsSIP.UA({ sockets: [socket], uri: `sip:${user}@sip.test`, display_name: name, session_timers: false });
      /** @type {any} */
      const customer = { agent, session: null, ended: 0, answers: true };
      customer.call = (/** @type {string} */ target, /** @type {string[]} */ extraHeaders = []) => {
        customer.session = agent.call(`sip:${target}@sip.test`, { mediaStream: new MediaStream([lab.tone(900)]), extraHeaders });
      };
      agent.on("newRTCSession", (/** @type {any} */ { session, originator }) => {
        customer.session = session;
        session.on("ended", () => (customer.ended += 1));
        if (originator === "remote" && customer.answers) session.answer({ mediaStream: new MediaStream([lab.tone(900)]) });
      });
      Object.assign(globalThis, { customer });
      agent.start();
      await lab.until(() => agent.isRegistered());
    },
    { url, user, name },
  );
  return page;
}
