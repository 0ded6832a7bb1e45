// @ts-check
/** Which connections are one call, and when it is answered and over. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { stage, TAPPED } from "./support/browser.mjs";

/** @type {import("./support/browser.mjs").Stage} */
let chromium;
before(async () => {
  chromium = await stage();
});
after(() => chromium.close());

/** @param {string[]} [scripts] */
async function open(scripts = TAPPED) {
  const page = await chromium.open(scripts);
  await page.evaluate(() => {
    const { lab } = /** @type {any} */ (globalThis);
    lab.count = async () => {
      await lab.wait(150);
      const kinds = (await lab.messages()).map((/** @type {any} */ { kind }) => kind);
      return ["call_open", "call_answered", "hang_up"].map((kind) => kinds.filter((/** @type {string} */ one) => one === kind).length);
    };
    lab.sendOnly = async (hertz = 500) => {
      const near = new RTCPeerConnection();
      near.addTransceiver(lab.tone(hertz), { direction: "sendonly" });
      return { near, far: await lab.connect(near) };
    };
    lab.receiveOnly = async (hertz = 1500) => {
      const near = new RTCPeerConnection();
      near.addTransceiver("audio", { direction: "recvonly" });
      return { near, far: await lab.connect(near, { send: lab.tone(hertz) }) };
    };
  });
  return page;
}

test("a connection without audio is no call", async () => {
  const page = await open();
  const counts = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.start();
    const near = new RTCPeerConnection();
    near.createDataChannel("data");
    await lab.connect(near);
    near.close();
    return lab.count();
  });
  assert.deepEqual(counts, [0, 0, 0]);
  await page.context().close();
});

test("two connections with audio both ways are two calls, each with its own audio", async () => {
  const page = await open();
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.start();
    await lab.call({ agent: 500, customer: 1500 });
    await lab.call({ agent: 700, customer: 2100 });
    await lab.wait(2000);
    const calls = await lab.messages("call_open");
    const levels = [];
    for (const { call_id: id } of calls) {
      const blocks = (await lab.engine("blocks", id)).slice(-50);
      const level = (/** @type {"left" | "right"} */ channel, /** @type {number} */ hertz) => {
        let re = 0;
        let im = 0;
        for (const block of blocks) {
          block[channel].forEach((/** @type {number} */ sample, /** @type {number} */ index) => {
            const angle = (2 * Math.PI * hertz * (block.frame + index)) / 48000;
            re += sample * Math.cos(angle);
            im += sample * Math.sin(angle);
          });
        }
        return Math.hypot(re, im) / (blocks.length * 480) > 0.02;
      };
      levels.push([500, 700].map((hertz) => level("left", hertz)).concat([1500, 2100].map((hertz) => level("right", hertz))));
    }
    return { counts: await lab.count(), levels };
  });
  assert.deepEqual(result, { counts: [2, 2, 0], levels: [[true, false, true, false], [false, true, false, true]] });
  await page.context().close();
});

for (const order of [["sendOnly", "receiveOnly"], ["receiveOnly", "sendOnly"]]) {
  test(`a connection that only sends and one that only receives are one call (${order[0]} first)`, async () => {
    const page = await open();
    const result = await page.evaluate(async ([one, other]) => {
      const { lab } = /** @type {any} */ (globalThis);
      await lab.start();
      const first = await lab[String(one)]();
      const half = await lab.count();
      const second = await lab[String(other)]();
      const whole = await lab.count();
      const receiving = one === "receiveOnly" ? first : second;
      const sending = one === "receiveOnly" ? second : first;
      sending.near.close();
      const silent = await lab.count();
      receiving.near.close();
      return [half, whole, silent, await lab.count()];
    }, order);
    assert.deepEqual(result, [[1, 0, 0], [1, 1, 0], [1, 1, 0], [1, 1, 1]]);
    await page.context().close();
  });
}

test("what cannot be assigned for certain is a call of its own that is not answered", async () => {
  const page = await open();
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.start();
    // A third party joins by a connection of its own: not part of the answered pair.
    await lab.sendOnly();
    await lab.receiveOnly();
    await lab.receiveOnly(1700);
    const third = await lab.count();
    // Two that send and one that receives: whose is it?
    await lab.sendOnly(600);
    await lab.sendOnly(700);
    return [third, await lab.count()];
  });
  // The first further sender takes the waiting receiver; the second has no partner.
  assert.deepEqual(result, [[2, 1, 0], [3, 2, 0]]);
  await page.context().close();
});

test("two senders waiting and one receiver coming is ambiguous: three calls, none answered", async () => {
  const page = await open();
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.start();
    await lab.sendOnly(600);
    await lab.sendOnly(700);
    await lab.receiveOnly();
    return lab.count();
  });
  assert.deepEqual(result, [3, 0, 0]);
  await page.context().close();
});

test("connections made before the start are found, and before the tap when they are next used", async () => {
  const page = await open();
  const before = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.call();
    await lab.start();
    return lab.count();
  });
  assert.deepEqual(before, [1, 1, 0]);
  await page.context().close();

  const late = await open(["/pages/lab.mjs"]);
  const result = await late.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const { far, near } = await lab.call();
    await lab.start();
    const unseen = await lab.count();
    await far.negotiate();
    const seen = await lab.count();
    near.close();
    return [unseen, seen, await lab.count()];
  });
  assert.deepEqual(result, [[0, 0, 0], [1, 1, 0], [1, 1, 1]]);
  await late.context().close();
});

test("a call is over when the page closes it, the far end leaves, or every line is stopped; not on hold", async () => {
  const page = await open();
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.start();
    const ends = async () => (await lab.messages("hang_up")).length;
    const took = [];
    const call = async () => {
      const before = (await lab.messages("call_answered")).length;
      const made = await lab.call();
      await lab.until(async () => (await lab.messages("call_answered")).length > before);
      return made;
    };
    const one = await call();
    one.near.close();
    await lab.until(async () => (await ends()) === 1);
    const two = await call();
    const begun = performance.now();
    two.far.peer.close();
    await lab.until(async () => (await ends()) === 2, 15_000);
    took.push(performance.now() - begun);
    const three = await call();
    three.near.getTransceivers()[0].stop();
    await three.far.negotiate();
    await lab.until(async () => (await ends()) === 3);
    const told = await lab.messages("hang_up");
    const ages = told.map((/** @type {any} */ { event_age_ms: age }) => age);
    return { counts: await lab.count(), took, ages, ids: new Set(told.map((/** @type {any} */ { call_id: id }) => id)).size };
  });
  assert.deepEqual({ ...result, took: [], ages: [] }, { counts: [3, 3, 3], took: [], ages: [], ids: 3 });
  assert.ok(Math.max(...result.ages) < 1_000, `the ends were ${result.ages.join(", ")} ms old when they were told`);
  assert.ok(Number(result.took[0]) < 3000, `the far end's leaving took ${result.took[0]} ms`);
  await page.context().close();
});

test("a call ends when it does where the page subclassed the connection, or kept its close, before the tap was there", async () => {
  for (const way of ["close", "closeByKept"]) {
    const page = await open(["/pages/subclass.mjs", ...TAPPED]);
    const { counts, age } = await page.evaluate(async (way) => {
      const { lab } = /** @type {any} */ (globalThis);
      await lab.start();
      const { near } = await lab.call();
      await lab.until(async () => (await lab.messages("call_answered")).length > 0);
      near[way]();
      const [{ event_age_ms: age }] = await lab.until(async () => {
        const found = await lab.messages("hang_up");
        return found.length > 0 && found;
      });
      return { counts: await lab.count(), age };
    }, way);
    assert.deepEqual(counts, [1, 1, 1], way);
    assert.ok(age < 500, `${way}: the end was ${age} ms old when it was told`);
    await page.context().close();
  }
});

test("the times of answer and end are those of the events", async () => {
  const page = await open();
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.start();
    const near = new RTCPeerConnection();
    let connectedAt = 0;
    near.addEventListener("connectionstatechange", () => {
      if (near.connectionState !== "connected") return;
      connectedAt = performance.timeOrigin + performance.now();
      const until = performance.now() + 300;
      while (performance.now() < until);
    });
    near.addTrack(lab.tone(500));
    await lab.connect(near, { send: lab.tone(1500) });
    const [{ answered_age_ms: answered }] = await lab.until(async () => {
      const found = await lab.messages("call_answered");
      return found.length > 0 && found;
    });
    near.close();
    await lab.wait(0);
    const [{ event_age_ms: ended }] = await lab.until(async () => {
      const found = await lab.messages("hang_up");
      return found.length > 0 && found;
    });
    return { answered, ended, connected: connectedAt > 0 };
  });
  assert.ok(result.connected && result.answered >= 290 && result.answered < 800, `answered ${result.answered} ms ago`);
  assert.ok(result.ended >= 0 && result.ended < 500, `ended ${result.ended} ms ago`);
  await page.context().close();
});

test("the host may ignore connections, group them, and switch the automatic off", async () => {
  const page = await open();
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const { ignore } = await import(/** @type {string} */ ("/pkg/tap.mjs"));
    /** @type {RTCPeerConnection[]} */
    const unwanted = [];
    const callseal = await lab.start({ tap: { ignore: (/** @type {RTCPeerConnection} */ peer) => unwanted.includes(peer) } });
    const marked = new RTCPeerConnection();
    marked.addTrack(lab.tone(500));
    ignore(marked);
    await lab.connect(marked, { send: lab.tone(900) });
    const ruled = new RTCPeerConnection();
    ruled.addTrack(lab.tone(500));
    unwanted.push(ruled);
    await lab.connect(ruled, { send: lab.tone(900) });
    const none = await lab.count();
    // Two of each kind: the host knows which belong together.
    /** @type {any[]} */
    const pairs = [];
    for (const hertz of [600, 700]) {
      const sending = new RTCPeerConnection();
      sending.addTransceiver(lab.tone(hertz), { direction: "sendonly" });
      const receiving = new RTCPeerConnection();
      receiving.addTransceiver("audio", { direction: "recvonly" });
      const callId = callseal.attach(sending);
      pairs.push([callId, callseal.attach(receiving, { callId }), sending, receiving]);
    }
    for (const [, , sending] of pairs) await lab.connect(sending);
    for (const [, , , receiving] of pairs) await lab.connect(receiving, { send: lab.tone(1500) });
    const grouped = await lab.count();
    const code = (/** @type {() => void} */ work) => {
      try {
        work();
        return "none";
      } catch (error) {
        return /** @type {any} */ (error).code;
      }
    };
    return {
      none,
      grouped,
      same: pairs.every(([one, other]) => one === other),
      different: pairs[0]?.[0] !== pairs[1]?.[0],
      unknown: code(() => callseal.attach(new RTCPeerConnection(), { callId: "no such call" })),
      assigned: code(() => callseal.attach(pairs[0]?.[2], { callId: pairs[1]?.[0] })),
    };
  });
  assert.deepEqual(result, {
    none: [0, 0, 0],
    grouped: [2, 2, 0],
    same: true,
    different: true,
    unknown: "call/unknown",
    assigned: "call/assigned",
  });
  const manual = await open();
  const counts = await manual.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const callseal = await lab.start({ tap: { automatic: false } });
    const { near } = await lab.call();
    const unseen = await lab.count();
    const callId = callseal.attach(near);
    const seen = await lab.count();
    callseal.hangUp(callId);
    near.dispatchEvent(new Event("signalingstatechange"));
    return [unseen, seen, await lab.count()];
  });
  assert.deepEqual(counts, [[0, 0, 0], [1, 1, 0], [1, 1, 1]]);
  await page.context().close();
  await manual.context().close();
});

test("bare streams are a call, announced through the host, until hung up or every received track has ended", async () => {
  const page = await open();
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const callseal = await lab.start();
    const own = lab.tone(500);
    /** @type {string[]} */
    const sent = [];
    const callId = callseal.attachStreams({
      sent: new MediaStream([own]),
      received: new MediaStream([lab.tone(1500)]),
      replaceSent: async (/** @type {MediaStreamTrack} */ track) => void sent.push(track === own ? "own" : "mix"),
    });
    await lab.until(async () => (await lab.engine("blocks", callId)).length > 10);
    await lab.engine("emit", { kind: "play_disclosure", call_id: callId, ...(await lab.prompt()) });
    await lab.until(async () => (await lab.messages("disclosure_ended")).length === 1);
    await lab.until(() => sent.length === 2);
    const silentCall = callseal.attachStreams({ sent: new MediaStream([own]), received: new MediaStream([lab.tone(900)]) });
    await lab.engine("emit", { kind: "play_disclosure", call_id: silentCall, ...(await lab.prompt()) });
    const [{ reason }] = await lab.until(async () => {
      const found = await lab.messages("disclosure_failed");
      return found.length > 0 && found;
    });
    callseal.hangUp(callId);
    let code = "none";
    try {
      callseal.attachStreams({ sent: new MediaStream(), received: new MediaStream() });
    } catch (error) {
      code = /** @type {any} */ (error).code;
    }
    return { sent, reason, code, counts: await lab.count() };
  });
  assert.deepEqual(result, { sent: ["mix", "own"], reason: "announcer/no-sender", code: "call/no-audio", counts: [2, 2, 1] });
  await page.context().close();
});

test("a further received track is a further party that joins and leaves, unless the host says it is the same", async () => {
  for (const furtherTracks of ["party", "same-party"]) {
    const page = await open();
    const kinds = await page.evaluate(async (option) => {
      const { lab } = /** @type {any} */ (globalThis);
      await lab.start({ tap: { furtherTracks: option } });
      const { near, far } = await lab.call();
      const [{ call_id: callId }] = await lab.until(async () => {
        const found = await lab.messages("call_answered");
        return found.length > 0 && found;
      });
      const other = lab.tone(2500);
      const added = far.peer.addTrack(other, new MediaStream([other]));
      near.addTransceiver("audio", { direction: "recvonly" });
      await far.negotiate();
      await lab.wait(400);
      far.peer.removeTrack(added);
      for (const transceiver of near.getTransceivers().slice(1)) transceiver.stop();
      await far.negotiate();
      await lab.wait(400);
      const messages = (await lab.messages()).filter((/** @type {any} */ { kind }) => kind.startsWith("party_"));
      return messages.map((/** @type {any} */ { kind, call_id: id, key }) => [kind, id === callId, key]);
    }, furtherTracks);
    const expected = furtherTracks === "party" ? [["party_joined", true, "track-1"], ["party_left", true, "track-1"]] : [];
    assert.deepEqual(kinds, expected, furtherTracks);
    await page.context().close();
  }
});

test("the host may say that somebody joined or left, what it knows of the parties, and that the call was answered", async () => {
  const page = await open();
  const messages = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const callseal = await lab.start();
    await lab.call();
    const [{ call_id: id }] = await lab.messages("call_open");
    callseal.partyJoined(id, "transfer");
    callseal.partyLeft(id, "transfer");
    callseal.answered(id);
    callseal.tell(id, { media: "phone", parties: [{ index: 1, number: "+14155550100", crmAddress: "US-CA", language: "es" }] });
    await lab.wait(100);
    const kinds = ["party_joined", "party_left", "call_facts"];
    const told = (await lab.messages()).filter((/** @type {any} */ { kind }) => kinds.includes(kind));
    const answered = (await lab.messages("call_answered")).map((/** @type {any} */ { by }) => by);
    const refusals = [];
    for (const attempt of [() => callseal.tell("absent", {}), () => callseal.answered(id, new MouseEvent("click"))]) {
      try {
        attempt();
      } catch (error) {
        refusals.push(/** @type {any} */ (error).code);
      }
    }
    return { told: told.map((/** @type {any} */ { call_id: _, event_age_ms: __, ...rest }) => rest), answered, refusals };
  });
  assert.deepEqual(messages, {
    told: [
      { kind: "party_joined", key: "host-transfer" },
      { kind: "party_left", key: "host-transfer" },
      {
        kind: "call_facts",
        media: "phone",
        parties: [{ index: 1, number: "+14155550100", crm_address: "US-CA", declared: null, language: "es", name: null }],
      },
    ],
    answered: ["media", "host"],
    refusals: ["call/unknown", "answer/untrusted"],
  });
  await page.context().close();
});

test("what the host tells when a call opens is with the engine before the call counts as answered", async () => {
  const page = await open();
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const callseal = await lab.start();
    /** @type {string[]} */
    const opened = [];
    callseal.on("opened", (/** @type {{callId: string}} */ { callId }) => {
      opened.push(callId);
      callseal.tell(callId, { media: "phone", parties: [{ index: 1, crmAddress: "US-WA", language: "fr" }] });
    });
    await lab.call();
    await lab.wait(200);
    const messages = (await lab.messages()).filter((/** @type {any} */ { kind }) => ["call_open", "call_facts", "call_answered"].includes(kind));
    const kinds = messages.map((/** @type {any} */ { kind }) => kind);
    return { kinds, sameCall: messages.every((/** @type {any} */ { call_id: id }) => id === opened[0]), times: opened.length };
  });
  assert.deepEqual(result, { kinds: ["call_open", "call_facts", "call_answered"], sameCall: true, times: 1 });
  await page.context().close();
});

test("of a call that was there before the start the host hears too, before it counts as answered", async () => {
  const page = await open();
  const kinds = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.call();
    await lab.start({}, (/** @type {any} */ callseal) => {
      callseal.on("opened", (/** @type {{callId: string}} */ { callId }) => callseal.tell(callId, { media: "phone" }));
    });
    await lab.wait(300);
    const all = (await lab.messages()).map((/** @type {any} */ { kind }) => kind);
    return all.filter((/** @type {string} */ kind) => ["call_open", "call_facts", "call_answered"].includes(kind));
  });
  assert.deepEqual(kinds, ["call_open", "call_facts", "call_answered"]);
  await page.context().close();
});

test("a track in the customer's place is the customer; beside somebody who joined, whoever comes later is new, also when the customer has gone", async () => {
  const page = await open();
  const messages = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.start();
    const { near, far } = await lab.call();
    await lab.until(async () => (await lab.messages("call_answered")).length === 1);
    const moves = async () => (await lab.messages()).filter((/** @type {any} */ { kind }) => kind.startsWith("party_"));
    const moved = (/** @type {number} */ count) => lab.until(async () => (await moves()).length >= count);
    let hertz = 2_000;
    const comes = () => {
      const track = lab.tone((hertz += 100));
      near.addTransceiver("audio", { direction: "recvonly" });
      return far.peer.addTrack(track, new MediaStream([track]));
    };
    const goes = (/** @type {RTCRtpSender} */ sender) => far.peer.removeTrack(sender);
    // The gateway sends the customer in another track.
    goes(far.sender);
    const customer = comes();
    await far.negotiate();
    const joined = comes();
    await far.negotiate();
    await moved(1);
    // The customer goes, and later somebody comes: they are not the customer, who had agreed.
    goes(customer);
    await far.negotiate();
    comes();
    await far.negotiate();
    await moved(2);
    goes(joined);
    await far.negotiate();
    await moved(3);
    return (await moves()).map((/** @type {any} */ { kind, key }) => [kind, key]);
  });
  assert.deepEqual(messages, [["party_joined", "track-1"], ["party_joined", "track-2"], ["party_left", "track-1"]]);
  await page.context().close();
});
