// @ts-check
/** The tap must not break the page: everything a page can see of WebRTC is as it was. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { stage, TAPPED } from "./support/browser.mjs";

const ADAPTER = "/adapter/adapter.js";
const LAB = "/pages/lab.mjs";

/** @type {import("./support/browser.mjs").Stage} */
let chromium;
before(async () => {
  chromium = await stage();
});
after(() => chromium.close());

/** @param {string[]} scripts */
async function look(scripts) {
  const page = await chromium.open(scripts);
  const seen = await page.evaluate(async () => (await import(/** @type {string} */ ("/pages/look.mjs"))).look());
  await page.context().close();
  return seen;
}

/** @param {unknown} seen  without whether functions look native: those of webrtc-adapter are not, and a Proxy of them is */
function withoutNativeness(seen) {
  return JSON.parse(JSON.stringify(seen, (_, value) =>
    Array.isArray(value) && value.length === 3 && typeof value[2] === "boolean" ? value.slice(0, 2) : value
  ));
}

test("everything visible of the interfaces is as without the tap", async () => {
  assert.deepEqual(await look(TAPPED), await look([LAB]));
});

test("a tap that is loaded twice, as two copies, installs once", async () => {
  const scripts = ["/pkg/tap.mjs", "/copy/tap.mjs", LAB];
  assert.deepEqual(await look(scripts), await look([LAB]));
  const page = await chromium.open(scripts);
  const same = await page.evaluate(async () => {
    const [one, other] = await Promise.all([import(/** @type {string} */ ("/pkg/tap.mjs")), import(/** @type {string} */ ("/copy/tap.mjs"))]);
    return one !== other && one.registry() === other.registry();
  });
  assert.equal(same, true);
});

test("webrtc-adapter loaded before the tap leaves the same interfaces as without the tap", async () => {
  assert.deepEqual(withoutNativeness(await look([ADAPTER, ...TAPPED])), withoutNativeness(await look([ADAPTER, LAB])));
});

test("webrtc-adapter loaded after the tap leaves the same interfaces as without the tap", async () => {
  assert.deepEqual(
    withoutNativeness(await look(["/pkg/tap.mjs", ADAPTER, LAB])),
    withoutNativeness(await look([ADAPTER, LAB])),
  );
});

for (const [title, scripts] of /** @type {[string, string[]][]} */ ([
  ["the tap alone", TAPPED],
  ["webrtc-adapter before the tap", [ADAPTER, ...TAPPED]],
  ["webrtc-adapter after the tap", ["/pkg/tap.mjs", ADAPTER, LAB]],
])) {
  test(`a call works and is found with ${title}`, async () => {
    const page = await chromium.open(scripts);
    const result = await page.evaluate(async () => {
      const { lab } = /** @type {any} */ (globalThis);
      await lab.start();
      const { near, heard } = await lab.call();
      const [{ call_id }] = await lab.until(async () => {
        const found = await lab.messages("call_answered");
        return found.length > 0 && found;
      });
      await lab.until(() => heard.level(500) > -40);
      const opened = await lab.messages("call_open");
      near.close();
      await lab.until(async () => (await lab.messages("hang_up")).length === 1);
      return { opened: opened.length, sameId: opened[0].call_id === call_id };
    });
    assert.deepEqual(result, { opened: 1, sameId: true });
    await page.context().close();
  });
}

test("the page's events come in the same order as without the tap, and its handlers see the same", async () => {
  const record = async () => {
    const { lab } = /** @type {any} */ (globalThis);
    /** @type {string[]} */
    const order = [];
    const near = new RTCPeerConnection();
    for (const type of ["negotiationneeded", "signalingstatechange", "track", "icegatheringstatechange"]) {
      near.addEventListener(type, () => order.push(`${type} ${near.signalingState}`));
    }
    near.ontrack = ({ track, streams, receiver, transceiver }) => {
      order.push(`ontrack ${track.kind} ${streams.length} ${receiver.track === track} ${transceiver.receiver === receiver}`);
      queueMicrotask(() => order.push("microtask after ontrack"));
    };
    const microphone = lab.tone(500);
    near.addTrack(microphone, new MediaStream([microphone]));
    await lab.wait(50);
    const far = await lab.connect(near, { send: lab.tone(900) });
    await lab.wait(100);
    order.push(`senders ${near.getSenders().map(({ track }) => track === microphone)}`);
    near.close();
    far.peer.close();
    return order;
  };
  const tapped = await chromium.open(TAPPED);
  const plain = await chromium.open([LAB]);
  assert.deepEqual(await tapped.evaluate(record), await plain.evaluate(record));
});

test("an unhandled rejection of the page's own replaceTrack is still reported to the page", async () => {
  const page = await chromium.open(TAPPED);
  const reported = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const peer = new RTCPeerConnection();
    const { sender } = peer.addTransceiver("audio");
    /** @type {string[]} */
    const names = [];
    addEventListener("unhandledrejection", (event) => {
      names.push(event.reason.name);
      event.preventDefault();
    });
    peer.close();
    void sender.replaceTrack(lab.tone(500));
    await lab.until(() => names.length > 0);
    return names;
  });
  assert.deepEqual(reported, ["InvalidStateError"]);
});

test("getParameters and setParameters are not disturbed by the tap", async () => {
  const page = await chromium.open(TAPPED);
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.start();
    const { near, sender, far } = await lab.call();
    const parameters = sender.getParameters();
    parameters.encodings[0].maxBitrate = 24000;
    // Signs of change that make the tap look at the senders meanwhile.
    far.peer.getSenders();
    near.dispatchEvent(new Event("signalingstatechange"));
    await sender.setParameters(parameters);
    return sender.getParameters().encodings[0].maxBitrate;
  });
  assert.equal(result, 24000);
});
