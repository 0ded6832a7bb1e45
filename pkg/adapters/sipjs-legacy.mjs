// @ts-check
/**
 * SIP.js up to 0.13, whose sessions are event emitters.
 *
 * Owns: what its events mean for a call. Must never: listen for `refer` where the host does not: SIP.js declines a REFER
 * that nobody listens for.
 *
 * Source: SIP.js 0.7, `SIP.UA`, `SIP.Session`, `SIP.WebRTC.MediaHandler`.
 */
import { assertedParty } from "./party.mjs";
import { Softphone } from "./softphone.mjs";

/** @param {any} message @returns {import("./softphone.d.ts").Party | null} */
const asserted = (message) => assertedParty(message?.getHeader?.("P-Asserted-Identity") ?? message?.getHeader?.("Remote-Party-ID"));

/**
 * @param {import("./softphone.d.ts").CallsealSource} callseal
 * @param {object} userAgent  a `SIP.UA`
 * @param {import("./softphone.d.ts").SoftphoneOptions} [options]
 * @returns {Softphone}
 */
export function sipjsLegacy(callseal, userAgent, options) {
  const phone = new Softphone(callseal, options);
  const follow = (/** @type {any} */ session, /** @type {"incoming" | "outgoing"} */ direction) => {
    const { uri, displayName: name } = session.remoteIdentity;
    const call = phone.open(session, () => ({
      id: session.request.call_id,
      direction,
      party: (direction === "incoming" && asserted(session.request)) || { user: uri.user, ...(name && { name }) },
    }));
    // Later versions call it by another name.
    const connect = () => call.connect((session.mediaHandler ?? session.sessionDescriptionHandler)?.peerConnection);
    const transferred = (/** @type {any} */ request) => call.transfer("customer", assertedParty(request.getHeader("Refer-To")));
    let isTheirEnd = false;
    const theirs = () => void (isTheirEnd = true);
    phone.listen(session, {
      connecting: connect,
      progress: connect,
      accepted: (response) => {
        connect();
        call.identify(asserted(response));
        call.answer();
        if (session.listeners("refer").length > 0) phone.listen(session, { refer: transferred }, call);
      },
      hold: ({ originator }) => call.hold(true, originator === "local" ? "agent" : "customer"),
      unhold: ({ originator }) => call.hold(false, originator === "local" ? "agent" : "customer"),
      muted: ({ audio }) => audio && call.mute(true),
      unmuted: ({ audio }) => audio && call.mute(false),
      bye: (request) => void (isTheirEnd = typeof request.reply === "function"),
      cancel: theirs,
      rejected: (response) => void (isTheirEnd = response !== null && "status_code" in response),
      terminated: () => call.end(isTheirEnd ? "customer" : "agent"),
    }, call);
    connect();
  };
  phone.listen(userAgent, {
    invite: (session) => follow(session, "incoming"),
    inviteSent: (session) => follow(session, "outgoing"),
  });
  return phone;
}
