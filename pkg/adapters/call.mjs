// @ts-check
/**
 * One call of a softphone, and what Callseal was told of it.
 *
 * Owns: the difference between the two. What the softphone said before Callseal ran is told when it runs. Must never:
 * throw into the softphone, permit anything, or give back to Callseal a call that the host took from it.
 */
import { ignore } from "../tap.mjs";
import { sameParty, telephoneNumber } from "./party.mjs";

/** @typedef {import("../index.d.ts").Callseal} Callseal */
/** @typedef {import("../index.d.ts").AttachedStreams} AttachedStreams */
/** @typedef {import("../index.d.ts").CallFacts} CallFacts */
/** @typedef {import("./softphone.d.ts").CallDescription} CallDescription */
/** @typedef {import("./softphone.d.ts").Originator} Originator */
/** @typedef {import("./softphone.d.ts").Party} Party */
/** @typedef {import("./softphone.d.ts").SoftphoneEvents} SoftphoneEvents */
/** @typedef {import("./softphone.mjs").Softphone} Softphone */

export class SoftphoneCall {
  /** @type {Softphone} */
  #softphone;
  /** @type {Set<RTCPeerConnection>} */
  #connections = new Set();
  /** @type {AttachedStreams | null} */
  #streams = null;
  /** @type {Party[]} who took part since the call began, whether the softphone says it once or again */
  #known;
  /** @type {Map<string, Party>} */
  #joined = new Map();
  /** Those of them whom only the softphone knows of. @type {Set<string>} */
  #mixed = new Set();
  /** Key of who took the place of the party. @type {string | null} */
  #successor = null;
  #successions = 0;
  /** What Callseal was told. */
  #told = {
    callId: /** @type {string | null} */ (null),
    connections: /** @type {Set<RTCPeerConnection>} */ (new Set()),
    facts: false,
    answered: false,
    paused: false,
    parties: /** @type {Set<string>} */ (new Set()),
    over: false,
  };
  /** @type {Set<Originator>} */
  #heldBy = new Set();

  /** Whether the softphone says that it was answered. */
  isAnswered = false;
  /** Whether the agent is muted. */
  isMuted = false;
  /** Whether it is over. */
  isEnded = false;
  /** Whether the host said that it is not to be recorded: Callseal hears nothing of it. */
  isIgnored = false;

  /**
   * @param {Softphone} softphone
   * @param {object} source  the softphone library's own object
   * @param {CallDescription} description
   */
  constructor(softphone, source, { id, direction, party }) {
    this.#softphone = softphone;
    /** @readonly */
    this.source = source;
    /** The softphone's own; some learn it only when the call rings. */
    this.id = id;
    /** @readonly */
    this.direction = direction;
    /** @readonly */
    this.party = party;
    this.#known = [party];
  }

  /** @returns {string | null} Callseal's id; null while Callseal does not know it */
  get callId() {
    return this.#told.callId;
  }

  /** @returns {ReadonlySet<Originator>} */
  get heldBy() {
    return this.#heldBy;
  }

  /** @returns {ReadonlyMap<string, Party>} who joined and is still there */
  get joinedParties() {
    return this.#joined;
  }

  /** @param {RTCPeerConnection | null | undefined} connection  (part of) the call's media */
  connect(connection) {
    if (!connection || this.isEnded) return;
    if (this.isIgnored) return ignore(connection);
    this.#connections.add(connection);
    this.sync();
  }

  /** @param {AttachedStreams} streams  instead of connections */
  stream(streams) {
    if (this.isEnded) return;
    this.#streams = streams;
    this.sync();
  }

  /** The far end has answered. */
  answer() {
    if (this.isAnswered || this.isEnded) return;
    this.isAnswered = true;
    this.#change("answered", {});
  }

  /**
   * @param {boolean} held
   * @param {Originator} by
   */
  hold(held, by) {
    if (this.isEnded || this.#heldBy.has(by) === held) return;
    if (held) this.#heldBy.add(by);
    else this.#heldBy.delete(by);
    this.#change(held ? "held" : "resumed", { by });
  }

  /** @param {boolean} muted  the agent's microphone */
  mute(muted) {
    if (this.isEnded || this.isMuted === muted) return;
    this.isMuted = muted;
    this.#change(muted ? "muted" : "unmuted", {});
  }

  /**
   * Somebody joined.
   * @param {string} key
   * @param {Party} [party]
   * @param {{hasTrack?: boolean}} [how]  with a received track of their own, which Callseal counts by itself
   */
  join(key, party = {}, { hasTrack = false } = {}) {
    if (this.isEnded || this.#joined.has(key)) return;
    this.#joined.set(key, party);
    if (!hasTrack) this.#mixed.add(key);
    this.#change("joined", { key, party });
  }

  /** @param {string} key */
  leave(key) {
    const party = this.#joined.get(key);
    if (party === undefined || this.isEnded) return;
    this.#joined.delete(key);
    this.#mixed.delete(key);
    this.#change("left", { key, party });
  }

  /**
   * The far end says who it is now. Before the answer that is the party; afterwards somebody else is a newcomer, who
   * takes the place of whoever came like this before.
   * @param {Party | null} party
   */
  identify(party) {
    if (party === null || this.isEnded) return;
    if (!this.isAnswered) {
      this.#known.push(party);
      return;
    }
    const isKnown = this.#known.some((known) => sameParty(known, party));
    const present = this.#successor === null ? undefined : this.#joined.get(this.#successor);
    if (!isKnown && present !== undefined && sameParty(present, party)) return;
    if (this.#successor !== null) this.leave(this.#successor);
    this.#successor = null;
    if (isKnown) return;
    // A key is evidence: it names nobody.
    this.#successions += 1;
    this.#successor = `transfer-${this.#successions}`;
    this.join(this.#successor, party);
  }

  /**
   * Somebody hands the call over.
   * @param {Originator} by
   * @param {Party | null} to
   */
  transfer(by, to = null) {
    if (!this.isEnded) this.#softphone.emit("transferred", { call: this, by, to });
  }

  /** @param {Originator | "network"} by  who ended it */
  end(by) {
    if (this.isEnded) return;
    this.isEnded = true;
    this.#softphone.forget(this);
    this.#change("ended", { by });
  }

  /** Tells Callseal what it does not know yet. */
  sync() {
    const callseal = this.#softphone.callseal;
    if (callseal === null || this.isIgnored || this.#told.over) return;
    this.#attach(callseal);
    const { callId } = this.#told;
    if (callId === null) return;
    if (this.isEnded) {
      this.#told.over = true;
      this.#attempt(() => callseal.hangUp(callId));
      return;
    }
    this.#tellFacts(callseal, callId);
    if (this.isAnswered && !this.#told.answered) {
      this.#told.answered = true;
      this.#attempt(() => callseal.answered(callId));
    }
    this.#tellParties(callseal, callId);
    const pause = this.#heldBy.size > 0 && this.#softphone.options.onHold === "pause";
    if (pause !== this.#told.paused) {
      this.#told.paused = pause;
      this.#attempt(() => (pause ? callseal.pause(callId, undefined, { class: "hold" }) : callseal.resume(callId)));
    }
  }

  /** @param {Callseal} callseal */
  #attach(callseal) {
    if (this.isEnded) return;
    const told = this.#told;
    for (const connection of this.#connections) {
      if (told.connections.has(connection)) continue;
      told.connections.add(connection);
      this.#attempt(() => {
        told.callId = callseal.attach(connection, told.callId === null ? {} : { callId: told.callId });
      });
    }
    const streams = this.#streams;
    if (streams === null) return;
    this.#streams = null;
    this.#attempt(() => {
      // Streams count as answered at once: what is known has to be told while the call only opens.
      const unlisten = callseal.on("opened", ({ callId }) => this.#tellFacts(callseal, callId));
      try {
        told.callId = callseal.attachStreams(streams);
      } finally {
        unlisten();
      }
    });
  }

  /**
   * @param {Callseal} callseal
   * @param {string} callId
   */
  #tellFacts(callseal, callId) {
    if (this.#told.facts) return;
    this.#told.facts = true;
    /** @type {CallFacts} */
    let facts = {};
    // The host's own may fail; what the softphone says is told all the same.
    this.#attempt(() => void (facts = this.#softphone.options.facts?.(this) ?? {}));
    const { parties = [], ...further } = facts;
    const number = telephoneNumber(this.party);
    const customer = {
      index: 1,
      ...(number !== null && { number }),
      ...(this.party.name !== undefined && { name: this.party.name }),
      ...parties.find(({ index }) => index === 1),
    };
    this.#attempt(() => callseal.tell(callId, { ...further, parties: [customer, ...parties.filter(({ index }) => index !== 1)] }));
  }

  /**
   * @param {Callseal} callseal
   * @param {string} callId
   */
  #tellParties(callseal, callId) {
    const told = this.#told;
    for (const key of [...told.parties]) {
      if (this.#mixed.has(key)) continue;
      told.parties.delete(key);
      this.#attempt(() => callseal.partyLeft(callId, key));
    }
    for (const key of this.#mixed) {
      if (told.parties.has(key)) continue;
      told.parties.add(key);
      this.#attempt(() => callseal.partyJoined(callId, key));
    }
  }

  /**
   * @template {Exclude<keyof SoftphoneEvents, "error">} Type
   * @param {Type} type
   * @param {Omit<SoftphoneEvents[Type], "call">} details
   */
  #change(type, details) {
    this.sync();
    this.#softphone.emit(type, /** @type {SoftphoneEvents[Type]} */ (/** @type {unknown} */ ({ call: this, ...details })));
  }

  /** @param {() => void} work  what may fail without the softphone noticing */
  #attempt(work) {
    try {
      work();
    } catch (error) {
      this.#softphone.emit("error", { call: this, error });
    }
  }
}
