// @ts-check
/**
 * A host's page with a softphone on janus.js: the SIP plugin, the mixed room (AudioBridge) or the room of streams (VideoRoom),
 * where what is said and what is heard are in different connections. A customer's page is the same without the tap.
 *
 * Owns: what a test may do to it (`desk`), and passing on what is told. Must never: reach past the public interfaces of
 * Callseal and janus.js.
 */
import { ears, played } from "./heard.mjs";
import { publish } from "./publish.mjs";

const { Janus: { Janus, adapter: webrtcAdapter } } = /** @type {any} */ (globalThis);

/** @type {any} */
const desk = { ...ears };
Object.assign(globalThis, { desk });

/** @type {any} The session with the server. */
let session = null;
/** The handle through which the agent speaks. @type {any} */
let handle = null;
/** The one through which others are heard, in a room of streams. @type {any} */
let listener = null;

/** @param {{janusUrl: string, callseal?: any, adapter?: string}} options */
desk.start = async ({ janusUrl, callseal, adapter }) => {
  if (callseal !== undefined) await (await import("./recorder.mjs")).record(desk, callseal, adapter);
  await new Promise((callback) => Janus.init({ debug: [], dependencies: Janus.useDefaultDependencies({ adapter: webrtcAdapter }), callback }));
  session = await new Promise((resolve, reject) => {
    const made = new Janus({ server: janusUrl, iceServers: [], success: () => resolve(made), error: (/** @type {any} */ why) => reject(new Error(`${why}`)) });
  });
};

/**
 * @param {string} plugin
 * @param {(message: any, jsep: any, own: any) => void} onmessage
 * @returns {Promise<any>} the handle
 */
function attach(plugin, onmessage) {
  return new Promise((resolve, reject) => {
    /** @type {any} */
    let own = null;
    const callbacks = {
      plugin: `janus.plugin.${plugin}`,
      success: (/** @type {any} */ attached) => {
        own = attached;
        resolve(attached);
      },
      error: (/** @type {any} */ why) => reject(new Error(`${why}`)),
      onmessage: (/** @type {any} */ message, /** @type {any} */ jsep) => {
        publish("janus", { plugin, ...message.result, event: message.result?.event ?? message.videoroom ?? message.audiobridge, error: message.error });
        onmessage(message, jsep, own);
      },
      onremotetrack: (/** @type {MediaStreamTrack} */ track, /** @type {string} */ _, /** @type {boolean} */ on) => on && played(track),
    };
    session.attach(desk.phone?.watch(callbacks) ?? callbacks);
  });
}

const ask = (/** @type {any} */ to, /** @type {any} */ message, /** @type {any} */ jsep = undefined) => to.send({ message, ...(jsep && { jsep }) });

/** @param {any} own @param {any[]} tracks @returns {Promise<any>} */
const offer = (own, tracks) => new Promise((success, error) => own.createOffer({ tracks, success, error }));

/** @param {any} own @param {any} jsep @param {any[]} tracks @returns {Promise<any>} */
const answer = (own, jsep, tracks) => new Promise((success, error) => own.createAnswer({ jsep, tracks, success, error }));

const MICROPHONE = { type: "audio", capture: true };

/** @param {{domain: string, user: string, password: string, proxy: string}} account */
desk.register = async ({ domain, user, password, proxy }) => {
  handle = await attach("sip", (message, jsep, own) => {
    const event = message.result?.event;
    if (event === "incomingcall") desk.offered = jsep;
    else if (jsep) own.handleRemoteJsep({ jsep });
  });
  ask(handle, { request: "register", username: `sip:${user}@${domain}`, authuser: user, secret: password, proxy: `sip:${proxy}`, display_name: "Agent" });
};

desk.answer = async () => {
  const jsep = await answer(handle, desk.offered, [{ ...MICROPHONE, recv: true }]);
  ask(handle, { request: "accept" }, jsep);
};

desk.hold = (/** @type {boolean} */ on) => ask(handle, on ? { request: "hold", direction: "sendonly" } : { request: "unhold" });
desk.mute = (/** @type {boolean} */ on) => (on ? handle.muteAudio() : handle.unmuteAudio());
desk.hangUp = () => {
  ask(handle, { request: "hangup" });
  handle.hangup();
};

/** Joins a mixed room, and speaks there. @param {number} room @param {string} display */
desk.joinMixed = async (room, display) => {
  handle = await attach("audiobridge", (message, jsep, own) => {
    if (message.audiobridge === "joined" && message.id !== undefined && !desk.isIn) {
      desk.isIn = true;
      void offer(own, [{ ...MICROPHONE, recv: true }]).then((jsep) => ask(own, { request: "configure", muted: false }, jsep));
    }
    if (jsep) own.handleRemoteJsep({ jsep });
  });
  ask(handle, { request: "join", room, display });
};

/** Joins a room of streams: speaks in one connection, and listens in another. @param {number} room @param {string} display */
desk.joinStreams = async (room, display) => {
  const listen = async (/** @type {any[]} */ publishers) => {
    for (const { id } of publishers) {
      listener = await attach("videoroom", (message, jsep, own) => {
        if (jsep) void answer(own, jsep, []).then((made) => ask(own, { request: "start", room }, made));
      });
      ask(listener, { request: "join", ptype: "subscriber", room, streams: [{ feed: id }] });
    }
  };
  handle = await attach("videoroom", (message, jsep, own) => {
    if (message.videoroom === "joined") void offer(own, [{ ...MICROPHONE, recv: false }]).then((jsep) => ask(own, { request: "configure", audio: true, video: false }, jsep));
    if (message.publishers?.length > 0) void listen(message.publishers);
    if (jsep) own.handleRemoteJsep({ jsep });
  });
  ask(handle, { request: "join", ptype: "publisher", room, display });
};

desk.leave = () => {
  ask(handle, { request: "leave" });
  listener?.hangup();
  handle.hangup();
};

desk.isReady = true;
