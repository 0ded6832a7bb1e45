// @ts-check
/**
 * Amazon Connect Streams: voice contacts whose media runs in this page.
 *
 * Owns: what contacts and their connections say of a call. Must never: change a contact. Media within the CCP's own frame
 * is out of reach: that page is Amazon's.
 *
 * Source: amazon-connect-streams 2.x, `connect.contact`, `connect.agent`, `SoftphoneManager.getSession`.
 */
import { Softphone } from "./softphone.mjs";
import { connectByTracks } from "./tracks.mjs";

/**
 * @param {import("./softphone.d.ts").CallsealSource} callseal
 * @param {any} connect  the library's global, after `initCCP`
 * @param {import("./softphone.d.ts").SoftphoneOptions} [options]
 * @returns {Softphone}
 */
export function amazonConnectStreams(callseal, connect, options) {
  const phone = new Softphone(callseal, options);
  // The library shows no connection of a session but by this name, which it uses itself from outside.
  const connectionOf = (/** @type {any} */ { agentConnectionId }) => connect.core.getSoftphoneManager()?.getSession(agentConnectionId)?._pc;
  connectByTracks(phone, (_, peer) => [...phone.calls].find(({ source }) => connectionOf(source) === peer));
  const partyOf = (/** @type {any} */ connection) => {
    const { phoneNumber, name } = connection?.getEndpoint() ?? {};
    return { ...(phoneNumber && { number: phoneNumber }), ...(name && { name }) };
  };
  const follow = phone.guard((/** @type {any} */ contact) => {
    const { VOICE, QUEUE_CALLBACK } = connect.ContactType;
    if (![VOICE, QUEUE_CALLBACK].includes(contact.getType()) || [...phone.calls].some(({ id }) => id === contact.contactId)) return;
    const source = { contact, agentConnectionId: contact.getAgentConnection()?.connectionId };
    const call = phone.open(source, () => ({ id: contact.contactId, direction: contact.isInbound() ? "incoming" : "outgoing", party: partyOf(contact.getInitialConnection()) }));
    let by = /** @type {"agent" | "customer" | "network"} */ ("network");
    const look = () => {
      const [agent, customer] = [contact.getAgentConnection(), contact.getInitialConnection()];
      if (contact.isConnected()) call.answer();
      // Who of both is gone while the other is still there has hung up.
      if (call.isAnswered && agent?.isActive() !== customer?.isActive()) by = agent?.isActive() ? "customer" : "agent";
      call.hold(Boolean(customer?.isOnHold()), "agent");
      const others = contact.getThirdPartyConnections().filter((/** @type {any} */ other) => other.isActive() && !other.isConnecting());
      for (const key of call.joinedParties.keys()) if (!others.some((/** @type {any} */ { connectionId }) => connectionId === key)) call.leave(key);
      for (const other of others) call.join(other.connectionId, partyOf(other));
    };
    const subscribe = (/** @type {string} */ method, /** @type {() => void} */ listener) => {
      const subscription = contact[method](phone.guard(listener));
      phone.atEnd(call, () => subscription.unsubscribe());
    };
    subscribe("onRefresh", look);
    subscribe("onEnded", () => call.end(by));
    subscribe("onDestroy", () => call.end(by));
    look();
  });
  const watch = (/** @type {{unsubscribe: () => void}} */ subscription) => phone.atEnd(null, () => subscription.unsubscribe());
  watch(connect.contact(follow));
  watch(connect.agent(phone.guard((/** @type {any} */ agent) => {
    watch(agent.onMuteToggle(phone.guard(({ muted }) => phone.calls.forEach((call) => call.mute(muted)))));
    agent.getContacts().forEach(follow);
  })));
  return phone;
}
