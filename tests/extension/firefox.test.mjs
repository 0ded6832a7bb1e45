// @ts-check
/** The same call in Firefox, with the package for Firefox. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { NATIVE_COMMAND } from "../../scripts/build.mjs";
import { ensureKey } from "../../scripts/demo/store.mjs";
import { ledger, verified } from "../e2e/support/evidence.mjs";
import { decode, rms } from "../e2e/support/sound.mjs";
import { writeVoice } from "../e2e/support/voices.mjs";
import { storeServer } from "../page/support/store.mjs";
import { browseFirefox } from "./support/firefox.mjs";
import { until } from "./support/panel.mjs";
import { site } from "./support/site.mjs";

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

test("in Firefox a call on a strict page is announced, agreed to, recorded with the card field cut out, stored and opened", async () => {
  const folder = mkdtempSync(join(tmpdir(), "callseal-firefox-test-"));
  const { privateKey, publicKey } = ensureKey(NATIVE_COMMAND, join(folder, "key"));
  const voice = join(folder, "voice.wav");
  writeVoice(voice, [[2, "request"], [8, "delivery"], [14, "farewell"], [20, "request"], [26, "delivery"], [32, "farewell"]], 60);
  const store = await storeServer();
  const served = await site({ files: { "voice.wav": voice } });
  const browser = await browseFirefox(["http://127.0.0.1/*"]);
  /** @type {string[]} */
  const complaints = [];
  try {
    const options = await browser.own("options.html");
    const configuration = { store: { kind: "template", url: `${store.url}/{name}` }, recipients: [JSON.parse(readFileSync(publicKey, "utf8"))] };
    await options.waitForSelector("#configuration:not([disabled])");
    await options.evaluate((text) => {
      const [field, form] = [document.querySelector("#configuration"), document.querySelector("#configuration-form")];
      if (field instanceof HTMLTextAreaElement) field.value = text;
      if (form instanceof HTMLFormElement) form.requestSubmit();
    }, JSON.stringify(configuration));
    await until(() => options.evaluate(() => document.querySelector("#configuration-result")?.textContent?.startsWith("Saved") === true), "the configuration to be saved");
    const panel = await browser.own("panel.html");
    const desk = await browser.open(`${served.desk}/agent.html`, complaints);
    const customer = await browser.open(`${served.elsewhere}/customer.html`, complaints);
    await desk.bringToFront();
    const offer = await desk.evaluate("phone.offer()");
    const answer = await customer.evaluate(`customer.answer(${JSON.stringify(offer)}, "voice.wav")`);
    await desk.evaluate(`phone.answered(${JSON.stringify(answer)})`);
    const phase = () => panel.evaluate(() => document.querySelector("callseal-panel")?.shadowRoot?.querySelector("article")?.dataset["phase"] ?? "none");
    const words = () => panel.evaluate(() => `${document.querySelector("#notice")?.textContent} ${document.querySelector("callseal-panel")?.shadowRoot?.textContent?.replace(/\s+/gu, " ")}`);
    await until(async () => (await phase()) === "asking", "the question").catch(async (error) => {
      throw new Error(`${error.message}; the panel says: ${await words()}; the desk: ${complaints}`);
    });
    await panel.bringToFront();
    await (await panel.$("callseal-panel >>> button[data-action=yes]"))?.click();
    await until(async () => (await phase()) === "recording", "the recording");
    await desk.bringToFront();
    await pause(9_000);
    await desk.focus("#card");
    await pause(1_000);
    await desk.click("#elsewhere");
    await pause(9_000);
    await desk.evaluate("phone.hangUp()");
    await until(async () => (await phase()) === "closed", "the end", 60_000);
    await until(() => panel.evaluate(() => document.querySelector("callseal-panel")?.shadowRoot?.querySelector("[data-storage=empty]") !== null), "everything to be stored", 60_000);
    const [id = ""] = [...store.objects.keys()].map((path) => path.split("/")[0]);
    for (const [path, content] of store.objects) {
      const file = join(folder, "stored", path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    const installation = { command: NATIVE_COMMAND, folder, privateKey, callFolder: (/** @type {string} */ call) => join(folder, "stored", call) };
    verified(installation, id);
    const entries = ledger(installation, id);
    console.log(JSON.stringify(entries.filter(({ kind }) => kind === "gap" || kind === "trouble.noted").map(({ body }) => body)));
    const [span] = entries.filter(({ kind, body }) => kind === "redaction.span" && body.trigger === "field_focus").map(({ body }) => body);
    assert.equal(span?.class, "card_number");
    const [played] = entries.filter(({ kind }) => kind === "disclosure.played").map(({ body }) => body);
    assert.ok(played.fraction_delivered > 0.8);
    const file = join(folder, "call.ogg");
    execFileSync(NATIVE_COMMAND, ["open", join(folder, "stored", id), "--key", privateKey, "--out", file], { stdio: "pipe" });
    const [left, right] = decode(file, { channels: 2 });
    assert.ok(left && right);
    assert.ok(rms(left, 0, left.length) > 0.005, "the agent is heard");
    assert.ok(rms(right, 0, right.length) > 0.005, `the customer is heard: ${rms(right, 0, right.length)}`);
    assert.deepEqual(complaints, []);
  } finally {
    await browser.close();
    await served.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});
