// @ts-check
/** The endpoints that docs/recorders.md shows, run as they stand. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { recorderWebhook, twilio } from "../../pkg/recorders.mjs";
import { readProjectFile } from "../../scripts/lib/project.mjs";
import { ACCOUNT, CALL_SID, Vendors } from "./support/vendors.mjs";

const vendors = new Vendors();
before(() => vendors.start());
after(() => vendors.stop());

/**
 * @param {string} name  in the block's first line
 * @param {(code: string) => string} [change]
 * @returns {Promise<(request: Request, host: any) => Promise<Response>>}
 */
async function shown(name, change = (code) => code) {
  const blocks = [...readProjectFile("docs/recorders.md").matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code ?? "");
  const code = blocks.find((one) => one.startsWith(`// ${name}\n`)) ?? assert.fail(`${name} is not shown`);
  return (await import(`data:text/javascript,${encodeURIComponent(change(code))}`)).handle;
}

/**
 * @param {(request: Request) => Promise<Response>} handle
 * @returns {Promise<{url: string, close: () => void}>}
 */
async function served(handle) {
  const server = createServer((incoming, outgoing) => {
    let body = "";
    incoming.on("data", (chunk) => (body += chunk));
    incoming.on("end", () => {
      const { method = "GET", url } = incoming;
      const request = new Request(`http://localhost${url}`, { method, ...(body === "" ? {} : { body }) });
      void handle(request).then(async (response) => {
        outgoing.writeHead(response.status, Object.fromEntries([...response.headers].filter(([name]) => name === "content-type")));
        outgoing.end(await response.text());
      });
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

const request = (/** @type {Record<string, string>} */ ids) => ({ callId: "call-1", ids, idempotencyKey: "key", attempt: 1, reference: null });
const options = { signal: AbortSignal.timeout(5000) };

test("the endpoint for Twilio passes on what the adapter sends, with the account's token, and nothing else", async () => {
  Object.assign(process.env, { TWILIO_ACCOUNT_SID: ACCOUNT, TWILIO_AUTH_TOKEN: "token-of-the-account" });
  const handle = await shown("twilio-endpoint.mjs", (code) => code.replace("https://api.twilio.com", vendors.url));
  const { url, close } = await served((one) => handle(one, async (/** @type {Request} */ _, /** @type {string} */ callSid) => callSid === CALL_SID));
  try {
    const recorder = twilio({ endpoint: `${url}/twilio` });
    const { state, reference } = await recorder.pause(request({ CallSid: CALL_SID }), options);
    assert.equal(state, "paused");
    assert.equal((await recorder.state?.({ ...request({ CallSid: CALL_SID }), reference: reference ?? null }, options))?.state, "paused");
    assert.equal(vendors.received[0]?.headers.authorization, `Basic ${btoa(`${ACCOUNT}:token-of-the-account`)}`);
    const sent = vendors.received.length;
    const foreign = await recorder.pause(request({ CallSid: `CA${"f".repeat(32)}` }), options).catch((error) => error.code);
    assert.equal(foreign, "recorder/refused");
    assert.equal((await fetch(`${url}/twilio/Messages.json`)).status, 403);
    assert.equal(vendors.received.length, sent);
  } finally {
    close();
  }
});

test("the endpoint for the webhook answers what the recorder does, not what it was asked", async () => {
  let paused = false;
  const stubborn = { pause: async () => undefined, resume: async () => (paused = false), stateOf: async () => (paused ? "paused" : "recording") };
  const handle = await shown("recorder-endpoint.mjs");
  const { url, close } = await served((one) => handle(one, stubborn));
  try {
    const recorder = recorderWebhook({ url });
    assert.equal((await recorder.pause(request({}), options)).state, "recording");
    paused = true;
    assert.equal((await recorder.pause(request({}), options)).state, "paused");
    assert.equal((await recorder.resume(request({}), options)).state, "recording");
  } finally {
    close();
  }
});
