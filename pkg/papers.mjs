// @ts-check
/**
 * The papers of a closed call, as the host gets them.
 *
 * Owns: the names of their members. Must never change what they say.
 */

/**
 * @param {Extract<import("./protocol.mjs").EngineMessage, {kind: "call_papers"}>} message
 * @returns {import("./index.d.ts").CallsealEvents["papers"]}
 */
export function papersOf({ call_id: callId, papers: { note, parties } }) {
  return {
    callId,
    note,
    parties: parties.map(({ index, receipt_html: receiptHtml, consent_record: consentRecord }) => ({ index, receiptHtml, consentRecord })),
  };
}
