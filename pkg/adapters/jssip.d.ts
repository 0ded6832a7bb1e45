/** Types of `callseal/adapters/jssip`. */
import type { CallsealSource, Softphone, SoftphoneOptions } from "./softphone.js";

export type * from "./softphone.js";

/** Follows the sessions of a `JsSIP.UA` from now on. */
export declare function jssip(callseal: CallsealSource, userAgent: object, options?: SoftphoneOptions): Softphone;
