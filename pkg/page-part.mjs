// @ts-check
/**
 * The page's part: finding calls, capturing them, playing what the engine asks for.
 *
 * Owns: the connections' grouping, the one audio graph, and each call's page side. It is the same whether the engine runs in
 * this page's own Worker or in a browser extension. Must never decide about consent, redaction or storage, nor know where
 * the engine is: it reports through `post` and does what `receive` is told.
 */
import { Calls } from "./calls.mjs";
import { CallsealError } from "./errors.mjs";
import { AudioGraph } from "./graph.mjs";
import { PageCall } from "./page-call.mjs";

/** @typedef {import("./calls.mjs").Call} Call */
/** @typedef {import("./index.d.ts").AttachedStreams} AttachedStreams */
/** @typedef {import("./index.d.ts").TapOptions} TapOptions */
/** @typedef {import("./prompts.mjs").LoadPrompt} LoadPrompt */
/** @typedef {import("./protocol.mjs").EngineMessage} EngineMessage */
/** @typedef {import("./protocol.mjs").PageMessage} PageMessage */
/** @typedef {import("./tap/registry.mjs").Registry} Registry */

/**
 * @typedef {object} PagePartHost
 * @property {Registry} registry
 * @property {string | URL} workletUrl
 * @property {TapOptions | undefined} tap
 * @property {(message: PageMessage, transfer?: Transferable[]) => void} post  to the engine, wherever that is
 * @property {(callId: string) => void} opened  a call begins, before anything else of it is told
 * @property {LoadPrompt} [loadPrompt]  instead of fetching the prompt from its address
 */

export class PagePart {
  /** @type {PagePartHost} */
  #host;
  /** @type {AudioGraph} */
  #graph;
  /** @type {Calls} */
  #grouping;
  /** @type {Map<string, PageCall>} */
  #calls = new Map();
  /** Whether a further received track is a further party. */
  #countsTracks;

  /** @param {PagePartHost} host */
  constructor(host) {
    this.#host = host;
    this.#graph = new AudioGraph(host.workletUrl, (code) => {
      for (const call of this.#calls.values()) call.alarm(code);
    });
    this.#grouping = new Calls(
      {
        opened: (call) => this.#opened(call),
        changed: (call) => this.#calls.get(call.id)?.changed(),
        answered: (call) => this.#calls.get(call.id)?.answered(call.answeredAt ?? performance.now()),
        ended: (call) => this.#ended(call),
      },
      host.tap,
    );
    this.#countsTracks = host.tap?.furtherTracks !== "same-party";
  }

  /** @returns {string[]} ids of calls that run */
  get callIds() {
    return [...this.#calls.keys()];
  }

  /** Begins to find calls. @returns {() => void} ends it */
  watch() {
    return this.#host.registry.watch((connection) => this.#grouping.add(connection));
  }

  /**
   * @param {RTCPeerConnection} peer
   * @param {string | undefined} callId
   * @returns {string}
   */
  attach(peer, callId) {
    const connection = this.#host.registry.adopt(peer);
    const present = this.#grouping.of(connection);
    if (callId === undefined) {
      const call = present ?? this.#grouping.create();
      this.#grouping.attach(connection, call);
      return call.id;
    }
    const wanted = this.running(callId).call;
    if (present !== undefined && present !== wanted && present.answeredAt !== null) {
      throw new CallsealError("call/assigned", "The connection is part of another answered call.", { callId });
    }
    this.#grouping.attach(connection, wanted);
    return wanted.id;
  }

  /**
   * @param {AttachedStreams} streams
   * @returns {string}
   */
  attachStreams({ sent, received, replaceSent }) {
    const sentTracks = sent.getAudioTracks();
    const receivedTracks = received.getAudioTracks();
    if (sentTracks.length === 0 || receivedTracks.length === 0) {
      throw new CallsealError("call/no-audio", "Both streams must have an audio track.");
    }
    const call = this.#grouping.createOfStreams(
      sentTracks.map((track) => ({ sender: null, track })),
      receivedTracks,
      (made) => {
        const pageCall = this.#calls.get(made.id);
        if (pageCall !== undefined && replaceSent !== undefined) pageCall.replaceSent = replaceSent;
      },
    );
    return call.id;
  }

  /** @param {string} callId */
  hangUp(callId) {
    const call = this.#calls.get(callId)?.call;
    if (call === undefined) return;
    // Its connections go on and must not become the next call by themselves.
    for (const connection of call.connections) connection.ignored = true;
    this.#grouping.end(call, performance.now());
  }

  /**
   * @param {string} callId
   * @returns {PageCall}
   * @throws {CallsealError} `call/unknown`
   */
  running(callId) {
    const pageCall = this.#calls.get(callId);
    if (pageCall === undefined) throw new CallsealError("call/unknown", "There is no running call with this id.", { callId });
    return pageCall;
  }

  /**
   * @param {EngineMessage} message
   * @returns {boolean} whether it was for the page's part
   */
  receive(message) {
    switch (message.kind) {
      case "play_disclosure":
        this.#calls.get(message.call_id)?.playDisclosure(message.url, message.sha256);
        return true;
      case "beep":
        this.#calls.get(message.call_id)?.beep(message.on);
        return true;
      case "stop_disclosure":
        this.#calls.get(message.call_id)?.stopDisclosure();
        return true;
      default:
        return false;
    }
  }

  /** The way to the engine is another than before: what is captured takes it from now on. */
  reconnect() {
    for (const pageCall of this.#calls.values()) pageCall.reconnect();
  }

  /** @param {boolean} now  the page is going away */
  endAll(now) {
    for (const pageCall of [...this.#calls.values()]) {
      pageCall.end(performance.now(), now);
      this.#grouping.end(pageCall.call, performance.now());
    }
  }

  /** Forgets the connections, which go on without being watched any more. */
  forget() {
    this.#grouping.clear();
  }

  /** The same for one call: nothing more of it is recorded. It goes on itself. @param {string} callId */
  abandonCall(callId) {
    this.#calls.get(callId)?.abandon();
    this.#calls.delete(callId);
  }

  /** Ends what is captured and played, without a word: there is no engine any more. Connections go on. */
  abandon() {
    for (const pageCall of this.#calls.values()) pageCall.abandon();
    this.#calls.clear();
    this.#grouping.clear();
    this.#graph.close();
  }

  /** Ends the audio graph. */
  close() {
    this.#graph.close();
  }

  /** @param {Call} call */
  #opened(call) {
    const { registry, post, loadPrompt } = this.#host;
    const pageCall = new PageCall(call, { graph: this.#graph, swaps: registry.swaps, post, loadPrompt });
    pageCall.countsTracks = this.#countsTracks;
    this.#calls.set(call.id, pageCall);
    // Before anything else of the call is told: what the host says of it now, the engine hears before the answer.
    this.#host.opened(call.id);
  }

  /** @param {Call} call */
  #ended(call) {
    this.#calls.get(call.id)?.end(call.endedAt ?? performance.now());
    this.#calls.delete(call.id);
    if (this.#calls.size === 0) this.#graph.rest();
  }
}
