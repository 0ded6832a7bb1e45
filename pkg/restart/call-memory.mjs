// @ts-check
/**
 * What the page has told of one call, as far as the next engine has to be told it again.
 *
 * Owns: nothing but what the page itself said, for as long as the call runs. Must never hold an answer that permits: a yes
 * is in the ledger, or it is asked again. A no is told to the next engine before anything else, since what it demands, an end
 * or a destruction, has to be on record.
 */

/** @typedef {import("../protocol.mjs").PageMessage} PageMessage */
/** @typedef {import("../protocol.mjs").Snapshot} Snapshot */
/** @typedef {Extract<PageMessage, {kind: "call_facts"}>} Facts */
/** @typedef {Extract<PageMessage, {kind: "call_answered"}>} Answered */
/** @typedef {Extract<PageMessage, {kind: "pause"}>} Pause */

/** What the host said last of a call counts; of more than this, in messages, nobody has use. */
const MOST_FACTS = 64;

/** Phases in which nothing is or will be recorded, or everything is over. @type {string[]} */
const OVER = ["declined", "agent_side", "withdrawn", "failed", "closing", "closed"];

export class CallMemory {
  /** @readonly */
  callId;
  /** Messages that wait, with when they were posted. @type {{message: PageMessage, transfer: Transferable[], at: number}[] | null} */
  #waiting = null;
  /** @type {Facts[]} */
  #facts = [];
  /** By whose word it is. @type {Map<string, {message: Answered, at: number}>} */
  #answered = new Map();
  /** When each joined. @type {Map<string, number>} */
  #joined = new Map();
  /** @type {string[]} */
  #statements = [];
  /** The pauses that may be on, by whose they are. @type {Map<string, Pause>} */
  #pauses = new Map();
  #resumeWanted = false;
  /** A no or a withdrawal that no picture shows to have been carried out. @type {{message: PageMessage, at: number} | null} */
  #refusal = null;
  /** Its end was told to an engine that may have died before it heard. */
  #over = false;
  /** @type {Snapshot | null} */
  #last = null;
  /** Who was there and what was known when the engine died. @type {{joined: [string, number][], facts: Facts[]}} */
  #atDeath = { joined: [], facts: [] };
  /** @type {string} */
  #answeredBy;

  /**
   * @param {string} callId
   * @param {string} answeredBy  whose word it is that the far end has answered
   */
  constructor(callId, answeredBy) {
    this.callId = callId;
    this.#answeredBy = answeredBy;
  }

  /** Whether messages wait for an engine that has the call. */
  get isWaiting() {
    return this.#waiting !== null;
  }

  /** Whether the engine gives pictures of it, or ought to. */
  get isShown() {
    return this.#last?.phase !== "closed";
  }

  /** Whether the next engine may go on with it. */
  get mayGoOn() {
    return !this.#over && (this.#last === null || !OVER.includes(this.#last.phase));
  }

  /** @param {PageMessage} message  that is posted now */
  note(message) {
    const now = performance.now();
    switch (message.kind) {
      case "call_facts":
        this.#facts = [...this.#facts, message].slice(-MOST_FACTS);
        break;
      case "call_answered":
        if (!this.#answered.has(message.by)) this.#answered.set(message.by, { message, at: now - message.answered_age_ms });
        break;
      case "party_joined":
        this.#joined.set(message.key, now - message.event_age_ms);
        break;
      case "party_left":
        this.#joined.delete(message.key);
        break;
      case "consent_assertion":
        this.#statements.push(message.statement);
        break;
      case "consent":
        // One that waits is told to the next engine.
        if (message.answer !== "yes" && this.#waiting === null) this.#refusal = { message, at: now };
        break;
      case "hang_up":
        // One that waits is told to the next engine.
        this.#over ||= this.#waiting === null;
        break;
      case "pause":
        this.#pauses.set(message.by === "host_api" ? "host" : "agent", message);
        this.#resumeWanted = false;
        break;
      case "resume":
        this.#resumeWanted = true;
        break;
      default:
        // Of everything else the next engine has no use.
        break;
    }
  }

  /** @param {Snapshot} snapshot */
  seen(snapshot) {
    this.#last = snapshot;
    if (OVER.includes(snapshot.phase)) this.#refusal = null;
    // A resumption may be refused: the pause is over when the engine says so.
    if (this.#resumeWanted && snapshot.allowed.includes("pause")) this.#pauses.clear();
  }

  /** The engine is dead: what is said from now on waits. */
  wait() {
    this.#waiting ??= [];
    this.#atDeath = { joined: [...this.#joined], facts: this.#facts };
  }

  /**
   * @param {PageMessage} message
   * @param {Transferable[]} transfer
   */
  keep(message, transfer) {
    this.#waiting?.push({ message, transfer, at: performance.now() });
  }

  /** @returns {PageMessage} what the next engine needs to go on with the call */
  resumption() {
    const now = performance.now();
    const answered = this.#answered.get(this.#answeredBy);
    return {
      kind: "call_resume",
      call_id: this.callId,
      answered_age_ms: answered === undefined ? null : now - answered.at,
      joined: this.#atDeath.joined.map(([key, at]) => ({ key, event_age_ms: now - at })),
      facts: this.#atDeath.facts.map(({ media, parties }) => ({ call_id: this.callId, media, parties })),
      had_objects: (this.#last?.objects_total ?? 0) > 0,
    };
  }

  /**
   * The next engine has the call.
   * @param {"goes_on" | "begins_anew"} outcome
   * @returns {[PageMessage, Transferable[]][]} what it is told now, in this order
   */
  goOn(outcome) {
    const now = performance.now();
    const call_id = this.callId;
    const waited = this.#waiting ?? [];
    this.#waiting = null;
    /** @type {PageMessage[]} */
    const again = outcome === "goes_on" ? [] : [
      ...this.#atDeath.joined.map(([key, at]) => /** @type {PageMessage} */ ({ kind: "party_joined", call_id, key, event_age_ms: now - at })),
      ...this.#statements.map((statement) => /** @type {PageMessage} */ ({ kind: "consent_assertion", call_id, statement })),
      ...[...this.#answered.values()].map(({ message, at }) => ({ ...message, answered_age_ms: now - at })),
    ];
    const refusal = this.#refusal === null ? [] : [aged(this.#refusal.message, now - this.#refusal.at)];
    const pauses = [...this.#pauses.values()].map((pause) => ({ ...pause, event_age_ms: 0, posted_at_ms: Date.now() }));
    return [
      ...[...again, ...refusal, ...pauses].map((message) => /** @type {[PageMessage, Transferable[]]} */ ([message, []])),
      ...waited.filter(({ message }) => !isOfPrompt(message)).map(({ message, transfer, at }) =>
        /** @type {[PageMessage, Transferable[]]} */ ([aged(message, now - at), transfer])),
    ];
  }
}

/**
 * Whether a message is of a prompt that was playing for the dead engine: the next one asks for its own.
 * @param {PageMessage} message
 */
function isOfPrompt({ kind }) {
  return kind.startsWith("disclosure_") && kind !== "disclosure_replay";
}

/**
 * @param {PageMessage} message
 * @param {number} by  how long it waited, in milliseconds
 * @returns {PageMessage}
 */
function aged(message, by) {
  if ("event_age_ms" in message) return { ...message, event_age_ms: message.event_age_ms + by };
  if ("answered_age_ms" in message && message.answered_age_ms !== null) return { ...message, answered_age_ms: message.answered_age_ms + by };
  return message;
}
