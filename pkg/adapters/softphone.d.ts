/**
 * Types of what all adapters have in common.
 *
 * Owns: what a host sees of an adapter. Must never: name a type of a softphone library, which nobody else has installed.
 */
import type { CallFacts, Callseal } from "../index.js";

/** Callseal, a start that is still under way, or nothing: the softphone works with all of them. */
export type CallsealSource = Callseal | Promise<Callseal> | null | undefined;

/** Who did something: the agent, or the far end. */
export type Originator = "agent" | "customer";

/** Somebody at the far end, as signalling names them. */
export interface Party {
  /** Telephone number as the softphone has it. Passed on to Callseal if it is in international form (`+…`). */
  number?: string;
  /** What stands before the `@` of an address, or another identity; a number in international form counts as `number`. */
  user?: string;
  name?: string;
}

/** What is known of a call when it begins. */
export interface CallDescription {
  /** The softphone's own: Call-ID, CallSid, contact id, room. */
  id: string;
  direction: "incoming" | "outgoing";
  party: Party;
}

/** One call of the softphone. The methods are for what the library does not say by itself. */
export interface SoftphoneCall {
  /** The softphone's own; Twilio says it only when an outgoing call rings. */
  readonly id: string;
  readonly direction: "incoming" | "outgoing";
  readonly party: Party;
  /** The library's own object: session, call, room, connection. */
  readonly source: object;
  /** Callseal's id; null while Callseal does not know the call. */
  readonly callId: string | null;
  readonly isAnswered: boolean;
  readonly isMuted: boolean;
  readonly isEnded: boolean;
  readonly isIgnored: boolean;
  /** Empty while nobody holds. */
  readonly heldBy: ReadonlySet<Originator>;
  /** Who joined and is still there, by key. */
  readonly joinedParties: ReadonlyMap<string, Party>;
  /** A further connection that carries the call's media. */
  connect(connection: RTCPeerConnection): void;
  /** The far end has answered; it counts where `consent.answeredBy` is `host`. */
  answer(): void;
  hold(held: boolean, by: Originator): void;
  mute(muted: boolean): void;
  /** Somebody joined. With `hasTrack`, Callseal counts their track by itself. */
  join(key: string, party?: Party, how?: { hasTrack?: boolean }): void;
  leave(key: string): void;
  transfer(by: Originator, to?: Party | null): void;
  end(by: Originator | "network"): void;
}

export interface SoftphoneOptions {
  /**
   * What is told to Callseal of a call beyond the number and name of its party: places, languages, the medium. An entry for
   * index 1 is laid over what the softphone says. Asked once, before the call is answered where the library allows it.
   */
  facts?: (call: SoftphoneCall) => CallFacts;
  /** True for a call that is not to be recorded; its connections are none for Callseal. */
  ignore?: (call: SoftphoneCall) => boolean;
  /**
   * `report` (default): a hold is only told to the host. `pause`: what is said while anybody holds is cut out, by the
   * facade's `pause` and `resume`, whose limits apply: the end of a hold also ends a pause of the host's own.
   */
  onHold?: "report" | "pause";
}

export interface SoftphoneEvents {
  /** A call rings, or is dialled. */
  opened: { call: SoftphoneCall };
  answered: { call: SoftphoneCall };
  held: { call: SoftphoneCall; by: Originator };
  resumed: { call: SoftphoneCall; by: Originator };
  muted: { call: SoftphoneCall };
  unmuted: { call: SoftphoneCall };
  joined: { call: SoftphoneCall; key: string; party: Party };
  left: { call: SoftphoneCall; key: string; party: Party };
  /** Somebody asks to hand the call over. */
  transferred: { call: SoftphoneCall; by: Originator; to: Party | null };
  ended: { call: SoftphoneCall; by: Originator | "network" };
  /** Something of Callseal or of the adapter failed; the softphone did not notice. */
  error: { call: SoftphoneCall | null; error: unknown };
}

/** An adapter at work. */
export interface Softphone {
  /** Those that ring or run. */
  readonly calls: ReadonlySet<SoftphoneCall>;
  /** The call of the library's own object. */
  callOf(source: object): SoftphoneCall | undefined;
  /** Calls `listener` for each event; returns a function that ends that. */
  on<Type extends keyof SoftphoneEvents>(type: Type, listener: (event: SoftphoneEvents[Type]) => void): () => void;
  /** Ends the adapter. Calls and recordings go on. */
  stop(): void;
}
