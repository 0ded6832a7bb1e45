// @ts-check
/**
 * A customer keys digits in a call that is recorded: by tones in their sound and by RFC 4733. An independent decoder finds
 * none of them in the recording, and what was said just before and after is still there.
 *
 * The decoder is `multimon-ng` from Debian; where it is not there, the test says so and is skipped. Times are seconds from
 * the beginning of the customer's voice.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findProgram } from "../../scripts/lib/project.mjs";
import { closed, snapshot, stored, until, withInstallation } from "./support/desk.mjs";
import { ledger, opened } from "./support/evidence.mjs";
import { decode, likeness, LIKENESS_RATE_HZ, peak } from "./support/sound.mjs";
import { AGENT_CLIP, pressKey, writeVoice } from "./support/voices.mjs";

/** The rate multimon-ng reads at, in hertz. */
const DECODER_RATE_HZ = 22_050;
const RATE_HZ = 48_000;

/** Keyed in the customer's sound, from here on, with so much from key to key. */
const TONES = "49295171";
const TONES_S = 9.8;
const KEY_TO_KEY_S = 0.22;
const PRESSED_S = 0.12;

/** Keyed by RFC 4733. */
const EVENTS = "86420137";
const EVENTS_S = 18;
const EVENT_MS = 160;
const EVENT_GAP_MS = 100;

/** What is masked beside a tone (src/redact/keys.rs), and what decoding smears into the edge. */
const MARGIN_S = 0.1;

/** Speech that went through a call and two codecs is this like what was said, at least. */
const LEAST_LIKENESS = 0.7;

const NO_DECODER = findProgram("multimon-ng") === null && "multimon-ng is not there (apt-get install -y multimon-ng)";

/**
 * What the independent decoder reads.
 * @param {string} folder for its input
 * @param {Float32Array} samples at DECODER_RATE_HZ
 * @returns {string}
 */
function keysIn(folder, samples) {
  const raw = join(folder, "decoder.raw");
  writeFileSync(raw, Int16Array.from(samples, (sample) => Math.max(-1, Math.min(1, sample)) * 32_767));
  const { stdout, status, stderr } = spawnSync("multimon-ng", ["-q", "-a", "DTMF", "-t", "raw", raw], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return [...stdout.matchAll(/^DTMF: (.)/gm)].map((match) => match[1]).join("");
}

/**
 * Lets a test reach the connection of the customer's frame, and keeps what the agent's page hears of the customer.
 * @param {import("playwright-core").BrowserContext} context
 */
const listenIn = (context) =>
  context.addInitScript(() => {
    const isDesktop = globalThis.top === globalThis.self;
    const Own = globalThis.RTCPeerConnection;
    globalThis.RTCPeerConnection = class extends Own {
      /** @param {RTCConfiguration} [configuration] */
      constructor(configuration) {
        super(configuration);
        if (!isDesktop) Object.assign(globalThis, { testConnection: this });
        else this.addEventListener("track", ({ track }) => {
          const recorder = new MediaRecorder(new MediaStream([track]), { audioBitsPerSecond: 64_000 });
          /** @type {Blob[]} */
          const heard = [];
          recorder.addEventListener("dataavailable", ({ data }) => heard.push(data));
          recorder.start(1_000);
          Object.assign(globalThis, { testHeard: heard });
        });
      }
    };
  });

/** What {@link listenIn} has kept. @param {import("playwright-core").Page} page @returns {Promise<Buffer>} */
async function heardIn(page) {
  const bytes = await page.evaluate(async () => {
    const { testHeard } = /** @type {{testHeard: Blob[]}} */ (/** @type {unknown} */ (globalThis));
    return [...new Uint8Array(await new Blob(testHeard).arrayBuffer())];
  });
  return Buffer.from(bytes);
}

test("no key that the customer pressed is in the recording, and the words before and after are", { skip: NO_DECODER }, () =>
  withInstallation(async (installation) => {
    const customer = join(installation.folder, "customer.wav");
    const said = writeVoice(customer, [[4, "delivery"], [8, "request"], [11.75, "farewell"], [16, "request"], [21.5, "delivery"]], 26);
    [...TONES].forEach((key, index) => {
      pressKey(customer, Number(key), TONES_S + index * KEY_TO_KEY_S, PRESSED_S);
    });
    const [unmasked = new Float32Array()] = decode(customer, { rate: DECODER_RATE_HZ, channels: 1 });
    assert.equal(keysIn(installation.folder, unmasked), TONES, "the decoder reads what was keyed where nothing is masked");

    const desktop = await installation.open({ agent: AGENT_CLIP, customer, prepare: listenIn });
    const call = await desktop.callIn();
    await snapshot(desktop, ({ phase }) => phase === "asking", "the question", 30_000);
    await desktop.page.click("callseal-panel [data-action=yes]");
    await snapshot(desktop, ({ recording }) => recording, "the recording");
    await until(call.connectedAtMs + EVENTS_S * 1_000);
    await call.frame.evaluate(
      ([keys, forMs, gapMs]) => {
        const { testConnection } = /** @type {{testConnection: RTCPeerConnection}} */ (/** @type {unknown} */ (globalThis));
        const dtmf = testConnection.getSenders().find(({ track }) => track?.kind === "audio")?.dtmf;
        if (!dtmf?.canInsertDTMF) throw new Error("the call carries no telephone events");
        dtmf.insertDTMF(String(keys), Number(forMs), Number(gapMs));
      },
      [EVENTS, EVENT_MS, EVENT_GAP_MS],
    );
    await until(call.connectedAtMs + 24_500);
    await desktop.page.click("#hang-up");
    const report = await closed(desktop);
    await stored(desktop, report.call_id);
    const arrived = join(installation.folder, "arrived.webm");
    writeFileSync(arrived, await heardIn(desktop.page));
    const [unmaskedCall = new Float32Array()] = decode(arrived, { rate: DECODER_RATE_HZ, channels: 1 });
    const audible = keysIn(installation.folder, unmaskedCall);
    assert.ok(audible.startsWith(TONES), `the tones were to be heard in the call: ${audible}`);
    // A jitter buffer may tear a telephone event.
    const events = [...EVENTS].filter((key) => audible.slice(TONES.length).includes(key));
    assert.ok(events.length >= EVENTS.length / 2, `the telephone events were to be heard in the call: ${audible}`);
    const { sound } = opened(installation, report);

    for (const [channel, samples] of decode(sound, { rate: DECODER_RATE_HZ, channels: 2 }).entries()) {
      assert.equal(keysIn(installation.folder, samples), "", `channel ${channel}`);
    }

    const spans = report.redaction_spans.filter(({ trigger }) => trigger === "keypad");
    assert.deepEqual(spans.map(({ class: what }) => what), ["keyed_digits", "keyed_digits"], "one run of keys is one span");
    const originSample = ((report.recording_origin_ms ?? NaN) * RATE_HZ) / 1_000;
    const channels = decode(sound, { rate: RATE_HZ, channels: 2 });
    const keyedS = [(TONES.length - 1) * KEY_TO_KEY_S + PRESSED_S, (EVENTS.length * (EVENT_MS + EVENT_GAP_MS) - EVENT_GAP_MS) / 1_000];
    for (const [index, { from_sample: from, to_sample: to }] of spans.entries()) {
      // A jitter buffer plays telephone events up to half a second longer than they were sent, or a little more closely.
      const more = (to - from) / RATE_HZ - (keyedS[index] ?? NaN);
      assert.ok(more > -0.15 && more < 0.9, `${more} s more than keyed are cut out`);
      const edge = 0.05 * RATE_HZ;
      for (const samples of channels) assert.ok(peak(samples, from - originSample + edge, to - originSample - edge) < 0.001);
    }

    // Where the customer's voice begins on the recording's timeline: the first key says so.
    const voiceS = ((spans[0]?.from_sample ?? NaN) - originSample) / RATE_HZ + 0.02 - TONES_S;
    const reference = decode(customer, { rate: LIKENESS_RATE_HZ, channels: 1 })[0] ?? new Float32Array();
    const heard = decode(sound, { rate: LIKENESS_RATE_HZ, channels: 2 })[1] ?? new Float32Array();
    for (const { words, fromS, toS } of said.slice(1)) {
      const alike = likeness(reference, heard, { fromS, toS, offsetS: voiceS });
      assert.ok(alike > LEAST_LIKENESS, `"${words}" at ${fromS} s is like what was said: ${alike}`);
    }
    const keysEndS = TONES_S + (TONES.length - 1) * KEY_TO_KEY_S + PRESSED_S;
    const beside = [[TONES_S - 0.4, TONES_S - MARGIN_S], [keysEndS + MARGIN_S, keysEndS + MARGIN_S + 0.4]];
    for (const [fromS = 0, toS = 0] of beside) {
      const [from, to] = [(voiceS + fromS) * RATE_HZ, (voiceS + toS) * RATE_HZ];
      assert.ok(peak(channels[1] ?? new Float32Array(), Math.round(from), Math.round(to)) > 0.01, `speech from ${fromS} s to ${toS} s`);
    }

    const written = JSON.stringify([ledger(installation, report.call_id), report, desktop.events]);
    for (const keys of [TONES, EVENTS]) assert.ok(!written.includes(keys), "no digit is written anywhere");
  }));
