/** Types of `callseal/adapters/livekit`. */
import type { CallsealSource, Softphone, SoftphoneOptions } from "./softphone.js";

export type * from "./softphone.js";

export interface LiveKitOptions extends SoftphoneOptions {
  /** LiveKit does not say it. Default `incoming`. */
  direction?: "incoming" | "outgoing";
}

/** Follows a `Room` of livekit-client; before its `connect`. */
export declare function livekit(callseal: CallsealSource, room: object, options?: LiveKitOptions): Softphone;
