// @ts-check
/**
 * The line to the engine's Worker.
 *
 * Owns: starting the Worker, the handshake, and noticing that the engine is dead. Must never carry on with an
 * engine that failed once: what it would decide then is not to be relied on.
 */
import { CallsealError } from "./errors.mjs";
import { engineMessage } from "./messages.mjs";
import { PROTOCOL_VERSION } from "./protocol.mjs";

/** @typedef {import("./protocol.mjs").PageMessage} PageMessage */
/** @typedef {import("./protocol.mjs").EngineMessage} EngineMessage */

export class Engine {
  /** @type {Worker} */
  #worker;
  /** @type {(message: EngineMessage) => void} */
  #receive;
  /** @type {(error: CallsealError) => void} */
  #died;
  #dead = false;

  /**
   * @param {Worker} worker
   * @param {(message: EngineMessage) => void} receive
   * @param {(error: CallsealError) => void} died  called once
   */
  constructor(worker, receive, died) {
    this.#worker = worker;
    this.#receive = receive;
    this.#died = died;
    worker.onmessage = ({ data }) => this.#message(data);
    worker.onerror = (event) => {
      // The message may quote data; the place may not.
      event.preventDefault();
      this.fail(new CallsealError("engine/failed", `The engine failed (${event.filename || "load"}:${event.lineno ?? 0}).`));
    };
    worker.onmessageerror = () => {
      this.fail(new CallsealError("engine/failed", "A message of the engine could not be read."));
    };
  }

  get dead() {
    return this.#dead;
  }

  /**
   * @param {PageMessage} message
   * @param {Transferable[]} [transfer]
   */
  post(message, transfer = []) {
    if (!this.#dead) this.#worker.postMessage(message, transfer);
  }

  /** @param {CallsealError} error for which the engine is given up */
  fail(error) {
    if (this.#dead) return;
    this.end();
    this.#died(error);
  }

  /** Ends the Worker, without a word. */
  end() {
    this.#dead = true;
    this.#worker.onmessage = this.#worker.onerror = this.#worker.onmessageerror = null;
    this.#worker.terminate();
  }

  /** @param {unknown} data */
  #message(data) {
    if (this.#dead) return;
    const message = engineMessage(data);
    if (message === null) {
      this.fail(new CallsealError("engine/bad-message", "The engine sent what is not in the protocol."));
      return;
    }
    this.#receive(message);
  }
}

/**
 * @param {object} options
 * @param {Worker} options.worker
 * @param {object} options.config   for the engine alone; it says what is wrong with it
 * @param {number} options.timeoutMs
 * @param {(message: EngineMessage) => void} options.receive  everything after `ready`
 * @param {(error: CallsealError) => void} options.died       a death after `ready`
 * @param {string[]} [options.resumes]  calls of an engine that died: this one will be told to go on with them
 * @returns {Promise<Engine>}
 * @throws {CallsealError} (rejects) `engine/load-failed`, `engine/timeout`, `engine/protocol-mismatch`, or the engine's own
 */
export function startEngine({ worker, config, timeoutMs, receive, died, resumes = [] }) {
  return new Promise((resolve, reject) => {
    let ready = false;
    /** @param {CallsealError} error */
    const refuse = (error) => {
      clearTimeout(timer);
      engine.end();
      reject(error);
    };
    const engine = new Engine(
      worker,
      (message) => {
        if (ready) return receive(message);
        if (message.kind === "error") return refuse(new CallsealError(message.code, message.message, message));
        if (message.kind !== "ready") return;
        if (message.protocol !== PROTOCOL_VERSION) {
          return refuse(new CallsealError("engine/protocol-mismatch", "The engine is of another version than the page's part."));
        }
        ready = true;
        clearTimeout(timer);
        resolve(engine);
      },
      (error) => {
        if (ready) return died(error);
        clearTimeout(timer);
        reject(
          new CallsealError(
            "engine/load-failed",
            "The engine could not be loaded. Are workerUrl and wasmUrl served, and allowed by worker-src and script-src 'wasm-unsafe-eval'?",
            { cause: error },
          ),
        );
      },
    );
    const timer = setTimeout(
      () => refuse(new CallsealError("engine/timeout", "The engine did not become ready in time.", { retryable: true })),
      timeoutMs,
    );
    engine.post({ kind: "init", protocol: PROTOCOL_VERSION, config, resumes });
  });
}

/**
 * @param {string | URL | undefined} workerUrl
 * @param {string | URL | undefined} wasmUrl
 * @returns {Worker}
 * @throws {CallsealError} `engine/load-failed`
 */
export function createWorker(workerUrl, wasmUrl) {
  // The name tells the Worker where its Wasm lies, before the first message.
  const name = wasmUrl === undefined ? "callseal" : `callseal ${new URL(wasmUrl, document.baseURI).href}`;
  try {
    return workerUrl === undefined
      ? new Worker(new URL("./worker.mjs", import.meta.url), { type: "module", name })
      : new Worker(workerUrl, { type: "module", name });
  } catch (cause) {
    throw new CallsealError("engine/load-failed", "The engine's Worker could not be created. Is workerUrl of the page's own origin?", { cause });
  }
}
