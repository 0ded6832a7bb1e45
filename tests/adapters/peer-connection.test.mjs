// @ts-check
/** Plain connections, and what all adapters have in common: Callseal that comes late, fails or is not there. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { stage } from "./support/stage.mjs";

/** @type {any} What the functions below find in the page. */
const { bench, lab } = /** @type {any} */ (globalThis);

/** @type {import("./support/stage.mjs").Stage} */
let chromium;
before(async () => {
  chromium = await stage([]);
});
after(() => chromium?.close());

/** An agent's page; `bench.ring(number)` makes a call of a real connection, which is `bench.calls[number]`. */
async function agent(/** @type {any} */ options = {}) {
  const page = await chromium.agent();
  await page.evaluate(async (options) => {
    bench.calls = {};
    const make = (/** @type {any} */ { peerConnections }, /** @type {any} */ callseal) => peerConnections(callseal, {
      ...options.options,
      ...(options.ignored && { ignore: (/** @type {any} */ { party }) => party.number === options.ignored }),
    });
    if (options.make === undefined) await bench.start("peer-connection", make, options);
    bench.ring = async (/** @type {string} */ number, { sends = true, receives = true } = {}) => {
      const near = new RTCPeerConnection();
      if (sends) near.addTrack(lab.tone(400), new MediaStream());
      else near.addTransceiver("audio", { direction: "recvonly" });
      const call = bench.phone.watch(near, { id: `id of ${number}`, direction: "incoming", party: { number, name: "Anna" } });
      const far = await lab.connect(near, receives ? { send: lab.tone(900), receive: sends } : {});
      bench.calls[number] = { near, far, call };
      return bench.calls[number];
    };
  }, options);
  return page;
}

test("a connection is a call with its party; directions say who holds, and the connection how it ends", async () => {
  const page = await agent();
  const told = await page.evaluate(async () => {
    const { near, far, call } = await bench.ring("+81312345678");
    await bench.engineHeard("1 answered media");
    call.answer();
    const [ours] = near.getTransceivers();
    const [theirs] = far.peer.getTransceivers();
    ours.direction = "sendonly";
    await far.negotiate();
    ours.direction = "sendrecv";
    await far.negotiate();
    theirs.direction = "inactive";
    await far.negotiate();
    theirs.direction = "sendrecv";
    await far.negotiate();
    call.mute(true);
    call.join("colleague", { number: "+81312345679" });
    call.leave("colleague");
    call.transfer("agent", { number: "+81312345679" });
    far.peer.close();
    await bench.engineHeard("1 hang_up");
    const second = await bench.ring("+81312345670");
    await bench.engineHeard("2 answered media");
    second.near.close();
    await bench.engineHeard("2 hang_up");
    await bench.heard("+81312345670 ended agent");
    return { events: bench.take(), engine: await bench.told() };
  });
  assert.deepEqual(told.events, [
    ...["opened", "answered", "held agent", "resumed agent", "held customer", "resumed customer", "muted", "joined colleague +81312345679",
      "left colleague +81312345679", "transferred agent +81312345679", "ended customer"].map((event) => `+81312345678 ${event}`),
    "+81312345670 opened", "+81312345670 ended agent",
  ]);
  assert.deepEqual(told.engine, [
    "1 call_open", "1 facts 1 +81312345678 Anna", "1 answered media", "1 answered host", "1 party_joined host-colleague", "1 party_left host-colleague", "1 hang_up",
    "2 call_open", "2 facts 1 +81312345670 Anna", "2 answered media", "2 hang_up",
  ]);
  await page.context().close();
});

test("microphone and customer on two connections are one call, and two such calls at once are two", async () => {
  const page = await agent();
  const words = await page.evaluate(async () => {
    for (const [number, place] of [["+81312345678", "1"], ["+4930123456", "2"]]) {
      const { call } = await bench.ring(number, { receives: false });
      const near = new RTCPeerConnection();
      near.addTransceiver("audio", { direction: "recvonly" });
      call.connect(near);
      await lab.connect(near, { send: lab.tone(900), receive: false });
      await bench.engineHeard(`${place} answered media`);
    }
    bench.calls["+81312345678"].call.end("customer");
    await bench.engineHeard("1 hang_up");
    return bench.told();
  });
  assert.deepEqual(words, [
    "1 call_open", "1 facts 1 +81312345678 Anna", "1 answered media", "2 call_open", "2 facts 1 +4930123456 Anna", "2 answered media", "1 hang_up",
  ]);
  await page.context().close();
});

test("the transports that the browser gives up when it bundles several lines end no call", async () => {
  const page = await agent();
  const words = await page.evaluate(async () => {
    for (let index = 1; index <= 6; index += 1) {
      const near = new RTCPeerConnection();
      near.addTransceiver("video", { direction: "recvonly" });
      near.addTrack(lab.tone(400), new MediaStream());
      near.addTransceiver("audio", { direction: "recvonly" });
      bench.phone.watch(near, { id: `${index}`, direction: "incoming", party: {} });
      await lab.connect(near, { send: lab.tone(900) });
      await bench.engineHeard(`${index} answered media`);
    }
    return bench.told();
  });
  assert.deepEqual(words.filter((/** @type {string} */ word) => word.endsWith("hang_up")), []);
  await page.context().close();
});

test("what happened before Callseal has started is told when it has", async () => {
  const page = await agent({ make: null });
  const words = await page.evaluate(async () => {
    const { peerConnections } = await import(/** @type {string} */ ("/pkg/adapters/peer-connection.mjs"));
    let begin = (/** @type {any} */ _) => {};
    bench.phone = peerConnections(new Promise((resolve) => (begin = resolve)), { onHold: "pause" });
    const { call } = await bench.ring("+81312345678");
    const over = await bench.ring("+81312345679");
    over.call.end("agent");
    over.near.close();
    call.answer();
    call.join("colleague");
    call.hold(true, "agent");
    begin(await lab.start());
    await bench.engineHeard("1 pause host_api hold");
    return bench.told();
  });
  assert.deepEqual(words.filter((/** @type {string} */ word) => word !== "1 answered media"), [
    "1 call_open", "1 facts 1 +81312345678 Anna", "1 answered host", "1 party_joined host-colleague", "1 pause host_api hold",
  ]);
  await page.context().close();
});

test("a call that the host does not want to be recorded is none for Callseal", async () => {
  const page = await agent({ ignored: "+81312345678" });
  const words = await page.evaluate(async () => {
    await bench.ring("+81312345678");
    await bench.ring("+4930123456");
    await bench.engineHeard("1 answered media");
    return bench.told();
  });
  assert.deepEqual(words, ["1 call_open", "1 facts 1 +4930123456 Anna", "1 answered media"]);
  await page.context().close();
});

test("a Callseal that does not start, dies, or whose call is over already reaches no softphone", async () => {
  const page = await agent({ make: null });
  const told = await page.evaluate(async () => {
    const { peerConnections } = await import(/** @type {string} */ ("/pkg/adapters/peer-connection.mjs"));
    bench.phone = peerConnections(Promise.reject(new Error("no engine")));
    await bench.ring("+81312345678");
    /** @type {string[]} */
    const codes = [];
    const callseal = await lab.start();
    bench.phone = peerConnections(callseal);
    bench.phone.on("error", (/** @type {any} */ { error }) => codes.push(error.code));
    const { call } = await bench.ring("+4930123456");
    callseal.hangUp(call.callId);
    call.join("colleague");
    // Until no other engine follows.
    for (let deaths = 0; deaths < 4; deaths += 1) {
      await lab.engineListens();
      const before = lab.errors.length;
      void lab.engine("crash").catch(() => {});
      await lab.until(() => lab.errors.length > before);
    }
    const late = await bench.ring("+4930123457");
    late.call.answer();
    late.call.end("agent");
    bench.phone.stop();
    call.end("customer");
    return codes;
  });
  assert.deepEqual(told, ["call/unknown", "engine/failed"]);
  await page.context().close();
});

test("what the host does not know of a call, or an object of another library, keeps it from no call", async () => {
  const page = await agent({ make: null });
  const told = await page.evaluate(async () => {
    const [{ peerConnections }, { sipjs }] = await Promise.all(["peer-connection", "sipjs"].map((name) => import(`/pkg/adapters/${name}.mjs`)));
    /** @type {string[]} */
    const errors = [];
    bench.phone = peerConnections(await lab.start(), { facts: () => JSON.parse("no facts") });
    bench.phone.on("error", (/** @type {any} */ { error }) => errors.push(error.name));
    await bench.ring("+81312345678");
    await bench.engineHeard("1 answered media");
    const strange = sipjs(null);
    strange.on("error", (/** @type {any} */ { error }) => errors.push(error.name));
    const call = strange.watch({});
    call.connect(new RTCPeerConnection());
    return { errors, id: call.id, words: await bench.told() };
  });
  assert.deepEqual(told, { errors: ["SyntaxError", "TypeError"], id: "", words: ["1 call_open", "1 facts 1 +81312345678 Anna", "1 answered media"] });
  await page.context().close();
});

test("listeners of the host that throw reach neither the softphone nor one another", async () => {
  const page = await agent();
  const heard = await page.evaluate(async () => {
    /** @type {string[]} */
    const heard = [];
    const listener = (/** @type {ErrorEvent} */ event) => {
      event.preventDefault();
      heard.push(event.message);
    };
    window.addEventListener("error", listener);
    bench.phone.on("opened", () => {
      throw new Error("a fault of the host");
    });
    bench.phone.on("opened", () => heard.push("opened"));
    await bench.ring("+81312345678");
    return heard;
  });
  assert.deepEqual(heard, ["Uncaught Error: a fault of the host", "opened"]);
  await page.context().close();
});
