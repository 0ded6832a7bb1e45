/** Types of `callseal/adapters/twilio`. */
import type { CallsealSource, Softphone, SoftphoneCall, SoftphoneOptions } from "./softphone.js";

export type * from "./softphone.js";

export interface TwilioSoftphoneOptions extends SoftphoneOptions {
  /**
   * Whether announcements go through the SDK's audio processors, local and remote, instead of the sender's track (default
   * false). The SDK takes one processor for each side: not beside one of your own.
   */
  audioProcessors?: boolean;
}

export interface TwilioSoftphone extends Softphone {
  /** Follows an outgoing call, as `device.connect` gave it. Incoming ones are followed by themselves. */
  watch(call: object): SoftphoneCall;
  /** Settles when the audio processors are in place: before that, do not dial or accept. Rejects as `addProcessor` does. */
  readonly ready: Promise<void>;
}

/** Follows the calls of a `Twilio.Device`. */
export declare function twilioVoice(callseal: CallsealSource, device: object, options?: TwilioSoftphoneOptions): TwilioSoftphone;
