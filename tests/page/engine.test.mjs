// @ts-check
/** The page's side with the real engine: they speak the same protocol, from the first message to the last. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { stage } from "./support/browser.mjs";

/** @type {import("./support/browser.mjs").Stage} */
let chromium;
before(async () => {
  chromium = await stage();
});
after(() => chromium.close());

async function open() {
  const page = await chromium.open(undefined, '<button id="yes">yes</button><button id="no">no</button><input id="number" autocomplete="cc-number"><input id="name">');
  await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
    const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
    const { prompts } = await (await fetch("/pkg/prompts/index.json")).json();
    const [{ promptId, version, language, text, sha256, file }] = prompts;
    lab.config = {
      workerUrl: undefined,
      recipients: [{ kty, crv, x, y }],
      // There is no store here: everything stays in the spool.
      store: { kind: "grants", url: `${location.origin}/v1/grants`, token: "token" },
      disclosure: { promptId, version, language, text, sha256, url: `${location.origin}/pkg/prompts/${file}` },
    };
    for (const answer of ["yes", "no"]) {
      document.querySelector(`#${answer}`)?.addEventListener("click", (event) => {
        lab.callseal.answer([...lab.callseal.calls.keys()].at(-1), answer, event);
      });
    }
    lab.run = async () => {
      const callseal = await lab.start(lab.config);
      lab.phases = [];
      lab.reports = [];
      callseal.on("state", (/** @type {any} */ { phase }) => lab.phases.at(-1) === phase || lab.phases.push(phase));
      callseal.on("closed", (/** @type {any} */ { report }) => lab.reports.push(report));
      Object.assign(lab, await lab.call());
    };
    lab.phase = (/** @type {string} */ wanted) => lab.until(() => lab.phases.includes(wanted), 15_000);
    // A machine so busy that audio drops out during the prompt: the engine does not count it, the agent replays it.
    lab.disclosed = async () => {
      let replayed = performance.now();
      await lab.until(() => {
        const snapshot = [...lab.callseal.calls.values()].at(-1);
        if (snapshot?.problem === "disclosure/failed" && performance.now() - replayed > 4000) {
          replayed = performance.now();
          lab.callseal.replay(snapshot.call_id);
        }
        return snapshot?.phase === "asking";
      }, 40_000);
    };
  });
  return page;
}

test("the engine refuses a configuration that it does not know every word of", async () => {
  const page = await open();
  const codes = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const codes = [];
    for (const changes of [{ holdbackMs: 1 }, { holdBackMs: 0 }, { recipients: [] }, { recipients: [{ ...lab.config.recipients[0], d: "AA" }] }]) {
      try {
        await lab.start({ ...lab.config, ...changes });
        codes.push("started");
      } catch (error) {
        codes.push(/** @type {any} */ (error).code);
      }
    }
    return codes;
  });
  assert.equal(codes.length, 4);
  for (const code of codes) assert.match(code, /^(config|recipient)\//);
  await page.context().close();
});

test("a call is disclosed, refused, and closed without an object", async () => {
  const page = await open();
  await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.run();
    await lab.disclosed();
  });
  await page.click("#no");
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.phase("declined");
    lab.near.close();
    const report = await lab.until(() => lab.reports[0], 15_000);
    return { outcome: report.outcome, objects: report.objects.length, delivered: report.disclosure?.fraction_delivered, errors: lab.errors };
  });
  assert.equal(result.outcome, "declined");
  assert.equal(result.objects, 0);
  assert.ok(Number(result.delivered) > 0.9, `delivered ${result.delivered}`);
  assert.deepEqual(result.errors.filter((/** @type {string} */ code) => !code.startsWith("store/")), []);
  await page.context().close();
});

test("a call is recorded, a card field is cut out of it, and it is sealed into objects", async () => {
  const page = await open();
  await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.run();
    await lab.disclosed();
  });
  await page.click("#yes");
  await page.evaluate(() => /** @type {any} */ (globalThis).lab.phase("recording"));
  await page.waitForTimeout(1000);
  await page.click("#number");
  await page.waitForTimeout(1000);
  await page.click("#name");
  await page.waitForTimeout(2500);
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    lab.near.close();
    const report = await lab.until(() => lab.reports[0], 20_000);
    return {
      outcome: report.outcome,
      objects: report.objects.length > 0,
      spans: report.redaction_spans.map((/** @type {any} */ span) => span.class),
      errors: lab.errors,
    };
  });
  assert.deepEqual(
    { ...result, errors: result.errors.filter((/** @type {string} */ code) => !code.startsWith("store/")) },
    { outcome: "recorded", objects: true, spans: ["card_number"], errors: [] },
  );
  await page.context().close();
});

test("the engine refuses a context of the page that bears a name as its own do, which cut out what nobody has agreed to", async () => {
  const page = await open();
  const refusals = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const worker = new Worker("/pkg/worker.mjs", { type: "module", name: "callseal" });
    /** @type {any[]} */
    const said = [];
    worker.onmessage = ({ data }) => said.push(data);
    const { workerUrl: _, ...config } = lab.config;
    worker.postMessage({ kind: "init", protocol: 1, config });
    await lab.until(() => said.some(({ kind }) => kind === "ready"), 15_000);
    /** What the engine has against a message: it takes them in order, and an unknown call is always refused. */
    const refusal = async (/** @type {any} */ message) => {
      const before = said.length;
      worker.postMessage(message);
      worker.postMessage({ kind: "disclosure_replay", call_id: crypto.randomUUID() });
      const complaints = () => said.slice(before).filter(({ kind }) => kind === "error");
      await lab.until(() => complaints().some(({ code }) => code === "call/unknown"));
      return complaints().map(({ code, fatal }) => `${code}${fatal ? " fatal" : ""}`);
    };
    const begin = (/** @type {string} */ context_id) =>
      ({ kind: "field_begin", context_id, field: 1, how: "focus", frame_host: null, descriptor: "{}", event_age_ms: 0, posted_at_ms: 0 });
    const text = (/** @type {string} */ context_id) => ({ kind: "text_seen", context_id, field: 1, text: "4242", event_age_ms: 0, posted_at_ms: 0 });
    const result = [];
    for (const id of ["callseal:paused", "callseal:", "callseal:anything", "page:value", "the-page-s_own"]) {
      result.push([id, ...(await refusal(begin(id))), ...(await refusal(text(id)))]);
    }
    worker.terminate();
    return result;
  });
  const own = ["message/invalid", "call/unknown", "message/invalid", "call/unknown"];
  assert.deepEqual(refusals, [
    ["callseal:paused", ...own],
    ["callseal:", ...own],
    ["callseal:anything", ...own],
    ["page:value", ...own],
    ["the-page-s_own", "call/unknown", "call/unknown"],
  ]);
  await page.context().close();
});
