// @ts-check
/**
 * Twilio's gateway as a device sees it: signalling over a WebSocket that the test process answers.
 *
 * Owns: the messages (`invite`, `answer`, `hangup` …). The far end's media is a real connection in a customer's page.
 */

/** @typedef {import("playwright-core").Page} Page */

/**
 * @param {Page} page  before it is opened
 * @param {Page} far   where the far ends are
 */
export async function twilioGateway(page, far) {
  /** @type {{type: string, payload: any}[]} */
  const asked = [];
  /** One for each device. @type {((type: string, payload: object) => void)[]} */
  const lines = [];
  await page.route(/twilio\.com/, (route) => route.fulfill({ status: 200, contentType: "application/json", body: "{}" }));
  await page.routeWebSocket(/twilio\.com/, (socket) => {
    const send = (/** @type {string} */ type, /** @type {object} */ payload) => socket.send(JSON.stringify({ type, version: "1.6", payload }));
    lines.push(send);
    socket.onMessage(async (data) => {
      if (`${data}`.trim() === "") return;
      const { type, payload } = JSON.parse(`${data}`);
      asked.push({ type, payload });
      if (type === "listen") send("connected", { region: "US_EAST_VIRGINIA", edge: "ashburn", token: { identity: "agent", ttl: 3600 } });
      if (type === "register") send("ready", {});
      if (type === "invite") {
        const sdp = await far.evaluate(([key, offer]) => /** @type {any} */ (globalThis).bench.farAnswer(key, offer), [payload.callsid, payload.sdp]);
        send("ringing", { callsid: `CA${payload.callsid}` });
        send("answer", { callsid: `CA${payload.callsid}`, sdp });
      }
      if (type === "answer") await far.evaluate(([key, sdp]) => /** @type {any} */ (globalThis).bench.farAccept(key, sdp), [payload.callsid, payload.sdp]);
    });
  });
  return {
    asked,
    /** A call comes in. */
    async ring(/** @type {string} */ callsid, /** @type {string} */ from, line = 0) {
      const sdp = await far.evaluate((key) => /** @type {any} */ (globalThis).bench.farOffer(key), callsid);
      lines[line]?.("invite", { callsid, sdp, parameters: { CallSid: callsid, From: from, To: "client:agent", AccountSid: "AC0" } });
    },
    hangUp: (/** @type {string} */ callsid, line = 0) => lines[line]?.("hangup", { callsid }),
  };
}
