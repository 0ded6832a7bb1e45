// @ts-check
/** The options page, the sites that a user grants one by one, and what an administrator has set. */
import assert from "node:assert/strict";
import { createHash, generateKeyPairSync } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../../scripts/lib/project.mjs";
import { GRANTED, GRANTED_TOO } from "./support/browser.mjs";
import { withInstallation } from "./support/installation.mjs";
import { until } from "./support/panel.mjs";

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

test("a configuration that the engine refuses is not saved, and the member at fault is named", async () => {
  await withInstallation({ configuration: null }, async (installation) => {
    const { browser } = installation.parts;
    const good = /** @type {any} */ (installation.configuration);
    const stored = async () => (await browser.background()).evaluate("chrome.storage.local.get('configuration').then(({configuration}) => configuration ?? null)");
    assert.match(await browser.configure({ ...good, holdBackMs: 1 }), /holdBackMs|lookBack/u);
    assert.match(await browser.configure({ ...good, recipients: [] }), /recipients/u);
    assert.match(await browser.configure({ ...good, colour: "blue" }), /colour/u);
    assert.match(await browser.configure({ ...good, detection: { selectors: [{ selector: "##", class: "pin" }] } }), /detection\.selectors\[0\]/u);
    assert.equal(await stored(), null);
    assert.match(await browser.configure(good), /^Saved/u);
    assert.equal(await stored(), JSON.stringify(good));
  });
});

test("without a configuration nothing is recorded and the button and the panel say so", async () => {
  await withInstallation({ configuration: null }, async (installation) => {
    const { browser } = installation.parts;
    await browser.ready();
    const panel = await installation.panel();
    await panel.locator("#notice").waitFor();
    assert.match((await panel.textContent("#notice")) ?? "", /not set up/u);
    const desk = await installation.desk();
    await installation.call(desk);
    await pause(3_000);
    assert.equal(await panel.locator("article").count(), 0);
    assert.equal(await (await browser.background()).evaluate("chrome.action.getBadgeText({})"), "!");
    assert.deepEqual(browser.complaints, []);
  });
});

test("the package has no site of its own, and its scripts are registered for what the user grants in the browser, no longer", async () => {
  const built = JSON.parse(readFileSync(join(ROOT, "dist/extension-chrome/manifest.json"), "utf8"));
  assert.equal(built.host_permissions, undefined);
  assert.equal(built.content_scripts, undefined);
  await withInstallation({ sites: [GRANTED, GRANTED_TOO], configuration: null }, async ({ parts: { browser } }) => {
    const id = await browser.id();
    await browser.ready();
    const matches = async () => (await browser.background()).evaluate("chrome.scripting.getRegisteredContentScripts().then((all) => all.map(({matches}) => matches.join()).sort())");
    const both = [GRANTED, GRANTED_TOO].sort().join();
    assert.deepEqual(await matches(), [both, both]);
    // The browser's own page for extensions, where a user takes sites back and grants single ones.
    const manager = await browser.context.newPage();
    await manager.goto("chrome://extensions");
    await manager.evaluate(`chrome.developerPrivate.updateExtensionConfiguration({extensionId: "${id}", hostAccess: "ON_CLICK"})`);
    await until(async () => String(await matches()) === "", "the scripts to go");
    await manager.evaluate(`chrome.developerPrivate.updateExtensionConfiguration({extensionId: "${id}", hostAccess: "ON_SPECIFIC_SITES"})`);
    await manager.evaluate(`chrome.developerPrivate.addHostPermission("${id}", "${GRANTED}")`);
    await until(async () => String(await matches()) === [GRANTED, GRANTED].join(), "the scripts for the one site");
  });
});

test("what an administrator has set is locked, counts before the user's, and is shown without its tokens", async (context) => {
  // Chrome reads policies from one place of the system. The package's id follows from its key, so nobody else's is touched.
  const folder = "/etc/chromium/policies/managed";
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048, publicKeyEncoding: { type: "spki", format: "der" }, privateKeyEncoding: { type: "pkcs8", format: "der" } });
  const key = publicKey.toString("base64");
  const id = [...createHash("sha256").update(publicKey).digest("hex").slice(0, 32)].map((digit) => "abcdefghijklmnop"[parseInt(digit, 16)]).join("");
  const file = join(folder, `callseal-test-${id}.json`);
  const company = { segmentMs: 15_000, store: { kind: "template", url: "http://127.0.0.1:9/{name}", headers: { Authorization: "Bearer hush" } } };
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, JSON.stringify({ "3rdparty": { extensions: { [id]: { configuration: JSON.stringify(company), floatingPanel: false } } } }));
  } catch {
    context.skip("needs the right to write the system's policies");
    return;
  }
  try {
    await withInstallation({ key, configuration: null }, async (installation) => {
      const { browser } = installation.parts;
      assert.equal(await browser.id(), id);
      const words = await browser.configure(/** @type {object} */ (installation.configuration));
      assert.match(words, /^Saved/u);
      const options = await browser.own("options.html");
      await options.locator("#managed").waitFor();
      const shown = (await options.textContent("#managed-text")) ?? "";
      assert.match(shown, /15000/u);
      assert.doesNotMatch(shown, /hush/u);
      assert.equal(await options.isDisabled("#floating"), true);
      assert.equal(await options.isChecked("#floating"), false);
      const settings = /** @type {any} */ (await options.evaluate("chrome.runtime.sendMessage({kind: 'settings_wanted'})"));
      assert.deepEqual(settings.configuration.store, company.store, "the company's store counts");
      assert.equal(settings.configuration.segmentMs, 15_000);
      assert.equal(settings.configuration.recipients.length, 1, "and the user's keys where the company has set none");
      assert.deepEqual(settings.locked.sort(), ["segmentMs", "store"]);
    });
  } finally {
    rmSync(file, { force: true });
  }
});
