// @ts-check
/**
 * A keeper with a clock of the test and a recorder whose true state is known.
 *
 * Owns: the time, what was sent, what was told, and what has to hold at every moment. Must never: help the keeper.
 */
import assert from "node:assert/strict";
import { RecorderKeeper } from "../../../pkg/recorders.mjs";

/** @typedef {import("../../../pkg/recorders.d.ts").KeeperEffect} KeeperEffect */
/** @typedef {import("../../../pkg/recorders.d.ts").RecorderReport} RecorderReport */
/** @typedef {import("../../../pkg/recorders.d.ts").RecorderState} RecorderState */
/** @typedef {Extract<KeeperEffect, {kind: "request"}>} Request */

export const LIMIT_MS = 2000;
const CALL = "call-1";

export class Bench {
  now = 1_000_000;
  /** Actions, in the order they were sent. @type {string[]} */
  sent = [];
  /** @type {number[]} */
  attempts = [];
  cancelled = 0;
  /** What the recorder does. @type {"recording" | "paused"} */
  truth = "recording";
  /** @type {RecorderReport[]} */
  reports = [];
  /** Whether something is cut out, and since when. @type {number | null} */
  cuttingSince = null;
  ended = false;
  blind = false;
  /** @type {Request[]} */
  #open = [];
  #readsBack;
  #pauses = 0;
  #resumes = 0;

  /** @param {import("../../../pkg/recorders.d.ts").RecorderLimits & {readsBack?: boolean, recorders?: number}} [options] */
  constructor({ readsBack = false, recorders = 1, ...limits } = {}) {
    this.#readsBack = readsBack;
    const list = Array.from({ length: recorders }, (_, index) => ({ name: `recorder ${index}`, readsBack }));
    this.keeper = new RecorderKeeper(list, { confirmWithinMs: LIMIT_MS, ...limits });
  }

  /** Ids of the requests under way. */
  get open() {
    return this.#open.map(({ id }) => id);
  }

  begin() {
    if (!this.ended) this.cuttingSince ??= this.now;
    return this.take(this.keeper.cut(CALL, "callseal", true, this.now));
  }

  end() {
    this.cuttingSince = null;
    return this.take(this.keeper.cut(CALL, "callseal", false, this.now));
  }

  release() {
    this.cuttingSince = null;
    return this.take(this.keeper.release(CALL, this.now));
  }

  close() {
    this.cuttingSince = null;
    this.ended = true;
    return this.take(this.keeper.end(CALL, this.now));
  }

  /** Lets time pass, with everything that falls due, as a timer would. @param {number} ms */
  at(ms) {
    const until = this.now + ms;
    for (let guard = 0; ; guard += 1) {
      assert.ok(guard < 500, "the keeper is due again and again");
      const due = this.keeper.nextDueMs();
      if (due === null || due > until) break;
      this.now = Math.max(this.now, due);
      this.take(this.keeper.advance(this.now));
    }
    this.now = until;
    return this;
  }

  /** The first request under way is answered so. @param {RecorderState} state */
  answer(state) {
    const request = this.#open.shift();
    if (request === undefined) return this;
    if (state === "paused" || state === "recording") this.truth = state;
    return this.take(this.keeper.answered(request.id, { state }, this.now));
  }

  /** @param {string} code */
  fail(code) {
    const request = this.#open.shift();
    if (request === undefined) return this;
    return this.take(this.keeper.failed(request.id, code, this.now));
  }

  /** Carries out what is asked and says what is true then. */
  obey() {
    const [request] = this.#open;
    if (request?.action === "pause") this.truth = "paused";
    if (request?.action === "resume") this.truth = "recording";
    return this.answer(this.truth);
  }

  /** Carries out nothing, and says so, with success. */
  lie() {
    return this.answer(this.truth);
  }

  /** Carries it out, and the answer gets lost. */
  lose() {
    const [request] = this.#open;
    if (request?.action === "pause") this.truth = "paused";
    if (request?.action === "resume") this.truth = "recording";
    return this.fail("recorder/unavailable");
  }

  /** @param {readonly KeeperEffect[]} effects */
  take(effects) {
    for (const effect of effects) {
      if (effect.kind === "report") this.reports.push(effect.report);
      else if (effect.kind === "cancel") {
        this.cancelled += 1;
        this.#open = this.#open.filter(({ id }) => id !== effect.id);
      } else {
        assert.ok(!this.#open.some(({ index }) => index === effect.index), "two requests at once");
        assert.ok(effect.action !== "state" || this.#readsBack, "a look at a recorder that cannot be looked at");
        if (effect.action === "resume") {
          assert.equal(this.cuttingSince, null, "resumed in the middle of a stretch");
          assert.ok(this.#pauses > 0, "resumed what was never paused");
          this.#resumes += 1;
        }
        if (effect.action === "pause") this.#pauses += 1;
        this.sent.push(effect.action);
        this.attempts.push(effect.attempt);
        this.#open.push(effect);
      }
    }
    return this;
  }

  /** @returns {RecorderReport} */
  last() {
    const report = this.reports.at(-1);
    assert.ok(report !== undefined, "nothing was told");
    return report;
  }

  told() {
    return this.reports.map(({ wanted, state }) => `${wanted} ${state}`);
  }

  /**
   * What has to hold now, whatever has happened.
   * @param {() => string} history
   */
  check(history) {
    const report = this.reports.at(-1);
    if (this.cuttingSince !== null && this.now - this.cuttingSince >= LIMIT_MS) {
      assert.equal(report?.wanted, "paused", history());
      assert.notEqual(report?.state, "requested", history());
    }
    // Nobody but the keeper resumes here: what is told as paused is paused.
    if (report?.wanted === "paused" && report.state === "confirmed") assert.equal(this.truth, "paused", history());
    if (report?.wanted === "recording" && report.state === "confirmed" && this.#resumes > 0) {
      assert.equal(this.truth, "recording", history());
    }
    if (report?.wanted === "paused" && report.state === "failed") assert.equal(report.exposed, true, history());
  }
}
