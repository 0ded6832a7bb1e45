// @ts-check
/**
 * A host's page with a softphone on JsSIP, as small as one can be: it registers, calls, answers, and on the agent's desk has
 * Callseal embedded as the README says. A customer's page is the same without the tap.
 *
 * Owns: what a test may do to the softphone (`desk`), and passing on what is told. Must never: reach past the public
 * interfaces of Callseal and JsSIP.
 */
import { ears, played } from "./heard.mjs";
import { publish } from "./publish.mjs";

const { JsSIP } = /** @type {any} */ (globalThis);

/** @type {any} */
const desk = { sessions: [], ...ears };
Object.assign(globalThis, { desk });

const MEDIA = { mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [] } };

/**
 * Registers. With `callseal`, the members of its configuration that are the test's.
 * @param {{socketUrl: string, user: string, password: string, domain: string, name: string, callseal?: any, adapter?: any}} options
 */
desk.start = async ({ socketUrl, user, password, domain, name, callseal, adapter }) => {
  const userAgent = new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(socketUrl)],
    uri: `sip:${user}@${domain}`,
    display_name: name,
    password,
    session_timers: false,
    register: true,
  });
  desk.userAgent = userAgent;
  desk.domain = domain;
  userAgent.on("newRTCSession", (/** @type {any} */ { session, originator }) => {
    const number = desk.sessions.push(session) - 1;
    publish("session", { number, originator, from: session.remote_identity.uri.user });
    for (const type of ["progress", "accepted", "confirmed", "ended", "failed", "hold", "unhold"]) {
      session.on(type, (/** @type {any} */ { originator: by, cause } = {}) => publish(`session-${type}`, { number, by, cause }));
    }
    session.on("refer", (/** @type {any} */ { accept }) => {
      publish("session-refer", { number });
      // A blind transfer by the far end: the softphone follows it with a new call.
      accept((/** @type {any} */ made) => publish("referred", { to: made.remote_identity.uri.user }), MEDIA);
    });
    session.on("peerconnection", (/** @type {any} */ { peerconnection }) => play(peerconnection));
    if (session.connection) play(session.connection);
  });
  if (callseal !== undefined) await (await import("./recorder.mjs")).record(desk, callseal, adapter);
  const registered = new Promise((resolve, reject) => {
    userAgent.once("registered", resolve);
    userAgent.once("registrationFailed", (/** @type {any} */ { cause }) => reject(new Error(`registration failed: ${cause}`)));
  });
  userAgent.start();
  await registered;
};

/** What is received is played, as softphones do it. @param {RTCPeerConnection} connection */
function play(connection) {
  connection.addEventListener("track", ({ track }) => played(track));
}

/** How often the jitter buffer is looked at, in milliseconds. */
const BUFFER_EVERY_MS = 500;

/**
 * From now on tells how long what is received waits before it is played (W3C webrtc-stats): that moves while nothing of the
 * recorder's does.
 * @param {number} number
 */
desk.watchBuffer = (number) => {
  const look = async () => {
    for (const entry of (await desk.sessions[number].connection.getStats()).values()) {
      if (entry.type === "inbound-rtp") publish("buffer", { delayS: entry.jitterBufferDelay, samples: entry.jitterBufferEmittedCount });
    }
  };
  setInterval(() => void look().catch(() => {}), BUFFER_EVERY_MS);
};

desk.dial = (/** @type {string} */ user) => void desk.userAgent.call(`sip:${user}@${desk.domain}`, MEDIA);
desk.answer = (/** @type {number} */ number) => desk.sessions[number].answer(MEDIA);
desk.hangUp = (/** @type {number} */ number) => desk.sessions[number].terminate();
desk.mute = (/** @type {number} */ number, /** @type {boolean} */ on) => (on ? desk.sessions[number].mute({ audio: true }) : desk.sessions[number].unmute({ audio: true }));

/** A blind transfer: the softphone hangs up when the far end has reached the other. */
desk.refer = (/** @type {number} */ number, /** @type {string} */ user) => {
  const session = desk.sessions[number];
  const told = (/** @type {string} */ type) => () => publish(`refer-${type}`, { number });
  const accepted = () => {
    told("accepted")();
    session.terminate();
  };
  session.refer(`sip:${user}@${desk.domain}`, { eventHandlers: { requestFailed: told("refused"), failed: told("failed"), accepted } });
};

/** Keys by RFC 4733, as a softphone's keypad sends them. */
desk.press = (/** @type {number} */ number, /** @type {string} */ keys) => desk.sessions[number].sendDTMF(keys, { transportType: "RFC2833", duration: 160, interToneGap: 100 });

/** Resolves when the far end has agreed. */
desk.hold = (/** @type {number} */ number, /** @type {boolean} */ on) =>
  new Promise((resolve, reject) => {
    const session = desk.sessions[number];
    if (!session[on ? "hold" : "unhold"]({}, () => resolve(undefined))) reject(new Error("the session cannot be held now"));
  });

/** Another microphone, in the middle of the call. @returns {Promise<{from: string, to: string}>} their names */
desk.changeMicrophone = async (/** @type {number} */ number) => {
  const sender = desk.sessions[number].connection.getSenders().find((/** @type {RTCRtpSender} */ { track }) => track?.kind === "audio");
  const old = sender.track;
  const inputs = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind, label, deviceId }) => kind === "audioinput" && label !== old.label && deviceId !== "default");
  const { deviceId } = inputs.at(-1) ?? { deviceId: "" };
  const [track] = (await navigator.mediaDevices.getUserMedia({ audio: { deviceId: { exact: deviceId } } })).getAudioTracks();
  await sender.replaceTrack(track);
  old.stop();
  return { from: old.label, to: track?.label ?? "" };
};

desk.isReady = true;
