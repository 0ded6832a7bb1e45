/** Types of `callseal/adapters/sipjs`. */
import type { CallsealSource, Softphone, SoftphoneCall, SoftphoneOptions } from "./softphone.js";

export type * from "./softphone.js";

export interface SipJsSoftphone extends Softphone {
  /** Follows an `Inviter` before its `invite`, or an `Invitation` before its `accept`; set its delegate before. */
  watch(session: object): SoftphoneCall;
}

/** For SIP.js from 0.16 on. */
export declare function sipjs(callseal: CallsealSource, options?: SoftphoneOptions): SipJsSoftphone;
