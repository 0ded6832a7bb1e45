/** Types of `callseal/adapters/janus`. */
import type { CallsealSource, Softphone, SoftphoneOptions } from "./softphone.js";

export type * from "./softphone.js";

export interface JanusSoftphone extends Softphone {
  /** What is to be given to `session.attach` instead of these callbacks; for SIP, VideoCall, AudioBridge and VideoRoom. */
  watch<Callbacks extends { plugin: string }>(callbacks: Callbacks): Callbacks;
}

/** Follows handles of janus.js. */
export declare function janus(callseal: CallsealSource, options?: SoftphoneOptions): JanusSoftphone;
