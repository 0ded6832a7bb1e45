// @ts-check
/**
 * SIP.js from 0.16 on: sessions (`Inviter`, `Invitation`) that the host shows to it.
 *
 * Owns: what SIP.js's states and delegate say of a call. Must never: take the place of the host's delegate, or make SIP.js
 * do what it would not do without: a delegate's mere presence decides what becomes of a BYE or a REFER.
 *
 * Source: SIP.js 0.21, `Session`, `SessionDelegate`, `SessionState`.
 */
import { followHold } from "./directions.mjs";
import { assertedParty } from "./party.mjs";
import { Softphone } from "./softphone.mjs";

/** @param {any} message @returns {import("./softphone.d.ts").Party | null} */
const asserted = (message) => assertedParty(message?.getHeader("P-Asserted-Identity") ?? message?.getHeader("Remote-Party-ID"));

/**
 * @param {import("./softphone.d.ts").CallsealSource} callseal
 * @param {import("./softphone.d.ts").SoftphoneOptions} [options]
 * @returns {import("./sipjs.d.ts").SipJsSoftphone}
 */
export function sipjs(callseal, options) {
  const phone = new Softphone(callseal, options);
  const watch = (/** @type {any} */ session) => phone.watched(session, () => {
    const { uri, displayName: name } = session.remoteIdentity;
    const isIncoming = "accept" in session;
    const call = phone.open(session, () => ({
      id: session.request.callId,
      direction: isIncoming ? "incoming" : "outgoing",
      party: (isIncoming && asserted(session.request)) || { user: uri.user, ...(name && { name }) },
    }));
    const connect = (/** @type {any} */ handler) => {
      const connection = handler?.peerConnection;
      call.connect(connection);
      if (connection) followHold(phone, call, connection);
    };
    session.delegate = beside(phone, session.delegate ?? {}, {
      onSessionDescriptionHandler: (handler, isProvisional) => !isProvisional && connect(handler),
      onInvite: (request) => call.identify(asserted(request)),
      onRefer: ({ referTo }) => call.transfer("customer", { user: referTo.uri.user }),
      onBye: () => void (isOurEnd = false),
      onCancel: () => void (isOurEnd = false),
    });
    // Over by us unless they say so; an outgoing call that rings is over by them unless we cancel it.
    let isOurEnd = isIncoming;
    const followState = phone.guard((/** @type {string} */ state) => {
      if (state === "Established") call.answer();
      if (state === "Established" || state === "Terminating") isOurEnd = true;
      if (state === "Terminated") call.end(isOurEnd ? "agent" : "customer");
    });
    session.stateChange.addListener(followState);
    phone.atEnd(call, () => session.stateChange.removeListener(followState));
    connect(session.sessionDescriptionHandler);
    return call;
  });
  return Object.assign(phone, { watch });
}

/**
 * @param {Softphone} phone
 * @param {any} theirs  the host's delegate
 * @param {Record<string, (...args: any[]) => void>} ours
 * @returns {any} a delegate that tells both, and answers a REFER only where the host's does
 */
function beside(phone, theirs, ours) {
  return new Proxy(theirs, {
    get: (target, name) => {
      const own = ours[String(name)];
      const host = typeof target[name] === "function" ? target[name].bind(target) : target[name];
      if (own === undefined || (name === "onRefer" && host === undefined)) return host;
      // What SIP.js does itself where there is no delegate.
      const otherwise = name === "onBye" ? (/** @type {any} */ bye) => bye.accept() : undefined;
      return (/** @type {any[]} */ ...args) => (phone.guard(own)(...args), (host ?? otherwise)?.(...args));
    },
  });
}
