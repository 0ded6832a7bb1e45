// @ts-check
/**
 * Runs the keeper: snapshots and timers in, requests to the adapters and reports out.
 *
 * Owns: the requests under way and their end. Must never: decide; that is the keeper's.
 */
import { codeOf, CallsealError } from "../errors.mjs";
import { RecorderKeeper } from "./control.mjs";
import { DEFAULT_LIMITS } from "./leg.mjs";

/** @typedef {import("../recorders.d.ts").AttachedRecorders} AttachedRecorders */
/** @typedef {import("../recorders.d.ts").AttachOptions} AttachOptions */
/** @typedef {import("../recorders.d.ts").KeeperEffect} KeeperEffect */
/** @typedef {import("../recorders.d.ts").RecorderControl} RecorderControl */
/** @typedef {import("../recorders.d.ts").RecorderReport} RecorderReport */
/** @typedef {import("../recorders.d.ts").RecorderSource} RecorderSource */
/** @typedef {import("../protocol.mjs").Snapshot} Snapshot */

/** Reports of so many calls are kept, as the facade keeps the last calls. */
const KEPT_CALLS = 20;

/**
 * @param {RecorderSource} callseal
 * @param {readonly RecorderControl[]} recorders
 * @param {AttachOptions} options
 * @returns {AttachedRecorders}
 * @throws {CallsealError} `recorder/config`
 */
export function attachRecorders(callseal, recorders, options) {
  check(recorders, options);
  return new Attached(callseal, recorders, options);
}

/** @implements {AttachedRecorders} */
class Attached extends EventTarget {
  #callseal;
  #recorders;
  #options;
  #keeper;
  /** Of this page's demands: the keeper counts them, and what counts them begins anew with each page. */
  #session = crypto.randomUUID();
  /** @type {Map<number, AbortController>} */
  #underWay = new Map();
  /** By call, then by recorder. @type {Map<string, Map<string, RecorderReport>>} */
  #reports = new Map();
  /** @type {ReturnType<typeof setTimeout> | null} */
  #timer = null;
  #unsubscribe;
  #stopped = false;

  /**
   * @param {RecorderSource} callseal
   * @param {readonly RecorderControl[]} recorders
   * @param {AttachOptions} options
   */
  constructor(callseal, recorders, options) {
    super();
    this.#callseal = callseal;
    this.#recorders = recorders;
    this.#options = options;
    this.#keeper = new RecorderKeeper(
      recorders.map(({ name, state }) => ({ name, readsBack: state !== undefined })),
      limitsOf(options),
    );
    this.#unsubscribe = callseal.on("state", (snapshot) => this.#take(snapshot));
    for (const snapshot of callseal.calls.values()) this.#take(snapshot);
  }

  get reports() {
    return [...this.#reports.values()].flatMap((ofCall) => [...ofCall.values()]);
  }

  /**
   * @param {string} callId
   * @throws {CallsealError} `call/unknown`
   */
  hold(callId) {
    // Nothing would ever end a pause of a call that does not run.
    const phase = this.#callseal.calls.get(callId)?.phase ?? "closed";
    if (phase === "closed" || phase === "closing") {
      throw new CallsealError("call/unknown", "There is no running call with this id.", { callId });
    }
    this.#run(this.#keeper.cut(callId, "host", true, performance.now()));
  }

  /** @param {string} callId */
  release(callId) {
    this.#run(this.#keeper.release(callId, performance.now()));
  }

  stop() {
    this.#stopped = true;
    this.#unsubscribe();
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const controller of this.#underWay.values()) controller.abort();
    this.#underWay.clear();
  }

  /**
   * What is cut out is cut out because of a field, or because somebody has not agreed; while the latter, a snapshot does not
   * tell of the former. A snapshot of a call that is not recorded tells of neither: then nobody knows, and it stays.
   * @param {Snapshot} snapshot
   */
  #take({ call_id: callId, phase, recording, redacting, paused }) {
    const nowMs = performance.now();
    if (phase === "closed" || phase === "closing") return this.#run(this.#keeper.end(callId, nowMs));
    if (redacting || paused) return this.#run(this.#keeper.cut(callId, "callseal", true, nowMs));
    if (recording) return this.#run(this.#keeper.cut(callId, "callseal", false, nowMs));
    return this.#run(this.#keeper.blind(callId, nowMs));
  }

  /**
   * Snapshots come often, also where timers are throttled: each is an occasion for what is due.
   * @param {readonly KeeperEffect[]} effects
   */
  #run(effects) {
    if (this.#stopped) return;
    for (const effect of [...effects, ...this.#keeper.advance(performance.now())]) {
      if (effect.kind === "report") this.#tell(effect.report);
      else if (effect.kind === "cancel") this.#cancel(effect.id);
      else void this.#ask(effect);
    }
    this.#arm();
  }

  #arm() {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const dueMs = this.#keeper.nextDueMs();
    if (dueMs === null || this.#stopped) return;
    this.#timer = setTimeout(() => this.#run([]), Math.max(0, Math.ceil(dueMs - performance.now())));
  }

  /** @param {number} id */
  #cancel(id) {
    this.#underWay.get(id)?.abort();
    this.#underWay.delete(id);
  }

  /** @param {Extract<KeeperEffect, {kind: "request"}>} effect */
  async #ask({ id, action, index, callId, demand, attempt, reference }) {
    const controller = new AbortController();
    this.#underWay.set(id, controller);
    const { signal } = controller;
    /** @type {KeeperEffect[]} */
    let effects;
    try {
      const recorder = this.#recorders[index];
      const operation = recorder?.[action];
      if (recorder === undefined || operation === undefined) throw new CallsealError("recorder/failed", "There is no such operation.");
      const ids = await this.#options.identify(callId, recorder.name);
      if (ids === null || ids === undefined) throw new CallsealError("recorder/unknown-call", "The vendor's ids of the call are not known.");
      if (signal.aborted) return;
      const request = { callId, ids, idempotencyKey: `${this.#session}.${demand}`, attempt, reference };
      const answer = await operation.call(recorder, request, { signal });
      if (typeof answer?.state !== "string") throw new CallsealError("recorder/answer-invalid", "The adapter told no state.");
      effects = this.#keeper.answered(id, answer, performance.now());
    } catch (error) {
      effects = this.#keeper.failed(id, codeOf(error, "recorder/failed"), performance.now());
    }
    this.#underWay.delete(id);
    this.#run(effects);
  }

  /** @param {RecorderReport} report */
  #tell(report) {
    const ofCall = this.#reports.get(report.callId) ?? new Map();
    ofCall.set(report.recorder, report);
    // The call that was told of last stands last.
    this.#reports.delete(report.callId);
    this.#reports.set(report.callId, ofCall);
    for (const old of [...this.#reports.keys()].slice(0, Math.max(0, this.#reports.size - KEPT_CALLS))) this.#reports.delete(old);
    try {
      this.#options.onReport?.(report);
    } catch (error) {
      // The host's fault, to be seen in its console, and no reason to miss what comes next.
      reportError(error);
    }
    this.dispatchEvent(new CustomEvent("report", { detail: report }));
  }
}

/**
 * @param {AttachOptions} options
 * @returns {import("../recorders.d.ts").RecorderLimits}
 */
function limitsOf(options) {
  const names = /** @type {(keyof typeof DEFAULT_LIMITS)[]} */ (Object.keys(DEFAULT_LIMITS));
  return Object.fromEntries(names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])));
}

/**
 * @param {readonly RecorderControl[]} recorders
 * @param {AttachOptions} options
 * @throws {CallsealError} `recorder/config`
 */
function check(recorders, options) {
  if (typeof options?.identify !== "function") throw new CallsealError("recorder/config", "`identify` has to be a function.");
  if (new Set(recorders.map(({ name }) => name)).size !== recorders.length) {
    throw new CallsealError("recorder/config", "Recorders need different names.");
  }
  for (const [name, value] of Object.entries(limitsOf(options))) {
    const least = name === "graceMs" || name === "recheckMs" ? 0 : 1;
    if (!Number.isFinite(value) || value < least) throw new CallsealError("recorder/config", `\`${name}\` is not a usable number.`);
  }
}
