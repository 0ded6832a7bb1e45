/** Types of `callseal/adapters/sipjs-legacy`. */
import type { CallsealSource, Softphone, SoftphoneOptions } from "./softphone.js";

export type * from "./softphone.js";

/** Follows the sessions of a `SIP.UA` of SIP.js 0.7 from now on. */
export declare function sipjsLegacy(callseal: CallsealSource, userAgent: object, options?: SoftphoneOptions): Softphone;
