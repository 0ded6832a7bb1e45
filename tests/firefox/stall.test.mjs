// @ts-check
/**
 * A click into a page of Firefox that hangs, by a real mouse: WebDriver BiDi would wait until the page listens again, and
 * Firefox does not tell pages whether input is waiting.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { launchFirefox } from "../../scripts/demo/firefox.mjs";
import { serve } from "../page/support/server.mjs";
import { startScreen } from "../support/screen.mjs";

const FORM = '<p><input id="name"></p><p><input id="number" autocomplete="cc-number"></p>';

/** How long the page hangs, and when in it the mouse is clicked, in milliseconds. */
const STALL_MS = 1_500;
const CLICK_AFTER_MS = 400;

/** @param {number} ms */
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

test("a click that came while the page hung is reported before the answer to a challenge behind it", async () => {
  const server = await serve();
  const screen = await startScreen();
  const browser = await launchFirefox({ display: screen.display });
  const xdotool = (/** @type {string[]} */ ...words) => execFileSync("xdotool", words, { env: { ...process.env, DISPLAY: screen.display } });
  try {
    const page = await (await browser.newContext({ viewport: null })).newPage();
    await page.goto(`${server.url}/page?${new URLSearchParams([["script", "/pkg/tap.mjs"], ["script", "/pages/lab.mjs"], ["body", FORM]])}`);
    await page.waitForFunction(() => "lab" in globalThis);
    const places = await page.evaluate(async (stallMs) => {
      const { Sensor } = await import(/** @type {string} */ ("/pkg/sensor.mjs"));
      /** @type {string[]} */
      const posted = [];
      const sensor = new Sensor((/** @type {any} */ { kind }) => posted.push(kind));
      sensor.start();
      let overAt = 0;
      document.querySelector("#name")?.addEventListener("keydown", () => {
        overAt = performance.now() + stallMs;
        while (performance.now() < overAt);
        posted.length = 0;
        // The challenge is the first thing the page gets to see after the stall.
        sensor.challenge("after the click");
      });
      document.querySelector("#number")?.addEventListener("mousedown", (event) => Object.assign(globalThis, { clickedMs: event.timeStamp - overAt }));
      Object.assign(globalThis, { posted });
      const { mozInnerScreenX: left, mozInnerScreenY: top } = /** @type {any} */ (globalThis);
      return ["#name", "#number"].map((selector) => {
        const { x, y } = document.querySelector(selector)?.getBoundingClientRect() ?? new DOMRect();
        return [left + x + 20, top + y + 8].map((place) => String(Math.round(place)));
      });
    }, STALL_MS);
    await page.bringToFront();
    const [name = [], number = []] = places;
    xdotool("mousemove", ...name, "click", "1");
    await page.waitForFunction(() => document.activeElement?.id === "name");
    xdotool("key", "a");
    await wait(CLICK_AFTER_MS);
    xdotool("mousemove", ...number, "click", "1");
    await page.waitForFunction(() => /** @type {any} */ (globalThis).posted.includes("sensor_answer"));
    const { posted, clickedMs } = await page.evaluate(() => {
      const { posted, clickedMs } = /** @type {any} */ (globalThis);
      return { posted, clickedMs };
    });
    assert.ok(clickedMs < 0, `the click came in the stall: ${clickedMs} ms behind its end`);
    assert.deepEqual(posted.filter((/** @type {string} */ kind) => kind !== "text_seen"), ["field_begin", "sensor_answer"]);
  } finally {
    await browser.close();
    screen.stop();
    await server.close();
  }
});
