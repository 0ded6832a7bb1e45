// @ts-check
/**
 * What the fuzz targets begin with: the vectors, the documentation's examples, and a call's messages.
 *
 * Must never: hold an input that a vector holds already.
 */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readCall } from "../../tests/decoder/decoder.mjs";
import { calls, pieces } from "../../tests/decoder/vectors.mjs";
import { ROOT } from "../lib/project.mjs";

const CALL_ID = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";

/** A call as a page tells of it, each line a message or milliseconds; see pkg/protocol.mjs. */
const MESSAGES = [
  { kind: "call_open", call_id: CALL_ID },
  { kind: "call_facts", call_id: CALL_ID, parties: [{ role: "customer", number: "+4930123456" }] },
  { kind: "sensor_join", context_id: "a" },
  100,
  { kind: "sensor_answer", context_id: "a", nonce: "nonce" },
  { kind: "call_answered", call_id: CALL_ID, answered_age_ms: 5, by: "agent", trusted: true },
  { kind: "disclosure_started", call_id: CALL_ID, frame: 48000 },
  { kind: "disclosure_ended", call_id: CALL_ID, frame: 96000 },
  { kind: "disclosure_failed", call_id: CALL_ID, reason: "no_track" },
  { kind: "disclosure_replay", call_id: CALL_ID },
  { kind: "disclosure_read", call_id: CALL_ID, trusted: true, event_age_ms: 1 },
  3000,
  { kind: "consent", call_id: CALL_ID, party: 1, answer: "yes", method: "agent_button", words: null, trusted: true, event_age_ms: 2 },
  { kind: "consent", call_id: CALL_ID, party: 1, answer: "no", method: "agent_hotkey", words: "refused", trusted: true, event_age_ms: 2 },
  { kind: "consent_assertion", call_id: CALL_ID, statement: "e30.e30.AAAA" },
  { kind: "party_joined", call_id: CALL_ID, key: "x", event_age_ms: 0 },
  { kind: "field_begin", context_id: "a", field: { tag: "input", autocomplete: "cc-number" }, how: "focus", event_age_ms: 3 },
  { kind: "text_seen", context_id: "a", field: 1, text: "4111 1111 1111 1111", event_age_ms: 1, posted_at_ms: 1790000000000 },
  { kind: "page_location", context_id: "a", url: "https://shop.example/pay", posted_at_ms: 1790000000000 },
  { kind: "field_end", context_id: "a", event_age_ms: 4 },
  { kind: "pause", call_id: CALL_ID, reason: "agent" },
  250,
  { kind: "resume", call_id: CALL_ID, trusted: true },
  { kind: "media_alarm", call_id: CALL_ID, code: "media/remote-silent" },
  { kind: "party_left", call_id: CALL_ID, key: "x", event_age_ms: 0 },
  { kind: "sensor_sign_off", context_id: "a" },
  { kind: "sensor_sign_on", context_id: "a" },
  { kind: "store_access", store: "x", token: "t", headers: {} },
  { kind: "store_retry", call_id: null },
  { kind: "hang_up", call_id: CALL_ID, event_age_ms: 1 },
  20_000,
  { kind: "recording_remove", call_id: CALL_ID },
  { kind: "sensor_leave", context_id: "a" },
];

/** The documentation's pages. */
const pages = () => readdirSync(join(ROOT, "docs")).filter((file) => file.endsWith(".md")).map((file) => readFileSync(join(ROOT, "docs", file), "utf8"));

/** Words for the fuzzer's dictionary: what the documents set in code. */
export function words() {
  const found = pages().flatMap((page) => [...page.matchAll(/`([\w.:/ -]{2,40})`/g)].map(([, word = ""]) => word));
  return [...new Set([...found, ...MESSAGES.flatMap((message) => (typeof message === "object" ? [message.kind] : []))])].sort();
}

/** @param {string} base64 */
const bytes = (base64) => Buffer.from(base64, "base64");

/** @returns {Promise<Record<string, (Buffer | string)[]>>} by target */
export async function seeds() {
  const vectors = pieces();
  const of = (/** @type {string} */ kind) => vectors.filter(({ header }) => header.kind === kind).map(({ body }) => bytes(body));
  const { bases, calls: edited } = calls();
  const objects = Object.values(bases).flatMap((base) => Object.entries(base.objects).map(([name, content]) => ({ name: `${base.call_id}/${name}`, content: bytes(content) })));
  const named = (/** @type {RegExp} */ pattern) => objects.filter(({ name }) => pattern.test(name)).map(({ content }) => content);
  const ledgers = Object.values(bases).map((base) => Buffer.concat(Object.keys(base.objects).filter((name) => name.endsWith(".jsonl")).sort().map((name) => bytes(base.objects[name] ?? ""))));
  const puts = edited.flatMap(({ edits }) => edits.filter(({ object, base64 }) => base64 && object.endsWith(".jsonl")).map(({ base64 }) => bytes(base64 ?? "")));
  const examples = pages().flatMap((page) => [...page.matchAll(/```(?:json|jsonc|js)?\n(\{[\s\S]*?)\n```/g)].map(([, text = ""]) => text));
  const { x5c } = JSON.parse(readFileSync(join(ROOT, "tests", "support", "vcon_signer.json"), "utf8"));
  const recordings = [];
  for (const { call_id, private: key, objects: contents } of Object.values(bases)) {
    const { parts } = await readCall(call_id, new Map(Object.entries(contents).map(([name, content]) => [name, new Uint8Array(bytes(content))])), key, { allowUnterminated: true });
    for (const part of parts) {
      // Behind the choice and the length of the two header pages, each of one packet.
      const first = 28 + (part[27] ?? 0);
      const headers = first + 28 + (part[first + 27] ?? 0);
      for (const choice of [0, 1, 2, 3]) recordings.push(Buffer.concat([Buffer.of(choice, headers), part.subarray(0, 9000)]));
    }
  }
  const { kty, crv, x, y, ...rest } = bases["whole"]?.private ?? {};
  const recipients = [{ kty, crv, x, y }];
  const disclosure = { promptId: "p", version: 1, language: "en", text: "May we?", url: "/p.wav", sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" };
  const config = JSON.stringify({ recipients, disclosure, store: { kind: "grants", url: "/v1/grants", token: "t" } });
  const said = MESSAGES.map((message) => JSON.stringify(message));
  return {
    stream: [...of("stream"), ...named(/tink$/)],
    sealed: ["a", "xxxxxxxxxxxxxxxx".repeat(40)],
    envelope: [...of("envelope"), ...named(/jwe\.json$/)],
    vcon: [...examples, ...of("envelope").slice(0, 4), JSON.stringify({ vcon: "0.4.0", uuid: "a6f1c0de-0000-8000-8000-000000000000", created_at: "2026-01-01T00:00:00Z", parties: [{ name: "A" }], dialog: [], attachments: [], analysis: [] })],
    config: [config, ...examples, ...examples.map((text) => `${config.slice(0, -1)},${text.slice(1)}`)],
    ogg: recordings,
    ledger: [...of("ledger"), ...ledgers, ...puts].flatMap((text) => [0, 1].map((choice) => Buffer.concat([Buffer.of(choice), text]))),
    call: [0, 1].flatMap((base) => [0, 1, 2, 3, 4, 5, 6].flatMap((edit) => [0, 3, 6, 9].map((object) => Buffer.of(base, edit, 1, object, 0, edit, 3, 1, 9, 2, 1, 0, 0, 4, 4, 4, 4)))),
    statements: [...named(/\.jws$/), ...x5c.map(bytes), Buffer.concat(x5c.map(bytes)), "e30.e30.AAAA"],
    keys: [JSON.stringify(bases["whole"]?.private), JSON.stringify({ kty, crv, x, y, ...rest, kid: "a" }), JSON.stringify(recipients[0])],
    engine: [said.join("\n"), ...said, ...said.map((line) => `${said[0]}\n${line}\n1000`)],
    names: objects.map(({ name }) => name).concat("US-CA", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", CALL_ID),
  };
}
