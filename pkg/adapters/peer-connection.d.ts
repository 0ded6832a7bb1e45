/** Types of `callseal/adapters/peer-connection`. */
import type { CallDescription, CallsealSource, Softphone, SoftphoneCall, SoftphoneOptions } from "./softphone.js";

export type * from "./softphone.js";

export interface PeerConnectionSoftphone extends Softphone {
  /** Makes a connection a call, best before it is negotiated. */
  watch(connection: RTCPeerConnection, description: CallDescription): SoftphoneCall;
}

/** For softphones without an adapter of their own. */
export declare function peerConnections(callseal: CallsealSource, options?: SoftphoneOptions): PeerConnectionSoftphone;
