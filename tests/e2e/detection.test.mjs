// @ts-check
/**
 * Detection in real calls: what the agent does at the desk is recognised by the real sensor and the real engine, and is
 * cut out of the recording that is stored.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../../scripts/lib/project.mjs";
import { closed, snapshot, stored, until, withInstallation } from "./support/desk.mjs";
import { configured } from "./support/host.mjs";
import { AGENT_CLIP, CUSTOMER_CLIP } from "./support/voices.mjs";

/** @typedef {import("../../scripts/demo/desktop.mjs").Desktop} Desktop */

/** A page of the same origin that has the sensor and no calls. */
const CRM = `<!doctype html><title>CRM</title><input id="iban" aria-label="IBAN"><input id="city" aria-label="City">
  <script type="module">import { startSensor } from "./sensor-tab.mjs"; startSensor();</script>`;

/**
 * A call that is being recorded.
 * @param {Desktop} desktop
 */
async function recording(desktop) {
  await desktop.callIn();
  await snapshot(desktop, ({ phase }) => phase === "asking", "the question", 30_000);
  await desktop.page.locator("callseal-panel [data-action=yes]").click();
  await snapshot(desktop, (picture) => picture.recording, "the recording");
}

test("fields, a value in the notes, a page and another tab are each cut out by their own trigger, and the value is nowhere", () =>
  withInstallation(async (installation) => {
    const detection = { urls: ["/pay/**"], selectors: [{ selector: "#customer-phone", class: /** @type {const} */ ("health") }] };
    const configure = configured({ lookBackMs: 1_000, graceMs: 500, holdBackMs: 4_000, detection });
    /** @param {import("playwright-core").BrowserContext} context */
    const prepare = async (context) => {
      await configure(context);
      await context.route("**/crm-tab/**", async (route) => {
        const path = new URL(route.request().url()).pathname.replace("/crm-tab/", "");
        if (path === "") return route.fulfill({ contentType: "text/html", body: CRM });
        return route.fulfill({ contentType: "text/javascript", body: readFileSync(join(ROOT, "pkg", path), "utf8") });
      });
    };
    const desktop = await installation.open({ agent: AGENT_CLIP, customer: CUSTOMER_CLIP, prepare });
    const { page } = desktop;
    await recording(desktop);
    const pause = () => until(Date.now() + 2_500);

    await pause();

    await page.click("#card-number");
    await snapshot(desktop, (picture) => picture.redaction_class === "card_number", "the card field");
    await page.click("#notes");
    await pause();

    await page.locator("#notes").pressSequentially("card 4242 4242 4242 4242", { delay: 10 });
    const { warning } = await snapshot(desktop, (picture) => picture.warning !== null, "the warning");
    assert.equal(warning, "card_number");
    assert.match(await page.locator("callseal-panel [data-warning]").innerText(), /card number/u);
    await page.fill("#notes", "");
    await pause();

    await page.click("#customer-phone");
    await snapshot(desktop, (picture) => picture.redaction_class === "health", "the field of the selector");
    await page.click("#notes");
    await pause();

    await page.evaluate(() => history.pushState({}, "", "/pay/1?customer=7"));
    await snapshot(desktop, (picture) => picture.redaction_class === "custom", "the page");
    await page.evaluate(() => history.back());
    await pause();

    const crm = await page.context().newPage();
    await crm.goto(new URL("/crm-tab/", page.url()).href);
    await crm.bringToFront();
    await crm.click("#iban");
    await snapshot(desktop, (picture) => picture.redaction_class === "iban", "the other tab's field");
    await crm.click("#city");
    await pause();
    await crm.close();
    await page.bringToFront();
    await pause();

    await page.click("#hang-up");
    const report = await closed(desktop);
    await stored(desktop, report.call_id);
    const spans = report.redaction_spans;
    assert.deepEqual(
      spans.map(({ trigger, class: name }) => `${trigger} ${name}`),
      ["field_focus card_number", "value_seen card_number", "field_attribute health", "page custom", "field_focus iban"],
    );
    for (const { from_sample: from, to_sample: to } of spans) assert.ok(to - from >= 48 * 1_400, `${from} to ${to}`);
    const told = await page.evaluate(() => JSON.stringify([...(/** @type {any} */ (document.querySelector("callseal-panel")).callseal.calls.values())]));
    // Hashes hold four digits by chance.
    assert.doesNotMatch(`${JSON.stringify(report)}${told}`, /4242.?4242/u);
  }));
