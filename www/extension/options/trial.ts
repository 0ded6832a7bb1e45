/**
 * Trying a configuration out.
 *
 * Owns asking the engine itself, which alone knows what is wrong with one: it is started and ended at once. Must never record.
 */
import { createWorker, startEngine } from "../../../pkg/engine.mjs";
import { sensorSettings } from "../../../pkg/sensor/settings.mjs";
import { Storage } from "../../../pkg/storage.mjs";
import { Emitter } from "../../../pkg/emitter.mjs";
import { engineConfig } from "../hub/engine-config";
import { settingsFrom, type Stored } from "../shared/settings";

/** How long the engine may take to say yes or no, milliseconds. */
const LIMIT_MS = 15_000;

/** @returns what is wrong, in a sentence that names the member; null if nothing is */
export async function problemWith(stored: Stored): Promise<string | null> {
  const { configuration, problem } = settingsFrom(stored);
  if (problem !== null) return "This is no JSON object.";
  if (configuration === null) return null;
  try {
    sensorSettings(configuration.detection);
    const engine = await startEngine({
      worker: createWorker(undefined, undefined),
      config: engineConfig(configuration, new Storage(() => {}, new Emitter())),
      timeoutMs: LIMIT_MS,
      receive: () => {},
      died: () => {},
    });
    engine.end();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
