// @ts-check
/** The facade: start and refusal, answers only from the user, events, and an engine that dies without a call noticing. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { stage } from "./support/browser.mjs";

/** @type {import("./support/browser.mjs").Stage} */
let chromium;
before(async () => {
  chromium = await stage();
});
after(() => chromium.close());

/** A page whose start is tried with these options; returns the code it is refused with, or "started". */
const tryStart = async (/** @type {any} */ options) => {
  const { lab } = /** @type {any} */ (globalThis);
  try {
    await lab.start(options);
    return "started";
  } catch (error) {
    const { code, name, retryable } = /** @type {any} */ (error);
    return `${name} ${code} ${retryable}`;
  }
};

test("a start that fails is refused with a code and may be tried again", async () => {
  const page = await chromium.open();
  assert.equal(await page.evaluate(tryStart, { workerUrl: "/absent.mjs" }), "CallsealError engine/load-failed false");
  assert.equal(await page.evaluate(tryStart, { workerUrl: "https://elsewhere.example/worker.mjs" }), "CallsealError engine/load-failed false");
  assert.equal(await page.evaluate(tryStart, { silent: true, readyTimeoutMs: 300 }), "CallsealError engine/timeout true");
  assert.equal(await page.evaluate(tryStart, { protocol: 99 }), "CallsealError engine/protocol-mismatch false");
  assert.equal(await page.evaluate(tryStart, { refuse: "config/invalid" }), "CallsealError config/invalid false");
  assert.equal(await page.evaluate(tryStart, {}), "started");
  assert.equal(await page.evaluate(tryStart, {}), "CallsealError config/already-started false");
  await page.context().close();
});

test("the engine gets the configuration without what is the page's alone, and where its Wasm lies before", async () => {
  const page = await chromium.open();
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.start({ recipients: [], holdBackMs: 1, workletUrl: "/pkg/worklet.mjs", wasmUrl: "/pkg/dist/some.wasm", tap: {}, hotkeys: false, readyTimeoutMs: 5000, unknown: 1 });
    const [{ protocol, config }] = await lab.messages("init");
    return { protocol, config, name: (await lab.engine("name")).replace(location.origin, "") };
  });
  assert.deepEqual(result, {
    protocol: 1,
    config: { recipients: [], holdBackMs: 1, unknown: 1 },
    name: "callseal /pkg/dist/some.wasm",
  });
  await page.context().close();
});

/** A page with the fake engine and one call that may be answered; `#yes` answers yes when clicked. */
async function asking() {
  const page = await chromium.open(undefined, '<button id="yes">yes</button><input id="field">');
  await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const callseal = await lab.start();
    lab.states = [];
    callseal.on("state", (/** @type {any} */ snapshot) => lab.states.push(snapshot));
    await lab.engine("emit", { kind: "state", snapshot: lab.snapshot("call-1") });
    await lab.until(() => callseal.calls.has("call-1"));
    lab.thrown = [];
    document.querySelector("#yes")?.addEventListener("click", (event) => {
      lab.last = event;
      try {
        callseal.answer("call-1", "yes", event);
      } catch (error) {
        lab.thrown.push(/** @type {any} */ (error).code);
      }
    });
  });
  return page;
}

/** @param {import("playwright-core").Page} page */
const consents = (page) =>
  page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.wait(50);
    return (await lab.messages("consent")).map((/** @type {any} */ { call_id, answer, method, trusted }) => `${call_id} ${answer} ${method} ${trusted}`);
  });

test("an answer needs the user's own event, once", async () => {
  const page = await asking();
  const codes = await page.evaluate(() => {
    const { lab } = /** @type {any} */ (globalThis);
    const code = (/** @type {unknown} */ event, id = "call-1") => {
      try {
        lab.callseal.answer(id, "yes", event);
        return "none";
      } catch (error) {
        return /** @type {any} */ (error).code;
      }
    };
    /** @type {HTMLElement | null} */ (document.querySelector("#yes"))?.click();
    return [code(new Event("click")), code({ isTrusted: true, timeStamp: 0 }), code(undefined), ...lab.thrown];
  });
  assert.deepEqual(codes, Array(4).fill("answer/untrusted"));
  assert.deepEqual(await consents(page), []);
  await page.click("#yes");
  assert.deepEqual(await consents(page), ["call-1 yes agent_button true"]);
  const again = await page.evaluate(() => {
    const { lab } = /** @type {any} */ (globalThis);
    const codes = [];
    for (const id of ["call-1", "no such call"]) {
      try {
        lab.callseal.answer(id, "yes", lab.last);
        codes.push("none");
      } catch (error) {
        codes.push(/** @type {any} */ (error).code);
      }
    }
    return codes;
  });
  assert.deepEqual(again, ["answer/untrusted", "answer/untrusted"]);
  assert.equal((await consents(page)).length, 1);
  await page.context().close();
});

test("hotkeys answer the one call that allows it, once for each press, and only the user's own", async () => {
  const page = await asking();
  await page.evaluate(() => {
    for (const type of ["keydown", "keyup"]) {
      document.dispatchEvent(new KeyboardEvent(type, { code: "KeyY", altKey: true, shiftKey: true, bubbles: true }));
    }
  });
  await page.keyboard.press("Alt+Shift+KeyW"); // not allowed now
  await page.keyboard.press("Shift+KeyY"); // not all modifiers
  await page.keyboard.press("Control+Alt+Shift+KeyY"); // one too many
  assert.deepEqual(await consents(page), []);
  await page.focus("#field");
  await page.keyboard.down("Alt");
  await page.keyboard.down("Shift");
  await page.keyboard.down("KeyY");
  await page.keyboard.down("KeyY"); // auto-repeat
  await page.keyboard.up("KeyY");
  await page.keyboard.press("KeyN");
  await page.keyboard.up("Shift");
  await page.keyboard.up("Alt");
  assert.deepEqual(await consents(page), ["call-1 yes agent_hotkey true", "call-1 no agent_hotkey true"]);
  assert.equal(await page.inputValue("#field"), "");
  // Two calls that wait: the key does not choose.
  await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.engine("emit", { kind: "state", snapshot: lab.snapshot("call-2") });
    await lab.until(() => lab.callseal.calls.has("call-2"));
  });
  await page.keyboard.press("Alt+Shift+KeyY");
  assert.equal((await consents(page)).length, 2);
  assert.deepEqual(await page.evaluate(() => /** @type {any} */ (globalThis).lab.errors), ["answer/ambiguous"]);
  await page.context().close();
});

test("events reach every listener until it is taken off, also behind one that throws", async () => {
  const page = await chromium.open();
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const callseal = await lab.start();
    /** @type {any[]} */
    const seen = [];
    addEventListener("error", (event) => event.preventDefault());
    callseal.on("stored", () => {
      throw new Error("the host's own");
    });
    const off = callseal.on("stored", (/** @type {any} */ event) => seen.push(event));
    await lab.engine("emit", { kind: "call_stored", call_id: "a" });
    await lab.until(() => seen.length === 1);
    off();
    callseal.on("recovered", (/** @type {any} */ event) => seen.push(event));
    callseal.on("consent", (/** @type {any} */ { callId, event }) => seen.push([callId, event.kind]));
    await lab.engine("emit", { kind: "call_stored", call_id: "b" });
    await lab.engine("emit", { kind: "call_recovered", call_id: "c", objects: 3 });
    await lab.engine("emit", {
      kind: "consent_event",
      call_id: "d",
      event: { kind: "asked", party: 1, answer: null, method: null, words: null, actor: 0, at_ms: 1, at_unix_ms: 2, prompt_sha256: "" },
    });
    await lab.engine("emit", { kind: "error", call_id: "e", code: "store/unavailable", message: "…", retryable: true, fatal: false });
    await lab.until(() => lab.errors.length === 1);
    return [...seen, ...lab.errors];
  });
  assert.deepEqual(result, [{ callId: "a" }, { callId: "c", objects: 3 }, ["d", "asked"], "store/unavailable"]);
  await page.context().close();
});

for (const [title, way, code] of /** @type {[string, string, string][]} */ ([
  ["crashes", "crash", "engine/failed"],
  ["reports a fatal fault", "fatal", "encoder/failed"],
  ["sends nonsense", "nonsense", "engine/bad-message"],
])) {
  test(`when every engine ${title}, calls are shown as failed after the third restart, the capture ends and the call goes on`, async () => {
    const page = await chromium.open();
    const result = await page.evaluate(async (how) => {
      const { lab } = /** @type {any} */ (globalThis);
      addEventListener("error", (event) => event.preventDefault());
      const callseal = await lab.start();
      const { sender, microphone, heard } = await lab.call();
      const [{ call_id: id }] = await lab.until(async () => {
        const found = await lab.messages("call_open");
        return found.length > 0 && found;
      });
      /** @type {any[]} */
      const states = [];
      callseal.on("state", (/** @type {any} */ snapshot) => states.push(snapshot));
      await lab.engine("emit", { kind: "state", snapshot: lab.snapshot(id, { phase: "recording", recording: true, allowed: ["withdraw"] }) });
      await lab.until(() => callseal.calls.has(id));
      for (const deaths of [1, 2, 3, 4]) {
        await lab.engineListens();
        if (how === "crash") void lab.engine("crash").catch(() => {});
        if (how === "fatal") void lab.engine("emit", { kind: "error", call_id: null, code: "encoder/failed", message: "…", retryable: false, fatal: true }).catch(() => {});
        if (how === "nonsense") void lab.engine("emit", { kind: "state", snapshot: { call_id: id, recording: "yes" } }).catch(() => {});
        await lab.until(() => lab.errors.length === deaths);
        if (deaths < 4) await lab.until(() => states.at(-1).recording === false && states.at(-1).phase === "recording");
      }
      const { phase, recording, allowed, problem, outcome } = states.at(-1);
      let refused = "";
      try {
        callseal.attach(new RTCPeerConnection());
      } catch (error) {
        refused = /** @type {any} */ (error).code;
      }
      await lab.until(() => heard.level(500) > -40);
      return { phase, recording, allowed, problem, outcome, refused, errors: lab.errors, own: sender.track === microphone };
    }, way);
    assert.deepEqual(result, {
      phase: "failed",
      recording: false,
      allowed: [],
      problem: code,
      outcome: "failed",
      refused: "engine/failed",
      errors: [...Array(3).fill("engine/restarted"), code],
      own: true,
    });
    await page.context().close();
  });
}

test("stop hangs up every call, waits until they are closed, and leaves the page as it was", async () => {
  const page = await chromium.open();
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    const callseal = await lab.start();
    const { heard } = await lab.call();
    const [{ call_id: id }] = await lab.until(async () => {
      const found = await lab.messages("call_answered");
      return found.length > 0 && found;
    });
    let stopped = false;
    const stopping = callseal.stop().then(() => (stopped = true));
    await lab.until(async () => (await lab.messages("hang_up")).length === 1);
    await lab.wait(200);
    const waited = !stopped;
    await lab.engine("emit", {
      kind: "call_closed",
      call_id: id,
      report: {
        schema_version: 1,
        call_id: id,
        outcome: "declined",
        sample_rate_hz: 48000,
        recording_origin_ms: null,
        call_duration_ms: 1,
        recording_duration_ms: 0,
        consent_events: [],
        disclosure: null,
        redaction_spans: [],
        gaps: [],
        objects: [],
      },
    });
    await stopping;
    await lab.until(() => heard.level(500) > -40);
    await lab.start();
    return { waited, stopped };
  });
  assert.deepEqual(result, { waited: true, stopped: true });
  await page.context().close();
});

test("leaving the page hangs up at once", async () => {
  const page = await chromium.open();
  const result = await page.evaluate(async () => {
    const { lab } = /** @type {any} */ (globalThis);
    await lab.start();
    await lab.call();
    await lab.until(async () => (await lab.messages("call_answered")).length === 1);
    dispatchEvent(new PageTransitionEvent("pagehide"));
    await lab.until(async () => (await lab.messages("hang_up")).length === 1);
    return (await lab.messages("hang_up")).map((/** @type {any} */ { event_age_ms: age }) => age < 50);
  });
  assert.deepEqual(result, [true]);
  await page.context().close();
});

test("nobody can construct the facade but start", async () => {
  const page = await chromium.open();
  const name = await page.evaluate(async () => {
    const { Callseal } = await import(/** @type {string} */ ("/pkg/index.mjs"));
    try {
      return String(new Callseal());
    } catch (error) {
      return /** @type {Error} */ (error).name;
    }
  });
  assert.equal(name, "TypeError");
  await page.context().close();
});
