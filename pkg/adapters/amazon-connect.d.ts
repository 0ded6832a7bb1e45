/** Types of `callseal/adapters/amazon-connect`. */
import type { CallsealSource, Softphone, SoftphoneOptions } from "./softphone.js";

export type * from "./softphone.js";

/** Follows the voice contacts of amazon-connect-streams, whose global this is; after `connect.core.initCCP`. */
export declare function amazonConnectStreams(callseal: CallsealSource, connect: object, options?: SoftphoneOptions): Softphone;
