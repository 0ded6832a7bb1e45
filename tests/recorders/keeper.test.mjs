// @ts-check
/** The keeper under a clock of the test: single rules, then every short sequence of what may happen. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { RecorderKeeper } from "../../pkg/recorders.mjs";
import { Bench, LIMIT_MS } from "./support/bench.mjs";

const CALL = "call-1";

test("a pause is asked for at the beginning, once, and confirmed by what the recorder says", () => {
  const bench = new Bench();
  bench.begin();
  assert.deepEqual(bench.sent, ["pause"]);
  assert.deepEqual(bench.told(), ["paused requested"]);
  bench.at(120).answer("paused");
  assert.deepEqual(bench.told(), ["paused requested", "paused confirmed"]);
  assert.equal(bench.last().latencyMs, 120);
  assert.equal(bench.last().proof, "answer");
  assert.equal(bench.last().exposed, false);
  bench.at(10_000);
  assert.deepEqual(bench.sent, ["pause"]);
});

test("the next stretch asks for the recording that is the current one then, not for the one of before", () => {
  const keeper = new RecorderKeeper([{ name: "recorder", readsBack: false }], { graceMs: 0 });
  /** @type {(string | null)[]} */
  const references = [];
  let now = 0;
  const one = (/** @type {import("../../pkg/recorders.d.ts").KeeperEffect[]} */ effects) => {
    const request = effects.find(({ kind }) => kind === "request");
    assert.ok(request?.kind === "request");
    references.push(request.reference);
    return request.id;
  };
  for (let stretch = 0; stretch < 2; stretch += 1) {
    const pause = one(keeper.cut(CALL, "callseal", true, (now += 1000)));
    keeper.answered(pause, { state: "paused", reference: `RE${stretch}` }, now);
    const resume = one([...keeper.cut(CALL, "callseal", false, (now += 1000)), ...keeper.advance(now)]);
    keeper.answered(resume, { state: "recording", reference: `RE${stretch}` }, now);
  }
  assert.deepEqual(references, [null, "RE0", null, "RE1"]);
});

test("where the state can be read, only that confirms", () => {
  const bench = new Bench({ readsBack: true });
  bench.begin();
  bench.at(50).answer("paused");
  assert.deepEqual(bench.sent, ["pause", "state"]);
  assert.deepEqual(bench.told(), ["paused requested"]);
  bench.at(20).answer("paused");
  assert.equal(bench.last().proof, "read_back");
  assert.equal(bench.last().latencyMs, 70);
});

test("a read-back that contradicts the answer is no confirmation: asked again, and failed when the time is over", () => {
  const bench = new Bench({ readsBack: true });
  bench.begin();
  for (let round = 0; round < 3; round += 1) {
    bench.at(10).answer("paused");
    bench.at(10).answer("recording");
    bench.at(1000);
  }
  assert.deepEqual(bench.sent.slice(0, 6), ["pause", "state", "pause", "state", "pause", "state"]);
  assert.equal(bench.last().state, "failed");
  assert.equal(bench.last().code, "recorder/not-paused");
  assert.equal(bench.last().exposed, true);
  // The resume at the end is needed all the same: it may have taken effect late.
  bench.end().at(1000);
  assert.equal(bench.sent.at(-1), "resume");
});

test("a read-back that says nothing leaves an answer that did as the proof, and is none for one that did not", () => {
  const told = new Bench({ readsBack: true });
  told.begin();
  told.answer("paused").answer("unknown");
  assert.deepEqual([told.last().state, told.last().proof], ["confirmed", "answer"]);
  const silent = new Bench({ readsBack: true, attemptMs: 5000 });
  silent.begin();
  silent.answer("unknown").answer("unknown");
  assert.equal(silent.last().state, "requested");
  silent.at(LIMIT_MS);
  assert.equal(silent.last().code, "recorder/unconfirmed");
});

test("an answer of success that says it still records is a failure at once, and is tried on", () => {
  const bench = new Bench();
  bench.begin();
  bench.at(30).answer("recording");
  assert.deepEqual([bench.last().state, bench.last().code, bench.last().latencyMs], ["failed", "recorder/not-paused", 30]);
  bench.at(250);
  assert.deepEqual(bench.sent, ["pause", "pause"]);
  bench.answer("paused");
  assert.equal(bench.last().state, "confirmed");
  assert.equal(bench.last().exposed, true, "that a moment was recorded does not go away");
});

test("what is only slow or broken is told when the time is over, with its code", () => {
  const bench = new Bench();
  bench.begin();
  bench.at(10).fail("recorder/unavailable");
  assert.equal(bench.last().state, "requested");
  bench.at(LIMIT_MS - 11);
  assert.equal(bench.last().state, "requested");
  bench.at(1);
  assert.deepEqual([bench.last().state, bench.last().latencyMs], ["failed", LIMIT_MS]);
});

test("a request that hangs is given up and made again within the time", () => {
  const bench = new Bench();
  bench.begin();
  bench.at(900);
  assert.equal(bench.cancelled, 1);
  bench.at(250);
  assert.deepEqual(bench.sent, ["pause", "pause"]);
  assert.deepEqual(bench.attempts, [1, 2]);
  bench.at(100).answer("paused");
  assert.deepEqual([bench.last().state, bench.last().latencyMs], ["confirmed", 1250]);
});

test("an answer to a request that was given up counts for nothing", () => {
  const bench = new Bench();
  bench.begin();
  const [first] = bench.open;
  bench.at(900);
  assert.deepEqual(bench.keeper.answered(/** @type {number} */ (first), { state: "paused" }, bench.now), []);
});

test("resumed only after the last stretch and the grace, once", () => {
  const bench = new Bench();
  bench.begin().answer("paused").end();
  bench.at(999);
  assert.deepEqual(bench.sent, ["pause"]);
  bench.begin().at(5000).end().at(1000);
  assert.deepEqual(bench.sent, ["pause", "resume"]);
  bench.answer("recording");
  assert.deepEqual(bench.told(), ["paused requested", "paused confirmed", "recording requested", "recording confirmed"]);
});

test("two reasons at once: the later end counts", () => {
  const bench = new Bench();
  bench.begin().answer("paused");
  bench.take(bench.keeper.cut(CALL, "host", true, bench.now));
  bench.end().at(5000);
  assert.deepEqual(bench.sent, ["pause"]);
  bench.take(bench.keeper.release(CALL, bench.now)).at(1000);
  assert.deepEqual(bench.sent, ["pause", "resume"]);
});

test("pause, end, pause while the first is under way is one request", () => {
  const bench = new Bench({ graceMs: 0 });
  bench.begin().at(10).end().at(10).begin().at(10).answer("paused");
  assert.deepEqual(bench.sent, ["pause"]);
  assert.deepEqual(bench.told(), ["paused requested", "recording requested", "paused requested", "paused confirmed"]);
});

test("a stretch that begins while a resume is under way waits for that one, and is in time", () => {
  const bench = new Bench();
  bench.begin().answer("paused").end().at(1000).begin();
  assert.deepEqual(bench.sent, ["pause", "resume"], "never two at once");
  bench.at(900);
  assert.deepEqual(bench.sent, ["pause", "resume", "pause"]);
  bench.at(50).answer("paused");
  assert.deepEqual([bench.last().state, bench.last().latencyMs], ["confirmed", 950]);
});

test("a resume that fails leaves it paused and says so; the next stretch is paused again", () => {
  const bench = new Bench();
  bench.begin().answer("paused").end().at(1000).fail("recorder/refused");
  assert.deepEqual([bench.last().wanted, bench.last().state, bench.last().code], ["recording", "failed", "recorder/refused"]);
  bench.at(250).answer("paused");
  assert.equal(bench.last().code, "recorder/not-resumed");
  assert.equal(bench.truth, "paused");
  bench.begin();
  assert.equal(bench.sent.at(-1), "pause");
});

test("attempts have a limit, and reaching it is told", () => {
  const bench = new Bench({ attempts: 3 });
  bench.begin();
  for (let attempt = 0; attempt < 3; attempt += 1) bench.fail("recorder/unavailable").at(5000);
  assert.equal(bench.last().code, "recorder/gave-up");
  bench.at(60_000);
  assert.deepEqual(bench.sent, ["pause", "pause", "pause"]);
  assert.equal(bench.keeper.nextDueMs(), null);
});

test("what was never paused is never resumed: a pause that was refused, or that the recorder did not follow", () => {
  for (const answer of [(/** @type {Bench} */ bench) => bench.fail("recorder/refused"), (/** @type {Bench} */ bench) => bench.answer("recording")]) {
    const bench = new Bench();
    answer(bench.begin());
    bench.end().at(2000).close().at(10_000);
    assert.deepEqual(bench.sent, ["pause"]);
    assert.ok(bench.told().every((told) => told.startsWith("paused")), "nor is a resume told of");
  }
});

test("a pause that turns out to be none after the stretch needs no resume", () => {
  for (const answer of [(/** @type {Bench} */ bench) => bench.fail("recorder/refused"), (/** @type {Bench} */ bench) => bench.answer("recording")]) {
    const bench = new Bench({ graceMs: 0 });
    answer(bench.begin().at(10).end().at(10)).at(10_000);
    assert.deepEqual(bench.sent, ["pause"]);
    assert.deepEqual([bench.last().wanted, bench.last().state, bench.last().exposed], ["recording", "confirmed", true]);
  }
});

test("once the stretch is over no further pause is asked for, until the next one begins", () => {
  const bench = new Bench();
  bench.begin().fail("recorder/unavailable").end().at(300);
  bench.take(bench.keeper.advance(bench.now));
  assert.deepEqual(bench.sent, ["pause"]);
  bench.begin();
  assert.deepEqual(bench.sent, ["pause", "pause"]);
});

test("a pause of which nothing was heard may be in effect and is resumed", () => {
  const bench = new Bench();
  bench.begin().at(900).end().at(900);
  assert.equal(bench.last().wanted, "paused");
  bench.at(5000);
  assert.equal(bench.sent.at(-1), "resume");
});

test("a short stretch that was over before the recorder refused is told as exposed", () => {
  const bench = new Bench();
  bench.begin().at(10).end().at(850);
  assert.equal(bench.last().exposed, false);
  bench.at(10).fail("recorder/unavailable").at(200);
  assert.equal(bench.last().exposed, true);
});

test("the end of a call resumes what was paused at once, and touches nothing else", () => {
  const bench = new Bench({ recorders: 2 });
  bench.begin();
  bench.answer("paused");
  bench.fail("recorder/refused");
  bench.close();
  assert.deepEqual(bench.sent, ["pause", "pause", "resume"]);
  bench.answer("recording");
  assert.equal(bench.last().ended, true);
  assert.equal(bench.keeper.nextDueMs(), null);
  const untouched = new Bench();
  untouched.close();
  assert.deepEqual(untouched.sent, []);
});

test("an ended call's resume is not tried for longer than the time for one demand", () => {
  const bench = new Bench();
  bench.begin().answer("paused").close().fail("recorder/unavailable").at(60_000);
  assert.deepEqual([bench.last().state, bench.last().ended, bench.last().wanted], ["failed", true, "recording"]);
  assert.equal(bench.keeper.nextDueMs(), null);
});

test("where nobody can tell any more whether the stretch is over, the pause is held until the call ends", () => {
  const bench = new Bench();
  bench.begin().answer("paused");
  bench.take(bench.keeper.blind(CALL, bench.now));
  assert.deepEqual([bench.last().state, bench.last().code], ["confirmed", "recorder/held"]);
  bench.at(600_000);
  assert.deepEqual(bench.sent, ["pause"]);
  bench.release().at(1000);
  assert.deepEqual(bench.sent, ["pause", "resume"]);
});

test("once it can be told again, it is", () => {
  const bench = new Bench();
  bench.begin().at(70).answer("paused").at(5000);
  bench.take(bench.keeper.blind(CALL, bench.now));
  assert.deepEqual([bench.last().code, bench.last().latencyMs], ["recorder/held", 70]);
  bench.begin();
  assert.deepEqual([bench.last().state, bench.last().code, bench.last().latencyMs], ["confirmed", null, 70]);
  bench.end().at(1000);
  assert.deepEqual(bench.sent, ["pause", "resume"]);
});

test("somebody who resumes it in the middle of a stretch is noticed, told, and overruled", () => {
  const bench = new Bench({ readsBack: true });
  bench.begin().answer("paused").answer("paused").at(10_000);
  assert.equal(bench.sent.at(-1), "state");
  bench.answer("recording");
  assert.deepEqual([bench.last().state, bench.last().code], ["failed", "recorder/resumed-elsewhere"]);
  assert.equal(bench.sent.at(-1), "pause");
  bench.answer("paused").answer("paused");
  assert.equal(bench.last().state, "confirmed");
});

test("a recording that has ended records nothing: that is told, and nothing is resumed", () => {
  const bench = new Bench();
  bench.begin().answer("stopped");
  assert.deepEqual([bench.last().state, bench.last().code], ["confirmed", "recorder/stopped"]);
  bench.end().at(5000).close().at(5000);
  assert.deepEqual(bench.sent, ["pause"]);
});

test("a recording that ended during the pause cannot be resumed, and is not asked again", () => {
  const bench = new Bench();
  bench.begin().answer("paused").end().at(1000).answer("stopped").at(60_000);
  assert.deepEqual([bench.last().state, bench.last().code, bench.last().wanted], ["failed", "recorder/stopped", "recording"]);
  assert.deepEqual(bench.sent, ["pause", "resume"]);
});

test("calls and recorders are kept apart", () => {
  const keeper = new RecorderKeeper([{ name: "a", readsBack: false }, { name: "b", readsBack: false }]);
  const effects = [...keeper.cut("one", "callseal", true, 0), ...keeper.cut("two", "callseal", true, 0)];
  const requests = effects.filter((effect) => effect.kind === "request");
  assert.deepEqual(requests.map(({ callId, index }) => `${callId}:${index}`), ["one:0", "one:1", "two:0", "two:1"]);
  assert.equal(new Set(requests.map(({ demand }) => demand)).size, 4);
});

/**
 * What may happen next. `lost`: carried out, but nothing is heard of it. `lie`: answered with success, not carried out.
 * @type {Record<string, (bench: Bench) => unknown>}
 */
const STEPS = {
  begin: (bench) => bench.begin(),
  end: (bench) => bench.end(),
  obey: (bench) => bench.obey(),
  lie: (bench) => bench.lie(),
  refuse: (bench) => bench.fail("recorder/refused"),
  lost: (bench) => bench.lose(),
  wait: (bench) => bench.at(LIMIT_MS),
};

/** The same, and what is rarer. */
const FURTHER = { ...STEPS, blind: (/** @type {Bench} */ bench) => bench.take(bench.keeper.blind(CALL, bench.now)), close: (/** @type {Bench} */ bench) => bench.close() };

for (const { readsBack, steps, depth } of [
  { readsBack: false, steps: STEPS, depth: 6 },
  { readsBack: true, steps: STEPS, depth: 6 },
  { readsBack: false, steps: FURTHER, depth: 5 },
  { readsBack: true, steps: FURTHER, depth: 5 },
]) {
  const names = Object.keys(steps);
  test(`in every sequence of ${depth} of ${names.length} steps, ${readsBack ? "with" : "without"} a look, each recorder is confirmed or told as failed in time`, () => {
    let sequences = 0;
    /** @type {number[]} */
    const chosen = Array(depth).fill(0);
    for (let number = 0; number < names.length ** depth; number += 1) {
      let rest = number;
      for (let place = 0; place < depth; place += 1) {
        chosen[place] = rest % names.length;
        rest = Math.floor(rest / names.length);
      }
      const bench = new Bench({ readsBack, graceMs: 400, recheckMs: 1500 });
      for (const index of chosen) {
        const step = Object.values(steps)[index];
        step?.(bench);
        bench.at(50);
        bench.check(() => chosen.map((one) => names[one]).join(" "));
      }
      // Whatever comes after: the end of the call leaves nothing going on.
      bench.close().at(20_000).check(() => chosen.map((one) => names[one]).join(" "));
      assert.equal(bench.keeper.nextDueMs(), null);
      sequences += 1;
    }
    assert.equal(sequences, names.length ** depth);
  });
}
