// @ts-check
/**
 * JsSIP: the sessions of a user agent.
 *
 * Owns: what JsSIP's events mean for a call. Must never: change a session, or answer one.
 *
 * Source: JsSIP 3, events of `UA` and `RTCSession`.
 */
import { assertedParty } from "./party.mjs";
import { Softphone } from "./softphone.mjs";

/** @param {string} originator @returns {"agent" | "customer" | "network"} */
const by = (originator) => (originator === "local" ? "agent" : originator === "remote" ? "customer" : "network");

/** @param {any} message @returns {import("./softphone.d.ts").Party | null} */
const asserted = (message) => assertedParty(message?.getHeader?.("P-Asserted-Identity") ?? message?.getHeader?.("Remote-Party-ID"));

/**
 * @param {import("./softphone.d.ts").CallsealSource} callseal
 * @param {object} userAgent  a `JsSIP.UA`
 * @param {import("./softphone.d.ts").SoftphoneOptions} [options]
 * @returns {Softphone}
 */
export function jssip(callseal, userAgent, options) {
  const phone = new Softphone(callseal, options);
  phone.listen(userAgent, {
    newRTCSession: ({ session, originator, request }) => {
      const { uri, display_name: name } = session.remote_identity;
      const call = phone.open(session, () => ({
        id: request.call_id,
        direction: originator === "remote" ? "incoming" : "outgoing",
        party: (originator === "remote" && asserted(request)) || { user: uri.user, ...(name && { name }) },
      }));
      phone.listen(session, {
        peerconnection: ({ peerconnection }) => call.connect(peerconnection),
        accepted: ({ response }) => {
          call.identify(asserted(response));
          call.answer();
        },
        hold: ({ originator: who }) => call.hold(true, /** @type {"agent"} */ (by(who))),
        unhold: ({ originator: who }) => call.hold(false, /** @type {"agent"} */ (by(who))),
        muted: ({ audio }) => audio && call.mute(true),
        unmuted: ({ audio }) => audio && call.mute(false),
        reinvite: ({ request: renewed }) => call.identify(asserted(renewed)),
        update: ({ request: renewed }) => call.identify(asserted(renewed)),
        refer: ({ request: refer }) => call.transfer("customer", assertedParty(refer.getHeader("Refer-To"))),
        replaces: ({ request: invite }) => call.transfer("customer", asserted(invite)),
        ended: ({ originator: who }) => call.end(by(who)),
        failed: ({ originator: who }) => call.end(by(who)),
      }, call);
      // An outgoing session has its connection before it is told of.
      call.connect(session.connection);
    },
  });
  return phone;
}
