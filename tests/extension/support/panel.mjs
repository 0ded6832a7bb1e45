// @ts-check
/**
 * Reads and presses a panel as the agent does.
 *
 * Owns the waiting. Must never call anything in the panel's page.
 */

/** @typedef {import("playwright-core").Page | import("playwright-core").Frame} Surface */

/**
 * Waits until a call is in a phase.
 * @param {Surface} panel
 * @param {string} phase
 * @param {number} [limitMs]
 * @returns {Promise<string>} the call's id
 */
export async function untilPhase(panel, phase, limitMs = 30_000) {
  const card = panel.locator(`callseal-panel [data-phase="${phase}"]`).first();
  try {
    await card.waitFor({ timeout: limitMs });
  } catch {
    throw new Error(`no call came to be ${phase}; the panel says: ${await panel.locator("body").innerText()} ${await panel.locator("callseal-panel").innerText()}`);
  }
  return (await card.getAttribute("data-call")) ?? "";
}

/**
 * @param {Surface} panel
 * @param {string} action
 */
export async function press(panel, action) {
  await panel.locator(`callseal-panel button[data-action="${action}"]`).first().click();
}

/**
 * @param {() => boolean | Promise<boolean>} condition
 * @param {string} what
 * @param {number} [limitMs]
 */
export async function until(condition, what, limitMs = 30_000) {
  const deadline = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited ${limitMs / 1000} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
