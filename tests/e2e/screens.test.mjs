// @ts-check
/**
 * The agent desktop in all its states, light, dark and narrow: screenshots for the eye in artifacts/screenshots, and what
 * can be checked by machine: WCAG 2.2 AA by axe, work by keyboard alone, the strict content security policy.
 */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { ARTIFACTS } from "../../scripts/lib/project.mjs";
import { closed, snapshot, stored, until, withInstallation } from "./support/desk.mjs";
import { AGENT_CLIP, CUSTOMER_CLIP } from "./support/voices.mjs";

const SCREENSHOTS = join(ARTIFACTS, "screenshots");
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Hash of `body {}`, a style that Playwright adds for each picture; Firefox holds it to the page's own policy. */
const PLAYWRIGHTS_STYLE = "sha256-YjaKGiklmzC6wjXA513HAMmzus8VE61XCOT+SmwNZWA=";

/** @type {{name: string, colorScheme: "light" | "dark", viewport: {width: number, height: number}}[]} */
const LOOKS = [
  { name: "light", colorScheme: "light", viewport: { width: 1280, height: 960 } },
  { name: "dark", colorScheme: "dark", viewport: { width: 1280, height: 960 } },
  { name: "narrow", colorScheme: "light", viewport: { width: 390, height: 844 } },
];

for (const { name, ...look } of LOOKS) {
  test(`${name}: every state is accessible, fits its width and is pictured`, () =>
    withInstallation(async (installation) => {
      mkdirSync(SCREENSHOTS, { recursive: true });
      const desktop = await installation.open({ agent: AGENT_CLIP, customer: CUSTOMER_CLIP, ...look });
      const { page } = desktop;
      /** @type {string[]} */
      const complaints = [];
      const complain = (/** @type {string} */ words) => words.includes(PLAYWRIGHTS_STYLE) || complaints.push(words);
      page.on("console", (message) => message.type() === "error" && complain(message.text()));
      page.on("pageerror", (error) => complain(error.message));
      /** @param {string} state */
      const take = (state) => page.screenshot({ path: join(SCREENSHOTS, `${name}-${state}.png`), fullPage: name === "narrow" });
      /** @param {string} state */
      const picture = async (state) => {
        await take(state);
        assert.deepEqual(await violations(page), [], state);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.equal(overflow, 0, `${state}: the page is ${overflow} px too wide`);
      };

      await picture("idle");
      const call = await desktop.callIn();
      await snapshot(desktop, ({ phase }) => phase === "disclosing", "the announcement");
      // Too short a state for axe, which keeps the page busy; its parts are the same as those of the next one.
      await take("disclosing");
      await snapshot(desktop, ({ phase }) => phase === "asking", "the question");
      await picture("waiting");
      await page.locator("callseal-panel [data-action=yes]").click();
      await snapshot(desktop, ({ recording }) => recording, "the recording");
      await page.mouse.move(0, 0);
      await picture("recording");
      await page.click("#card-number");
      await snapshot(desktop, ({ redacting }) => redacting, "the cut");
      await page.locator("callseal-panel [data-tone=cut]").waitFor();
      await picture("redacting");
      await page.click(".place");
      await until(call.connectedAtMs + 9_000);
      await page.click("#hang-up");
      const report = await closed(desktop);
      await stored(desktop, report.call_id);
      await page.locator("callseal-panel [data-tone=done]").waitFor();
      await picture("done");

      await page.locator("callseal-panel .dismiss").click();
      await desktop.callIn();
      await page.locator("callseal-panel [data-action=no]").click();
      await page.locator("callseal-panel [data-tone=stopped]").waitFor();
      await picture("declined");
      assert.deepEqual(complaints, [], "nothing is refused by the content security policy, nothing fails");
    }));
}

/** A call of which nothing special is to be told. */
const CALL = {
  call_id: "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa",
  phase: "asking",
  recording: false,
  redacting: false,
  redaction_class: null,
  cut: null,
  warning: null,
  yes_pending: false,
  paused: false,
  parties: [{ index: 1, role: "customer", consent: "asked", allowed: ["yes", "no"] }],
  law: {
    mode: "nothing_before_yes",
    rule: "explicit_opt_in",
    summary: "Ask, and keep nothing before the yes: the place of the customer is not known, so the strictest law counts.",
    why: ["The place of the customer is not known; the strictest of all laws counts.", "Texas (the agent) lets one participant decide."],
  },
  allowed: ["yes", "no", "replay"],
  disclosure_text: "May we record this call for quality?",
  elapsed_ms: 65_000,
  recorded_ms: 0,
  objects_total: 0,
  objects_stored: 0,
  store_reachable: true,
  problem: null,
  outcome: null,
  shredding: null,
};

/** Other recorders of the call, as `callseal/recorders` reports them. */
const REPORTS = [
  { recorder: "Twilio", callId: CALL.call_id, wanted: "paused", state: "confirmed", code: null, latencyMs: 180, proof: "read_back", exposed: false, ended: false },
  { recorder: "Amazon Connect", callId: CALL.call_id, wanted: "paused", state: "failed", code: "recorder/not-paused", latencyMs: null, proof: null, exposed: true, ended: false },
];

/** Where one participant may decide. */
const ONE_PARTY = {
  mode: "notice_and_stay",
  rule: "one_party",
  summary: "Announce the recording; who stays on the line agrees: no place in the call asks for more.",
  why: ["New York (the customer) lets one participant decide.", "Texas (the agent) lets one participant decide."],
};

/** A recording that the agent has paused. @param {object} changes */
function paused(changes) {
  return {
    phase: "recording",
    recording: true,
    redacting: true,
    redaction_class: "manual",
    cut: {
      since_ms: 61_000,
      confirmed: false,
      class: "manual",
      trigger: "manual",
      channels: "both",
      resumes: "agent",
      out_of_sight: false,
      alarm_in_ms: 118_000,
      alarm: null,
      ...changes,
    },
    recorded_ms: 40_000,
    objects_total: 3,
    objects_stored: 3,
    allowed: ["withdraw", "resume"],
    parties: [{ index: 1, role: "customer", consent: "given", allowed: ["withdraw"] }],
  };
}

/** What the panel has to show beyond the calls of the demo, as the engine would tell it. */
const FURTHER_STATES = {
  "found-late": {
    phase: "recording",
    recording: true,
    recorded_ms: 40_000,
    objects_total: 3,
    objects_stored: 3,
    allowed: ["withdraw", "pause"],
    parties: [{ index: 1, role: "customer", consent: "given", allowed: ["withdraw"] }],
    problem: "redaction/late",
  },
  connected: { phase: "ringing", allowed: ["answered"], parties: [], elapsed_ms: 0 },
  reading: { phase: "disclosing", allowed: ["read", "yes", "no"] },
  unanswered: { phase: "unanswered", allowed: ["no", "replay"], parties: [{ index: 1, role: "customer", consent: "silent", allowed: ["no"] }] },
  "agent-side": {
    phase: "agent_side",
    outcome: "agent_side",
    law: ONE_PARTY,
    recording: true,
    recorded_ms: 12_000,
    objects_total: 2,
    objects_stored: 2,
    allowed: ["withdraw"],
    parties: [{ index: 1, role: "customer", consent: "refused", allowed: [] }],
  },
  "agent-side-over": {
    phase: "declined",
    outcome: "agent_side",
    law: ONE_PARTY,
    recorded_ms: 34_000,
    objects_total: 5,
    objects_stored: 4,
    allowed: [],
    parties: [{ index: 1, role: "customer", consent: "refused", allowed: [] }],
  },
  "other-recorders": {
    phase: "recording",
    recording: true,
    redacting: true,
    redaction_class: "card_number",
    recorded_ms: 40_000,
    allowed: ["withdraw"],
    parties: [{ index: 1, role: "customer", consent: "given", allowed: ["withdraw"] }],
  },
  "value-typed": {
    ...paused({ confirmed: true, class: "national_id", trigger: "value_seen", resumes: "when_left", alarm_in_ms: null }),
    redaction_class: "national_id",
    warning: "national_id",
    allowed: ["withdraw"],
  },
  "pause-demanded": paused({ confirmed: false }),
  "pause-confirmed": paused({ confirmed: true, alarm_in_ms: 85_000 }),
  "pause-forgotten": paused({ confirmed: true, alarm_in_ms: null, alarm: "forgotten" }),
  "pause-of-the-host": {
    ...paused({ confirmed: true, alarm_in_ms: null, alarm: "max_pause", trigger: "host_api", class: "payment", out_of_sight: true }),
    redaction_class: "payment",
  },
  shredded: {
    phase: "withdrawn",
    outcome: "withdrawn",
    shredding: "confirmed",
    allowed: [],
    recorded_ms: 40_000,
    objects_total: 3,
    objects_stored: 3,
    parties: [{ index: 1, role: "customer", consent: "withdrawn", allowed: [] }],
  },
  paused: {
    paused: true,
    recorded_ms: 40_000,
    objects_total: 5,
    objects_stored: 4,
    allowed: ["yes", "no", "withdraw", "replay"],
    parties: [
      { index: 1, role: "customer", consent: "given", allowed: ["withdraw"] },
      { index: 2, role: "other", consent: "asked", allowed: ["yes", "no"] },
    ],
  },
};

for (const { name, ...look } of LOOKS) {
  test(`${name}: the panel's further states are accessible, fit their width and are pictured`, () =>
    withInstallation(async (installation) => {
      mkdirSync(SCREENSHOTS, { recursive: true });
      const { page } = await installation.open({ agent: AGENT_CLIP, customer: CUSTOMER_CLIP, ...look });
      const form = await page.context().newPage();
      await form.goto(new URL("/payment-tab.html", page.url()).href);
      await form.screenshot({ path: join(SCREENSHOTS, `${name}-payment-tab.png`), fullPage: name === "narrow" });
      assert.deepEqual(await violations(form), [], "the payment form in a tab of its own");
      assert.ok(await form.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth));
      await form.close();
      for (const [state, changes] of Object.entries(FURTHER_STATES)) {
        await page.evaluate(({ snapshot, recorders }) => {
          const old = document.querySelector("callseal-panel");
          const panel = /** @type {any} */ (document.createElement("callseal-panel"));
          panel.callseal = { calls: new Map([[snapshot.call_id, snapshot]]), on: () => () => undefined };
          panel.recorders = recorders;
          old?.replaceWith(panel);
        }, { snapshot: { ...CALL, ...changes }, recorders: state === "other-recorders" ? REPORTS : [] });
        await page.locator("callseal-panel article").waitFor();
        await page.locator("callseal-panel details.law summary").click();
        await page.screenshot({ path: join(SCREENSHOTS, `${name}-${state}.png`), fullPage: name === "narrow" });
        assert.deepEqual(await violations(page), [], state);
        // What is destroyed is neither recorded nor stored: no length and no progress is shown of it.
        if (state === "shredded") assert.equal(await page.locator("callseal-panel article dl").count(), 0);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.equal(overflow, 0, `${state}: the page is ${overflow} px too wide`);
      }
      const names = await page.locator("callseal-panel .parties button").evaluateAll((buttons) => buttons.map((button) => button.getAttribute("aria-label")));
      assert.deepEqual(names, ["Customer: Stop: consent withdrawn", "Party 2: Yes, record", "Party 2: No recording"]);
    }));
}

test("an agent works by keyboard alone, and screen readers are told of each state", () =>
  withInstallation(async (installation) => {
    const desktop = await installation.open({ agent: AGENT_CLIP, customer: CUSTOMER_CLIP });
    const { page } = desktop;
    const { keyboard } = page;
    /** Tabs until an element has the focus. @param {string} selector @param {"Tab" | "Shift+Tab"} [key] */
    const tabTo = async (selector, key = "Tab") => {
      for (let count = 0; count < 60; count += 1) {
        await keyboard.press(key);
        if (await page.locator(selector).evaluateAll((elements) => elements.some((element) => element.matches(":focus-visible")))) return;
      }
      assert.fail(`${selector} cannot be reached by Tab`);
    };
    const spoken = page.locator("callseal-panel [role=status]").first();

    await tabTo(".skip");
    await keyboard.press("Enter");
    await tabTo("#call-in");
    await keyboard.press("Enter");
    await snapshot(desktop, ({ phase }) => phase === "asking", "the question");
    assert.match((await spoken.textContent()) ?? "", /Waiting for the answer.*May we record this call for quality\?/s);
    await tabTo("callseal-panel [data-action=yes]");
    await keyboard.press("Space");
    await snapshot(desktop, ({ recording }) => recording, "the recording");
    await page.locator("callseal-panel [data-tone=recording]").waitFor();
    assert.match((await spoken.textContent()) ?? "", /^Recording\./);
    // Back: behind the page's last element Firefox goes on to its own tool bar.
    await tabTo("#card-number", "Shift+Tab");
    await keyboard.type("4111");
    await snapshot(desktop, ({ redacting }) => redacting, "the cut");
    await page.locator("callseal-panel [data-tone=cut]").waitFor();
    // The way back leads through the card's other fields, and the first of them is what the cut began with.
    assert.match((await spoken.textContent()) ?? "", /Not recording — security code/);
    await tabTo("#take-payment");
    await tabTo("#hang-up");
    await keyboard.press("Enter");
    const report = await closed(desktop);
    assert.equal(report.outcome, "recorded");
    assert.equal(report.consent_events.find(({ answer }) => answer === "yes")?.method, "agent_button");
  }));

/**
 * @param {import("playwright-core").Page} page
 * @returns {Promise<string[]>} rule and element of each violation
 */
async function violations(page) {
  // Over the debugger: the page's own policy lets no such script in.
  await page.evaluate(AXE);
  const results = await page.evaluate(async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    // @ts-expect-error axe is the script above
    const { violations } = await window.axe.run(document, { runOnly: { type: "tag", values: tags } });
    return violations;
  });
  return results.flatMap((/** @type {{id: string, nodes: {target: unknown}[]}} */ { id, nodes }) => nodes.map(({ target }) => `${id}: ${JSON.stringify(target)}`));
}
