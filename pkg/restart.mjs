// @ts-check
/**
 * An engine that lasts: when its Worker dies, another one goes on with the calls.
 *
 * Owns: when a death is answered by another start and when it is final, what the next engine has to be told of each call,
 * and that no word of the page is lost meanwhile, a no least of all. Must never decide what is recorded: the next engine
 * believes its own signed ledger, and asks again where that is not enough.
 */
import { startEngine } from "./engine.mjs";
import { CallsealError } from "./errors.mjs";
import { CallMemory } from "./restart/call-memory.mjs";

/** @typedef {import("./engine.mjs").Engine} Engine */
/** @typedef {import("./protocol.mjs").EngineMessage} EngineMessage */
/** @typedef {import("./protocol.mjs").PageMessage} PageMessage */

/** What kills one engine after the other is no accident: so many starts within this time, in milliseconds, then it is over. */
const MOST_RESTARTS = 3;
const RESTARTS_WITHIN_MS = 600_000;

/** Pauses before the first start after a death, the second and the third, in milliseconds. */
const PAUSES_MS = [100, 1_000, 4_000];

/** An engine with a call gives a picture twice a second; looked after this often, in milliseconds. */
const HEARTBEAT_MS = 5_000;

/** So many looks in a row at an engine that said nothing, while the page itself ran: it hangs. */
const MOST_SILENT_LOOKS = 3;

/**
 * @typedef {object} LastingHost
 * @property {() => Worker} createWorker
 * @property {{consent?: {answeredBy?: string}} & object} config
 * @property {number} timeoutMs
 * @property {(message: EngineMessage) => void} receive
 * @property {() => void} restarted           another engine is ready: sensors join it, audio goes to it
 * @property {(callIds: string[], error: CallsealError) => void} interrupted  nothing of these is recorded until it is
 * @property {(callId: string, error: CallsealError) => void} lost  nothing more of this call is recorded
 * @property {(error: CallsealError) => void} died  for good
 */

export class LastingEngine {
  /** @type {LastingHost} */
  #host;
  /** @type {Engine | null} null while the next one starts */
  #engine = null;
  #dead = false;
  /** @type {Map<string, CallMemory>} */
  #calls = new Map();
  /** What no call waits for alone, while there is no engine. @type {PageMessage[]} */
  #waiting = [];
  /** When engines were started after a death, by performance.now(). @type {number[]} */
  #restarts = [];
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #looking;
  #heard = true;
  #silentLooks = 0;
  #lookedAt = 0;

  /**
   * @param {LastingHost} host
   * @returns {Promise<LastingEngine>}
   * @throws {CallsealError} (rejects) as `startEngine`: a first start that fails is final
   */
  static async start(host) {
    const lasting = new LastingEngine(host);
    await lasting.#start([]);
    lasting.#looking = setInterval(() => lasting.#look(), HEARTBEAT_MS);
    return lasting;
  }

  /** @param {LastingHost} host */
  constructor(host) {
    this.#host = host;
  }

  get dead() {
    return this.#dead;
  }

  /**
   * @param {PageMessage} message
   * @param {Transferable[]} [transfer]
   */
  post(message, transfer = []) {
    if (this.#dead) return;
    const callId = "call_id" in message ? message.call_id : null;
    const call = callId === null ? undefined : this.#memoryOf(callId, message);
    call?.note(message);
    if (call?.isWaiting === true) call.keep(message, transfer);
    else if (this.#engine !== null) this.#engine.post(message, transfer);
    // What sensors saw they say again themselves, to an engine that they have joined.
    else if (!("context_id" in message)) this.#waiting.push(message);
  }

  /** @param {CallsealError} error for which the engine is given up */
  fail(error) {
    this.#engine?.fail(error);
  }

  /** Ends the Worker, without a word. */
  end() {
    this.#dead = true;
    clearInterval(this.#looking);
    this.#engine?.end();
    this.#engine = null;
  }

  /**
   * @param {string} callId
   * @param {PageMessage} message
   * @returns {CallMemory | undefined}
   */
  #memoryOf(callId, message) {
    if (message.kind === "call_open") {
      this.#calls.set(callId, new CallMemory(callId, this.#host.config.consent?.answeredBy ?? "media"));
    }
    return this.#calls.get(callId);
  }

  /**
   * @param {string[]} resumes  calls that the engine must not take for left behind
   * @returns {Promise<Engine>}
   */
  async #start(resumes) {
    const { createWorker, config, timeoutMs } = this.#host;
    const engine = await startEngine({
      worker: createWorker(),
      config,
      timeoutMs,
      resumes,
      receive: (message) => this.#receive(message),
      died: (error) => void this.#died(error),
    });
    this.#engine = engine;
    this.#heard = true;
    this.#silentLooks = 0;
    return engine;
  }

  /** @param {EngineMessage} message */
  #receive(message) {
    this.#heard = true;
    if (message.kind === "state") this.#calls.get(message.snapshot.call_id)?.seen(message.snapshot);
    if (message.kind === "call_closed") this.#calls.delete(message.call_id);
    if (message.kind === "call_resumed") return this.#resumed(message.call_id, message.outcome);
    this.#host.receive(message);
  }

  /** @param {CallsealError} error */
  async #died(error) {
    this.#engine = null;
    const now = performance.now();
    this.#restarts = this.#restarts.filter((at) => now - at < RESTARTS_WITHIN_MS);
    const tries = this.#restarts.length;
    if (tries >= MOST_RESTARTS) return this.#end(error);
    this.#restarts.push(now);
    const resumable = [...this.#calls.values()].filter((call) => call.mayGoOn);
    for (const call of [...this.#calls.values()]) {
      if (!resumable.includes(call)) this.#lose(call.callId, error);
    }
    for (const call of resumable) call.wait();
    this.#host.interrupted(resumable.map(({ callId }) => callId), error);
    await new Promise((resolve) => setTimeout(resolve, PAUSES_MS[tries]));
    if (this.#stopped()) return;
    /** @type {Engine} */
    let engine;
    try {
      engine = await this.#start(resumable.map(({ callId }) => callId));
    } catch {
      return this.#end(error);
    }
    // The page may have stopped it meanwhile.
    if (this.#stopped()) return engine.end();
    this.#host.restarted();
    for (const message of this.#waiting.splice(0)) engine.post(message);
    // Also of a call that has ended meanwhile: its ledger gets its end.
    for (const call of resumable) engine.post(call.resumption());
  }

  #stopped() {
    return this.#dead;
  }

  /**
   * @param {string} callId
   * @param {"goes_on" | "begins_anew" | "refused"} outcome
   */
  #resumed(callId, outcome) {
    const call = this.#calls.get(callId);
    if (call === undefined) return;
    if (outcome === "refused") {
      return this.#lose(callId, new CallsealError("engine/failed", "The engine failed, and the call cannot go on.", { callId }));
    }
    for (const [message, transfer] of call.goOn(outcome)) this.#engine?.post(message, transfer);
  }

  /**
   * @param {string} callId
   * @param {CallsealError} error
   */
  #lose(callId, error) {
    this.#calls.delete(callId);
    this.#host.lost(callId, error);
  }

  /** @param {CallsealError} error */
  #end(error) {
    this.end();
    this.#host.died(error);
  }

  /** Looks whether the engine of a call still says something. */
  #look() {
    const now = performance.now();
    // A page that slept itself has heard nothing, and says nothing by that.
    const pageRan = now - this.#lookedAt < 2 * HEARTBEAT_MS;
    this.#lookedAt = now;
    const speaks = this.#heard || this.#engine === null || ![...this.#calls.values()].some((call) => call.isShown);
    this.#heard = false;
    this.#silentLooks = speaks || !pageRan ? 0 : this.#silentLooks + 1;
    if (this.#silentLooks >= MOST_SILENT_LOOKS) {
      this.fail(new CallsealError("engine/failed", "The engine has said nothing for a while; it hangs."));
    }
  }
}
