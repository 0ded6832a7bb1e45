// @ts-check
/** The options page, the sites that a user grants one by one, and what an administrator has set. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withInstallation } from "./support/installation.mjs";

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

test("the package asks for no site, and runs on one when the user has granted it, until it is taken back", async () => {
  await withInstallation({ sites: [], configuration: null }, async (installation) => {
    const { browser, site } = installation.parts;
    const id = await browser.id();
    const worker = await browser.background();
    const scripts = () => worker.evaluate("chrome.scripting.getRegisteredContentScripts().then((all) => all.map(({matches}) => matches.join()))");
    assert.deepEqual(await scripts(), []);
    // The browser's own page for extensions grants a site as the user does there.
    const manager = await browser.context.newPage();
    await manager.goto("chrome://extensions");
    await manager.evaluate(`chrome.developerPrivate.addHostPermission("${id}", "${site.desk}/*")`).catch(async () => {
      await manager.evaluate(`chrome.developerPrivate.addHostPermission("${id}", "http://127.0.0.1/*")`);
    });
    await pause(1_500);
    const granted = /** @type {string[]} */ (await scripts());
    assert.equal(granted.length, 2, "both worlds' scripts");
    assert.match(granted[0] ?? "", /^http:\/\/127\.0\.0\.1/u);
    const options = await browser.own("options.html");
    await options.locator("#sites button").click();
    await pause(1_500);
    assert.deepEqual(await scripts(), []);
  });
});
