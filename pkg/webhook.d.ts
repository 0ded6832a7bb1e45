/**
 * Types of the webhook (docs/webhook.md). `index.d.ts` passes them on.
 *
 * Owns: the webhook's part of the configuration.
 */

/**
 * Groups of events: `consent.*`, `decision.made`, `call.closed`, `call.stored` (with it `call.shredded`), `call.recovered`,
 * `call.exposed` (something was recorded that should not have been), `error.reported`.
 */
export type WebhookEventGroup = "consent" | "decision" | "closed" | "stored" | "recovered" | "exposed" | "error";

/** What a template may be made of. Strings may hold placeholders such as `{{data.outcome}}`. */
export type WebhookTemplate =
  | string
  | number
  | boolean
  | null
  | readonly WebhookTemplate[]
  | { readonly [name: string]: WebhookTemplate };

/**
 * Where events are sent as signed requests (docs/webhook.md). The secret lies in the page like the store's token: a
 * host that cannot accept that listens with `on` and sends from its back end.
 */
export interface Webhook {
  /** `https`, or `http` on `localhost`, `127.0.0.1` or `[::1]`; absolute. The page's `connect-src` must allow it. */
  url: string;
  /** At least 32 random bytes, base64url; base64 behind `whsec_` is taken too. */
  secret: string;
  /** Which groups of events are sent. Default: all. */
  events?: WebhookEventGroup[];
  /**
   * The body. A string that is one placeholder becomes the value, within a longer string it becomes text. Default:
   * `{id, type, call_id, at_ms, data}`.
   */
  template?: WebhookTemplate;
  /** Further headers, for example `Authorization`. */
  headers?: Record<string, string>;
}
