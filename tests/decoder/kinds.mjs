// @ts-check
/**
 * The table of docs/format.md §6, as far as a reader of audio needs it.
 *
 * Must never: decide anything.
 */
/** Numbers that a body must have for this reader; then the kinds of §6 of which it needs none. */
export const NUMBERS = {
  "part.opened": ["part", "start_sample", "ogg_serial", "pre_skip_samples"], "part.closed": ["part", "end_sample", "segments"],
  "segment.opened": ["part", "segment", "start_sample"], "segment.recovered": ["part", "segment", "size_bytes"],
  "segment.sealed": ["part", "segment", "end_sample", "packets", "size_bytes"], gap: ["from_sample", "to_sample"],
  "call.closed": ["end_sample", "entries"], "call.recovered": ["parts", "entries"],
};
export const OTHERS = /^(call\.(opened|resumed)|decision\.made|disclosure\.played|consent\.(answered|withdrawn|timed_out)|agent_side\.began|party\.(joined|left)|redaction\.span|exposure\.found|shred\.requested|storage\.acknowledged|trouble\.noted|signer\.changed)$/;
/** What may follow `signer.changed`. */
export const BEHIND_A_CRASH = /^(segment\.recovered|part\.closed|call\.(recovered|resumed)|signer\.changed)$/;
