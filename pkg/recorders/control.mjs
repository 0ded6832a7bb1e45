// @ts-check
/**
 * Keeps other recorders paused while something is cut out: who is asked what, when again, and what is reported.
 *
 * Owns: the decisions. A state machine without clock, timers and requests: inputs come with the time, outputs are effects.
 * Must never: call a pause confirmed that the recorder itself did not confirm, resume what it did not pause, resume while
 * anything is cut out, or have two requests for the same recording under way, whose order nobody could know.
 */
import { DEFAULT_LIMITS, DEFINITE, LONGEST_RETRY_MS, newLeg, WITHOUT_EFFECT } from "./leg.mjs";

/** @typedef {import("../recorders.d.ts").KeeperEffect} KeeperEffect */
/** @typedef {import("../recorders.d.ts").RecorderAnswer} RecorderAnswer */
/** @typedef {import("../recorders.d.ts").RecorderLimits} RecorderLimits */
/** @typedef {import("../recorders.d.ts").RecorderReport} RecorderReport */
/** @typedef {import("../recorders.d.ts").RecorderState} RecorderState */
/** @typedef {import("./leg.mjs").Action} Action */
/** @typedef {import("./leg.mjs").Call} Call */
/** @typedef {import("./leg.mjs").Leg} Leg */
/** @typedef {import("./leg.mjs").Wanted} Wanted */

export class RecorderKeeper {
  #recorders;
  #limits;
  /** @type {Map<string, Call>} */
  #calls = new Map();
  /** Which leg a request belongs to. @type {Map<number, {call: Call, leg: Leg}>} */
  #requests = new Map();
  #lastRequest = 0;
  #lastDemand = 0;

  /**
   * @param {readonly {name: string, readsBack: boolean}[]} recorders
   * @param {RecorderLimits} [limits]
   */
  constructor(recorders, limits = {}) {
    this.#recorders = recorders;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  /**
   * @param {string} callId
   * @param {"callseal" | "host"} source
   * @param {boolean} cutting
   * @param {number} nowMs
   * @returns {KeeperEffect[]}
   */
  cut(callId, source, cutting, nowMs) {
    const known = this.#calls.get(callId);
    if (known?.ended || (known === undefined && !cutting)) return [];
    const call = known ?? this.#open(callId);
    if (source === "callseal") call.blind = false;
    const before = call.cutting.size > 0;
    if (cutting) call.cutting.add(source);
    else call.cutting.delete(source);
    if (call.cutting.size > 0) {
      call.resumeAtMs = null;
      /** @type {KeeperEffect[]} */
      const effects = [];
      for (const leg of call.legs) {
        if (leg.wanted !== "paused") this.#demand(call, leg, "paused", nowMs, effects);
        // It was held because nobody could tell; now somebody can.
        else if (leg.report?.code === "recorder/held") this.#confirm(call, leg, leg.report.proof ?? "answer", nowMs, effects);
      }
      return this.#settle(call, nowMs, effects);
    }
    if (before) call.resumeAtMs = nowMs + this.#limits.graceMs;
    return this.#settle(call, nowMs, []);
  }

  /**
   * @param {string} callId
   * @param {number} nowMs
   * @returns {KeeperEffect[]}
   */
  blind(callId, nowMs) {
    const call = this.#calls.get(callId);
    if (call === undefined || call.ended || call.blind || !call.cutting.has("callseal")) return [];
    call.blind = true;
    /** @type {KeeperEffect[]} */
    const effects = [];
    for (const leg of call.legs) {
      if (leg.satisfied && leg.report?.code === null) this.#confirm(call, leg, leg.report.proof ?? "answer", nowMs, effects);
    }
    return this.#settle(call, nowMs, effects);
  }

  /**
   * @param {string} callId
   * @param {number} nowMs
   * @returns {KeeperEffect[]}
   */
  release(callId, nowMs) {
    const call = this.#calls.get(callId);
    if (call === undefined) return [];
    return [
      ...(call.blind ? this.cut(callId, "callseal", false, nowMs) : []),
      ...this.cut(callId, "host", false, nowMs),
    ];
  }

  /**
   * The call is over for Callseal, and with it every stretch: what is paused because of it is let go.
   * @param {string} callId
   * @param {number} nowMs
   * @returns {KeeperEffect[]}
   */
  end(callId, nowMs) {
    const call = this.#calls.get(callId);
    if (call === undefined || call.ended) return [];
    call.ended = true;
    call.blind = false;
    call.cutting.clear();
    call.resumeAtMs = nowMs;
    /** @type {KeeperEffect[]} */
    const effects = [];
    for (const leg of call.legs) {
      // It could not be resumed before; now nobody will try any more.
      if (leg.wanted === "recording" && leg.report?.state === "failed") {
        this.#report(call, leg, "failed", leg.report.code, null, nowMs, effects);
      }
    }
    return this.#settle(call, nowMs, effects);
  }

  /**
   * @param {number} id
   * @param {RecorderAnswer} answer
   * @param {number} nowMs
   * @returns {KeeperEffect[]}
   */
  answered(id, answer, nowMs) {
    const found = this.#take(id);
    if (found === null) return [];
    const { call, leg, request } = found;
    /** @type {KeeperEffect[]} */
    const effects = [];
    if (answer.reference !== undefined) leg.reference = answer.reference;
    // It goes on recording, so this request has changed nothing; an earlier one that was lost still may.
    if (request.action === "pause" && answer.state === "recording") leg.ours = request.oursBefore;
    // It has ended: nothing can be resumed.
    if (answer.state === "stopped") leg.ours = false;
    if (request.action === "state") this.#looked(call, leg, answer.state, nowMs, effects);
    else if ((request.action === "pause") === (leg.wanted === "paused")) this.#heard(call, leg, answer.state, nowMs, effects);
    return this.#settle(call, nowMs, effects);
  }

  /**
   * @param {number} id
   * @param {string} code
   * @param {number} nowMs
   * @returns {KeeperEffect[]}
   */
  failed(id, code, nowMs) {
    const found = this.#take(id);
    if (found === null) return [];
    /** @type {KeeperEffect[]} */
    const effects = [];
    this.#lost(found.call, found.leg, found.request, code, nowMs, effects);
    return this.#settle(found.call, nowMs, effects);
  }

  /**
   * @param {number} nowMs
   * @returns {KeeperEffect[]}
   */
  advance(nowMs) {
    return [...this.#calls.values()].flatMap((call) => this.#settle(call, nowMs, []));
  }

  /** @returns {number | null} */
  nextDueMs() {
    /** @type {number[]} */
    const due = [];
    for (const call of this.#calls.values()) {
      if (call.resumeAtMs !== null) due.push(call.resumeAtMs);
      for (const leg of call.legs) {
        if (leg.wanted === null) continue;
        if (leg.report?.state === "requested") due.push(leg.sinceMs + this.#limits.confirmWithinMs);
        if (leg.request !== null) due.push(leg.request.deadlineMs);
        else if (leg.satisfied) due.push(leg.checkAtMs ?? Infinity);
        else if (!this.#givenUp(call, leg) && !this.#tooLate(call, leg)) due.push(leg.retryAtMs);
      }
    }
    const first = Math.min(...due);
    return Number.isFinite(first) ? first : null;
  }

  /**
   * @param {string} id
   * @returns {Call}
   */
  #open(id) {
    /** @type {Call} */
    const call = {
      id,
      cutting: new Set(),
      blind: false,
      ended: false,
      resumeAtMs: null,
      legs: this.#recorders.map((_, index) => newLeg(index)),
    };
    this.#calls.set(id, call);
    return call;
  }

  /**
   * Everything that is due for a call at this time.
   * @param {Call} call
   * @param {number} nowMs
   * @param {KeeperEffect[]} effects
   * @returns {KeeperEffect[]} the same
   */
  #settle(call, nowMs, effects) {
    for (const leg of call.legs) this.#expire(call, leg, nowMs, effects);
    if (call.resumeAtMs !== null && nowMs >= call.resumeAtMs) {
      call.resumeAtMs = null;
      for (const leg of call.legs) this.#letGo(call, leg, nowMs, effects);
    }
    for (const leg of call.legs) this.#act(call, leg, nowMs, effects);
    if (call.ended && call.resumeAtMs === null && call.legs.every((leg) => this.#over(call, leg))) this.#calls.delete(call.id);
    return effects;
  }

  /**
   * The stretch is over: back to recording, if it is us who paused it.
   * @param {Call} call
   * @param {Leg} leg
   * @param {number} nowMs
   * @param {KeeperEffect[]} effects
   */
  #letGo(call, leg, nowMs, effects) {
    if (leg.wanted !== "paused") return;
    if (!leg.satisfied) leg.exposed = true;
    if (leg.ours) this.#demand(call, leg, "recording", nowMs, effects);
    else leg.wanted = null;
  }

  /**
   * @param {Call} call
   * @param {Leg} leg
   * @param {Wanted} wanted
   * @param {number} nowMs
   * @param {KeeperEffect[]} effects
   */
  #demand(call, leg, wanted, nowMs, effects) {
    this.#lastDemand += 1;
    // What was paused before and went on may have ended since, and another recording be the current one.
    if (wanted === "paused" && !leg.ours) leg.reference = null;
    leg.wanted = wanted;
    leg.sinceMs = nowMs;
    leg.demand = this.#lastDemand;
    leg.attempts = 0;
    leg.retryAtMs = nowMs;
    leg.lastCode = null;
    leg.claimed = false;
    leg.satisfied = false;
    leg.checkAtMs = null;
    this.#report(call, leg, "requested", null, null, nowMs, effects);
  }

  /**
   * What was not in time.
   * @param {Call} call
   * @param {Leg} leg
   * @param {number} nowMs
   * @param {KeeperEffect[]} effects
   */
  #expire(call, leg, nowMs, effects) {
    if (leg.request !== null && nowMs >= leg.request.deadlineMs) {
      const { request } = leg;
      effects.push({ kind: "cancel", id: request.id });
      this.#requests.delete(request.id);
      leg.request = null;
      this.#lost(call, leg, request, "recorder/timeout", nowMs, effects);
    }
    if (leg.wanted !== null && leg.report?.state === "requested" && nowMs - leg.sinceMs >= this.#limits.confirmWithinMs) {
      this.#reportFailure(call, leg, leg.lastCode ?? "recorder/timeout", nowMs, effects);
    }
  }

  /**
   * The next request, if one is due and none is under way.
   * @param {Call} call
   * @param {Leg} leg
   * @param {number} nowMs
   * @param {KeeperEffect[]} effects
   */
  #act(call, leg, nowMs, effects) {
    if (leg.request !== null || leg.wanted === null) return;
    if (leg.satisfied) {
      if (leg.checkAtMs !== null && nowMs >= leg.checkAtMs) this.#send(call, leg, "state", nowMs, effects);
      return;
    }
    if (this.#givenUp(call, leg)) {
      if (leg.report?.code !== "recorder/gave-up" && !call.ended) this.#reportFailure(call, leg, "recorder/gave-up", nowMs, effects);
      return;
    }
    if (nowMs < leg.retryAtMs || this.#tooLate(call, leg)) return;
    if (leg.claimed) return this.#send(call, leg, "state", nowMs, effects);
    // The pause that was under way when the stretch ended has turned out to be none.
    if (leg.wanted === "recording" && !leg.ours) return this.#confirm(call, leg, "answer", nowMs, effects);
    leg.attempts += 1;
    this.#send(call, leg, leg.wanted === "paused" ? "pause" : "resume", nowMs, effects);
  }

  /**
   * @param {Call} call
   * @param {Leg} leg
   * @param {Action} action
   * @param {number} nowMs
   * @param {KeeperEffect[]} effects
   */
  #send(call, leg, action, nowMs, effects) {
    this.#lastRequest += 1;
    const id = this.#lastRequest;
    leg.request = { id, action, deadlineMs: nowMs + this.#limits.attemptMs, oursBefore: leg.ours };
    // From here on it may be in effect, whatever is heard of it.
    if (action === "pause") leg.ours = true;
    this.#requests.set(id, { call, leg });
    const { index, demand, reference } = leg;
    effects.push({ kind: "request", id, action, index, callId: call.id, demand, attempt: Math.max(1, leg.attempts), reference });
  }

  /**
   * @param {number} id
   * @returns {{call: Call, leg: Leg, request: NonNullable<Leg["request"]>} | null} null for what was given up already
   */
  #take(id) {
    const found = this.#requests.get(id);
    const request = found?.leg.request ?? null;
    if (found === undefined || request === null) return null;
    this.#requests.delete(id);
    found.leg.request = null;
    return { ...found, request };
  }

  /**
   * The answer to the request for what is wanted.
   * @param {Call} call
   * @param {Leg} leg
   * @param {RecorderState} state
   * @param {number} nowMs
   * @param {KeeperEffect[]} effects
   */
  #heard(call, leg, state, nowMs, effects) {
    if (state === "stopped") return this.#stopped(call, leg, nowMs, effects);
    if (state === leg.wanted || (state === "unknown" && this.#readsBack(leg))) {
      if (!this.#readsBack(leg)) return this.#confirm(call, leg, "answer", nowMs, effects);
      leg.claimed = true;
      leg.retryAtMs = nowMs;
      leg.saidSo = state !== "unknown";
      return undefined;
    }
    const code = state === "unknown" ? "recorder/unconfirmed" : leg.wanted === "paused" ? "recorder/not-paused" : "recorder/not-resumed";
    return this.#again(call, leg, code, nowMs, effects);
  }

  /**
   * What a look at the recorder showed.
   * @param {Call} call
   * @param {Leg} leg
   * @param {RecorderState} state
   * @param {number} nowMs
   * @param {KeeperEffect[]} effects
   */
  #looked(call, leg, state, nowMs, effects) {
    // The demand has changed since: what is to be done now is done in any case.
    if (!leg.claimed && !leg.satisfied) return undefined;
    if (state === "stopped") return this.#stopped(call, leg, nowMs, effects);
    if (state === leg.wanted) return this.#confirm(call, leg, "read_back", nowMs, effects);
    // A look that says nothing takes nothing away from an answer that did.
    if (state === "unknown" && leg.claimed && leg.saidSo) return this.#confirm(call, leg, "answer", nowMs, effects);
    if (leg.satisfied) {
      if (state === "unknown") return this.#lookLater(leg, nowMs);
      // Somebody else has resumed it in the middle of the stretch.
      leg.ours = false;
      leg.satisfied = false;
      leg.attempts = 0;
      leg.sinceMs = nowMs;
      leg.lastCode = "recorder/resumed-elsewhere";
      leg.retryAtMs = nowMs;
      return this.#reportFailure(call, leg, "recorder/resumed-elsewhere", nowMs, effects);
    }
    leg.claimed = false;
    // Some vendors take a moment: what a look does not show yet is told when the time is over, and asked for again before.
    const code = state === "unknown" ? "recorder/unconfirmed" : leg.wanted === "paused" ? "recorder/not-paused" : "recorder/not-resumed";
    return this.#again(call, leg, code, nowMs, effects, false);
  }

  /**
   * @param {Call} call
   * @param {Leg} leg
   * @param {NonNullable<Leg["request"]>} request
   * @param {string} code
   * @param {number} nowMs
   * @param {KeeperEffect[]} effects
   */
  #lost(call, leg, request, code, nowMs, effects) {
    if (request.action === "pause" && WITHOUT_EFFECT.has(code)) leg.ours = request.oursBefore;
    if (request.action === "state") {
      if (leg.satisfied) return this.#lookLater(leg, nowMs);
      if (!leg.claimed) return undefined;
      leg.claimed = false;
      return this.#again(call, leg, code, nowMs, effects, false);
    }
    if ((request.action === "pause") !== (leg.wanted === "paused")) return undefined;
    return this.#again(call, leg, code, nowMs, effects);
  }

  /**
   * An attempt that came to nothing.
   * @param {Call} call
   * @param {Leg} leg
   * @param {string} code
   * @param {number} nowMs
   * @param {KeeperEffect[]} effects
   * @param {boolean} [definite]
   */
  #again(call, leg, code, nowMs, effects, definite = DEFINITE.has(code)) {
    if (leg.wanted === null) return;
    leg.lastCode = code;
    leg.retryAtMs = nowMs + Math.min(LONGEST_RETRY_MS, this.#limits.retryMs * 2 ** Math.max(0, leg.attempts - 1));
    if (definite || leg.report?.state === "failed") this.#reportFailure(call, leg, code, nowMs, effects);
  }

  /**
   * @param {Call} call
   * @param {Leg} leg
   * @param {"answer" | "read_back"} proof
   * @param {number} nowMs
   * @param {KeeperEffect[]} effects
   */
  #confirm(call, leg, proof, nowMs, effects) {
    const first = !leg.satisfied;
    leg.satisfied = true;
    leg.claimed = false;
    if (leg.wanted === "recording") leg.ours = false;
    this.#lookLater(leg, nowMs);
    const code = leg.wanted === "paused" && call.blind ? "recorder/held" : null;
    if (!first && leg.report?.code === code) return;
    // What has only a new reason was confirmed when it was.
    const atMs = first ? nowMs : leg.sinceMs + (leg.report?.latencyMs ?? 0);
    this.#report(call, leg, "confirmed", code, proof, atMs, effects);
  }

  /**
   * The other recording has ended: nothing is recorded, and nothing can be resumed.
   * @param {Call} call
   * @param {Leg} leg
   * @param {number} nowMs
   * @param {KeeperEffect[]} effects
   */
  #stopped(call, leg, nowMs, effects) {
    const told = leg.report?.code === "recorder/stopped";
    leg.satisfied = true;
    leg.claimed = false;
    this.#lookLater(leg, nowMs);
    if (!told) this.#report(call, leg, leg.wanted === "paused" ? "confirmed" : "failed", "recorder/stopped", "answer", nowMs, effects);
  }

  /**
   * @param {Leg} leg
   * @param {number} nowMs
   */
  #lookLater(leg, nowMs) {
    const looks = this.#readsBack(leg) && leg.wanted === "paused" && this.#limits.recheckMs > 0;
    leg.checkAtMs = looks ? nowMs + this.#limits.recheckMs : null;
  }

  /**
   * @param {Call} call
   * @param {Leg} leg
   * @param {string} code
   * @param {number} nowMs
   * @param {KeeperEffect[]} effects
   */
  #reportFailure(call, leg, code, nowMs, effects) {
    if (leg.wanted === "paused") leg.exposed = true;
    if (leg.report?.state === "failed" && leg.report.code === code && leg.report.wanted === leg.wanted) return;
    this.#report(call, leg, "failed", code, null, nowMs, effects);
  }

  /**
   * @param {Call} call
   * @param {Leg} leg
   * @param {RecorderReport["state"]} state
   * @param {string | null} code
   * @param {RecorderReport["proof"]} proof
   * @param {number} nowMs
   * @param {KeeperEffect[]} effects
   */
  #report(call, leg, state, code, proof, nowMs, effects) {
    if (leg.wanted === null) return;
    leg.report = {
      recorder: this.#recorders[leg.index]?.name ?? "",
      callId: call.id,
      wanted: leg.wanted,
      state,
      code,
      latencyMs: state === "requested" ? null : nowMs - leg.sinceMs,
      proof,
      exposed: leg.exposed,
      ended: call.ended,
    };
    effects.push({ kind: "report", report: leg.report });
  }

  /** @param {Leg} leg */
  #readsBack(leg) {
    return this.#recorders[leg.index]?.readsBack ?? false;
  }

  /**
   * @param {Call} call
   * @param {Leg} leg
   * @returns {boolean}
   */
  #givenUp(call, leg) {
    // Whose call is over has mostly gone from the vendor too: nobody waits for it longer than the time for one demand.
    if (call.ended && leg.report?.state === "failed") return true;
    return !leg.claimed && leg.attempts >= this.#limits.attempts;
  }

  /**
   * @param {Call} call
   * @param {Leg} leg
   * @returns {boolean} whether a pause would come when the stretch is over
   */
  #tooLate(call, leg) {
    return leg.wanted === "paused" && !leg.claimed && call.cutting.size === 0;
  }

  /**
   * @param {Call} call
   * @param {Leg} leg
   * @returns {boolean} whether nothing more will come of it
   */
  #over(call, leg) {
    if (leg.request !== null) return false;
    return leg.wanted === null || leg.satisfied || this.#givenUp(call, leg);
  }
}
