/**
 * What the desktop and the customer's frame say to each other: the demo's signalling, over one MessagePort per call.
 *
 * Owns the shape of the messages. Must never carry audio.
 */

/** Where one end's voice comes from. */
export type VoiceSource =
  | { readonly kind: "clip"; readonly url: string }
  | { readonly kind: "file"; readonly file: Blob }
  | { readonly kind: "microphone" };

/** Desktop → customer's frame. */
export type ToCustomer =
  | { readonly kind: "dial"; readonly source: VoiceSource }
  | { readonly kind: "answer"; readonly sdp: string }
  | { readonly kind: "candidate"; readonly candidate: RTCIceCandidateInit }
  | { readonly kind: "hang_up" };

/** Customer's frame → desktop. */
export type ToDesktop =
  | { readonly kind: "offer"; readonly sdp: string }
  | { readonly kind: "candidate"; readonly candidate: RTCIceCandidateInit }
  | { readonly kind: "state"; readonly state: RTCPeerConnectionState }
  | { readonly kind: "failed"; readonly reason: string };

/** The one message that is posted to the frame's window; it hands over the port. */
export const HELLO = "demo/hello";
