// @ts-check
/**
 * A screen that nobody looks at (Xvfb), for browsers with real windows.
 *
 * Owns its life. Must never touch another screen.
 */
import { spawn } from "node:child_process";

/**
 * @returns {Promise<{display: string, stop: () => void}>}
 * @throws {Error} (rejects) if it does not start
 */
export async function startScreen() {
  const screen = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"], {
    stdio: ["ignore", "ignore", "inherit", "pipe"],
  });
  const display = await new Promise((resolve, reject) => {
    screen.on("error", reject);
    screen.on("exit", (status) => reject(new Error(`Xvfb ended with status ${status}`)));
    screen.stdio[3]?.once("data", (/** @type {Buffer} */ data) => resolve(`:${data.toString().trim()}`));
  });
  return {
    display,
    stop() {
      screen.removeAllListeners("exit");
      screen.kill();
    },
  };
}
