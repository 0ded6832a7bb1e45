// @ts-check
/** An engine that dies: what the next one is told, what waits for it, and what ends a call for good. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { stage } from "./support/browser.mjs";

/** @type {import("./support/browser.mjs").Stage} */
let chromium;
before(async () => {
  chromium = await stage();
});
after(() => chromium.close());

/** A page with the fake engine, a connected call whose id is `lab.id`, and its picture. */
async function calling() {
  const page = await chromium.open(undefined, '<button id="no">no</button>');
  await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    addEventListener("error", (event) => event.preventDefault());
    const callseal = await lab.start();
    lab.states = [];
    callseal.on("state", (/** @type {any} */ snapshot) => lab.states.push(snapshot));
    lab.talk = await lab.call();
    const [{ call_id: id }] = await lab.until(async () => {
      const found = await lab.messages("call_answered");
      return found.length > 0 && found;
    });
    lab.id = id;
    lab.show = (/** @type {any} */ changes) => lab.engine("emit", { kind: "state", snapshot: lab.snapshot(id, changes) });
    await lab.show({ phase: "recording", recording: true, allowed: ["withdraw", "pause"] });
    await lab.until(() => callseal.calls.has(id));
    lab.dies = async () => {
      const before = lab.errors.length;
      void lab.engine("crash").catch(() => {});
      await lab.until(() => lab.errors.length > before);
    };
    document.querySelector("#no")?.addEventListener("click", (event) => callseal.answer(id, "withdraw", event));
  });
  return page;
}

test("the next engine is told of the call before anything else of it, and what was said meanwhile comes behind, as old as it is", async () => {
  const page = await calling();
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const { callseal, id } = lab;
    callseal.tell(id, { parties: [{ index: 1, number: "+4930123456", language: "de" }] });
    callseal.partyJoined(id, "bob");
    callseal.pause(id);
    await lab.until(async () => (await lab.messages("pause")).length === 1);
    await lab.dies();
    callseal.partyJoined(id, "eve");
    callseal.partyLeft(id, "bob");
    await lab.engineListens();
    await lab.until(async () => (await lab.messages("call_resume")).length === 1);
    const [init] = await lab.messages("init");
    const early = (await lab.messages()).filter((/** @type {any} */ { call_id }) => call_id === id);
    const [resume] = await lab.messages("call_resume");
    const joins = (await lab.messages("sensor_join")).length;
    await lab.wait(300);
    await lab.engine("emit", { kind: "call_resumed", call_id: id, outcome: "goes_on" });
    const behind = await lab.until(async () => {
      const all = (await lab.messages()).filter((/** @type {any} */ { call_id }) => call_id === id);
      return all.some((/** @type {any} */ { kind }) => kind === "party_left") && all.slice(1);
    });
    const blocks = await lab.until(async () => {
      const found = await lab.engine("blocks", id);
      return found.length > 10 && found;
    });
    const frames = blocks.map((/** @type {any} */ { frame }) => frame);
    return { init: init.resumes, early, resume, joins, behind, id, frames };
  });
  const { early, resume, behind, id, frames } = result;
  assert.deepEqual(result.init, [id]);
  assert.deepEqual(early.map((/** @type {any} */ { kind }) => kind), ["call_resume"]);
  assert.ok(resume.answered_age_ms > 0);
  assert.deepEqual(resume.joined.map((/** @type {any} */ { key }) => key), ["host-bob"]);
  assert.deepEqual(resume.facts[0].parties[0].number, "+4930123456");
  assert.equal(result.joins, 1);
  const kinds = behind.map((/** @type {any} */ { kind }) => kind).filter((/** @type {string} */ kind) => kind !== "media_alarm");
  assert.deepEqual(kinds, ["pause", "party_joined", "party_left", "audio_port"]);
  const joined = behind.find((/** @type {any} */ { kind }) => kind === "party_joined");
  assert.equal(joined.key, "host-eve");
  assert.ok(joined.event_age_ms >= 300, `${joined.event_age_ms} ms`);
  assert.ok(frames.every((/** @type {number} */ frame, /** @type {number} */ index) => index === 0 || frame > frames[index - 1]), "the graph goes on");
  await page.context().close();
});

test("where nothing had been recorded, the next engine is told of the answer and of who joined", async () => {
  const page = await calling();
  const kinds = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const { callseal, id } = lab;
    callseal.partyJoined(id, "bob");
    await lab.dies();
    await lab.engineListens();
    await lab.until(async () => (await lab.messages("call_resume")).length === 1);
    await lab.engine("emit", { kind: "call_resumed", call_id: id, outcome: "begins_anew" });
    return lab.until(async () => {
      const all = (await lab.messages()).filter((/** @type {any} */ { call_id, kind }) => call_id === id && kind !== "media_alarm");
      return all.length >= 4 && all.map((/** @type {any} */ { kind }) => kind);
    });
  });
  // A capture that had just begun gives its first port as well.
  assert.deepEqual([...new Set(kinds)], ["call_resume", "party_joined", "call_answered", "audio_port"]);
  await page.context().close();
});

test("a withdrawal that the dead engine may not have heard is the first thing the next one hears, as old as it is", async () => {
  const page = await calling();
  await page.click("#no");
  const told = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.until(async () => (await lab.messages("consent")).length === 1);
    await lab.wait(300);
    await lab.dies();
    await lab.engineListens();
    await lab.until(async () => (await lab.messages("call_resume")).length === 1);
    await lab.engine("emit", { kind: "call_resumed", call_id: lab.id, outcome: "goes_on" });
    return lab.until(async () => {
      const all = (await lab.messages()).filter((/** @type {any} */ { call_id, kind }) => call_id === lab.id && kind !== "media_alarm");
      return all.some((/** @type {any} */ { kind }) => kind === "consent") && all;
    });
  });
  assert.deepEqual(told.slice(0, 2).map((/** @type {any} */ { kind }) => kind), ["call_resume", "consent"]);
  const [, { answer, trusted, event_age_ms: ageMs }] = told;
  assert.deepEqual([answer, trusted], ["withdraw", true]);
  assert.ok(ageMs >= 300, `${ageMs} ms`);
  await page.context().close();
});

test("a withdrawal that the engine had carried out before it died is not told again, and the call does not go on", async () => {
  const page = await calling();
  await page.click("#no");
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.until(async () => (await lab.messages("consent")).length === 1);
    await lab.show({ phase: "withdrawn", recording: false, allowed: [] });
    await lab.until(() => lab.states.at(-1).phase === "withdrawn");
    await lab.dies();
    await lab.engineListens();
    await lab.wait(200);
    const [init] = await lab.messages("init");
    return { resumes: init.resumes, told: (await lab.messages("call_resume")).length, own: lab.talk.sender.track === lab.talk.microphone };
  });
  assert.deepEqual(result, { resumes: [], told: 0, own: true });
  await page.context().close();
});

test("a no that is said while the next engine starts is the first thing it hears of anybody", async () => {
  const page = await calling();
  await page.evaluate(() => /** @type {any} */ (globalThis).lab.dies());
  await page.click("#no");
  const answers = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.engineListens();
    await lab.until(async () => (await lab.messages("call_resume")).length === 1);
    await lab.engine("emit", { kind: "call_resumed", call_id: lab.id, outcome: "goes_on" });
    await lab.until(async () => (await lab.messages("consent")).length === 1);
    return (await lab.messages("consent")).map((/** @type {any} */ { answer }) => answer);
  });
  assert.deepEqual(answers, ["withdraw"]);
  await page.context().close();
});

test("a call that the next engine refuses is shown as failed, and goes on", async () => {
  const page = await calling();
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.dies();
    const { recording, problem } = lab.states.at(-1);
    await lab.engineListens();
    await lab.until(async () => (await lab.messages("call_resume")).length === 1);
    await lab.engine("emit", { kind: "call_resumed", call_id: lab.id, outcome: "refused" });
    await lab.until(() => lab.states.at(-1).phase === "failed");
    await lab.until(() => lab.talk.heard.level(500) > -40);
    return { recording, problem, errors: lab.errors };
  });
  assert.deepEqual(result, { recording: false, problem: "engine/failed", errors: ["engine/restarted", "engine/failed"] });
  await page.context().close();
});
