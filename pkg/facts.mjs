// @ts-check
/**
 * What the host knows of a call, as the engine is told it.
 *
 * Owns the names. Must never keep a number or an address.
 */

/**
 * @param {string} callId
 * @param {import("./index.d.ts").CallFacts} facts
 * @returns {import("./protocol.mjs").PageMessage}
 */
export const factsMessage = (callId, { media, parties = [] }) => ({
  kind: "call_facts",
  call_id: callId,
  media: media ?? null,
  parties: parties.map(({ index, number = null, crmAddress = null, declared = null, language = null, name = null }) =>
    ({ index, number, crm_address: crmAddress, declared, language, name })),
});
