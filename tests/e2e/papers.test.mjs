// @ts-check
/**
 * What remains of a call beside its audio: the evidence of a refusal where the policy keeps it, and the papers for the
 * host's own records. Two real calls in one installation, one refused and one recorded.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as prompts from "../../pkg/prompts/index.mjs";
import { storedObjects } from "../../scripts/demo/store.mjs";
import { closed, snapshot, spoolFiles, stored, until, withInstallation } from "./support/desk.mjs";
import { lawfulBasis, ledger, vconOf, verified } from "./support/evidence.mjs";
import { configured } from "./support/host.mjs";
import { AGENT_CLIP, CUSTOMER_CLIP } from "./support/voices.mjs";

/**
 * @typedef {import("../../scripts/demo/desktop.mjs").Desktop} Desktop
 * @typedef {import("../../pkg/index.d.ts").CallsealEvents["papers"]} Papers
 */

/**
 * A call that the agent answers for the customer, closed and stored.
 * @param {Desktop} desktop
 * @param {"yes" | "no"} answer
 * @param {readonly string[]} earlier  ids of calls before
 */
async function answered(desktop, answer, earlier = []) {
  await desktop.callIn();
  const { call_id: callId } = await snapshot(desktop, ({ call_id: id, phase }) => phase === "asking" && !earlier.includes(id), "the question");
  await desktop.page.locator(`callseal-panel [data-action=${answer}]`).click();
  const phase = answer === "yes" ? "recording" : "declined";
  await snapshot(desktop, (state) => state.call_id === callId && state.phase === phase, "the answer to count");
  await until(Date.now() + 1_500);
  await desktop.page.click("#hang-up");
  const report = await closed(desktop, callId);
  await stored(desktop, callId);
  return report;
}

/** All papers that were given for a call. @param {Desktop} desktop @param {string} callId */
function papersOf(desktop, callId) {
  const all = desktop.events.filter(({ type }) => type === "papers").map(({ detail }) => /** @type {Papers} */ (detail));
  return all.filter((papers) => papers.callId === callId);
}

/**
 * A receipt as a browser without a network reads it: its text, by label, and everything that it asked for.
 * @param {Desktop} desktop
 * @param {string} html
 */
async function read(desktop, html) {
  const page = await desktop.page.context().newPage();
  /** @type {string[]} */
  const wanted = [];
  /** @type {string[]} */
  const complaints = [];
  page.on("request", (request) => wanted.push(request.url()));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.route("**", (route) => route.abort());
  await page.setContent(html, { waitUntil: "load" });
  const found = await page.evaluate(() => ({
    form: [document.compatMode, document.documentElement.lang, document.querySelectorAll("main, h1").length],
    // All that could fetch something or run; a link that somebody follows does neither.
    references: [...document.querySelectorAll("[src], [srcset], [data], [action], [style*=url], link, script, base, object, iframe, form, meta[http-equiv=refresh]")].map(({ outerHTML }) => outerHTML),
    style: [...document.querySelectorAll("style")].map(({ textContent }) => textContent).join(""),
    policy: document.querySelector("meta[http-equiv='Content-Security-Policy']")?.getAttribute("content"),
    links: [...document.querySelectorAll("a")].map(({ href }) => href),
    state: document.querySelector(".state")?.textContent,
    purposes: [...document.querySelectorAll("li")].map(({ textContent }) => textContent),
    values: Object.fromEntries([...document.querySelectorAll("dt")].map((label) => [label.textContent, label.nextElementSibling?.textContent])),
  }));
  await page.close();
  assert.deepEqual([wanted, complaints], [[], []], "nothing is fetched, nothing is complained of");
  assert.deepEqual(found.form, ["CSS1Compat", "en", 2]);
  assert.deepEqual(found.references, []);
  assert.ok(found.style.length > 0 && !/url\(|@import/i.test(found.style));
  assert.match(found.policy ?? "", /default-src 'none'/);
  assert.deepEqual(found.links, ["https://example.com/privacy"]);
  return found;
}

/** The states of consent in a record, in order. @param {string} text */
function statesIn(text) {
  const record = JSON.parse(text);
  return { record, states: record["dpv:hasConsentStatus"].map((/** @type {any} */ status) => status["@type"][0]) };
}

test("of a refusal only the evidence is kept where the policy keeps it, and every closed call gives the host its papers, once", () =>
  withInstallation(async (installation) => {
    const prepare = configured({ consent: { keepRefusals: true } });
    const desktop = await installation.open({ agent: AGENT_CLIP, customer: CUSTOMER_CLIP, prepare });

    const refused = await answered(desktop, "no");
    assert.equal(refused.outcome, "declined");
    assert.deepEqual([refused.recording_origin_ms, refused.recording_duration_ms], [null, 0]);
    const objects = storedObjects(installation.store, refused.call_id);
    assert.deepEqual(refused.objects.filter(({ sha256 }) => !objects.some((object) => object.sha256 === sha256)), []);
    const kinds = new Set(objects.map(({ name }) => name.slice(refused.call_id.length + 1).replace(/\d+/, "<n>")));
    assert.deepEqual(kinds, new Set(["ledger/<n>.head.jws", "ledger/<n>.jsonl", "vcon.<n>.jwe.json"]));
    assert.equal(verified(installation, refused.call_id).segments, 0);
    const entries = ledger(installation, refused.call_id);
    assert.deepEqual(entries.filter(({ kind }) => /^(part|segment|redaction)\./.test(kind)), [], "no audio is spoken of");
    const no = entries.find(({ kind, body }) => kind === "consent.answered" && body.party === 1);
    assert.deepEqual([no?.body.answer, no?.body.method, no?.body.prompt_sha256], ["no", "agent_button", prompts.recordForQuality.sha256]);
    const vcon = vconOf(installation, refused);
    assert.deepEqual(lawfulBasis(vcon).map(([party, , granted]) => [party, granted]), [[1, false]]);
    assert.deepEqual(vcon.dialog.map((/** @type {any} */ { type, url, content_hash: hash }) => [type, url, hash]), [["incomplete", undefined, undefined]]);
    const nothing = join(installation.folder, "nothing.ogg");
    const words = ["open", installation.callFolder(refused.call_id), "--key", installation.privateKey, "--out", nothing];
    assert.notEqual(spawnSync(installation.command, words).status, 0, "there is no audio to open");
    assert.equal(existsSync(nothing), false);
    assert.deepEqual((await spoolFiles(desktop.page)).filter(({ bytes }) => bytes > 0), []);

    await desktop.page.locator("callseal-panel .dismiss").click();
    const recorded = await answered(desktop, "yes", [refused.call_id]);
    assert.equal(recorded.outcome, "recorded");
    assert.ok(verified(installation, recorded.call_id).segments > 0, "audio is kept of the other call");

    const name = await desktop.page.inputValue("#customer-name");
    for (const [report, state, answer, said, states] of /** @type {const} */ ([
      [refused, "Your call was not recorded.", /^You said no to our agent\./, "declined", ["dpv:ConsentRequested", "dpv:ConsentRefused"]],
      [recorded, "Your call was recorded.", /^You said yes to our agent\./, "recorded", ["dpv:ConsentRequested", "dpv:ConsentGiven"]],
    ])) {
      const given = papersOf(desktop, report.call_id);
      assert.equal(given.length, 1, `papers of ${report.outcome}`);
      const [{ note = "", parties = [] } = {}] = given;
      assert.deepEqual(parties.map(({ index }) => index), [1]);
      const [{ receiptHtml = "", consentRecord = "" } = {}] = parties;
      const receipt = await read(desktop, receiptHtml);
      assert.equal(receipt.state, state);
      assert.match(receipt.values["Your answer"] ?? "", answer);
      assert.equal(receipt.values["What you were told"], prompts.recordForQuality.text);
      assert.deepEqual(receipt.purposes, ["Recording the call", "Checking the quality of service"]);
      assert.equal(receipt.values["Company"], "Alder Energy");
      assert.equal(receipt.values["You"], name);
      assert.equal(receipt.values["Call number"], report.call_id);

      const { record, states: found } = statesIn(consentRecord);
      assert.equal(record["@type"], "dpv:ConsentRecord");
      assert.equal(record["dct:source"], `urn:uuid:${report.call_id}`);
      assert.deepEqual(found, states);
      assert.ok(!consentRecord.includes(name), "the record names nobody");

      assert.ok(note.split("\n").length <= 12 && !/[<>]/.test(note), "a few lines of plain text");
      assert.ok(note.includes(said) && note.includes(report.call_id) && !note.includes(name));
      const { ledger_head: head } = verified(installation, report.call_id);
      assert.equal(receipt.values["Evidence chain, last link"], head, "as the receipt says, callseal verify says");
      assert.ok(note.includes(head));
    }
  }));
