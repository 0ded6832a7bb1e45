// @ts-check
/**
 * The test as the host of the recorder: what a company's own page and back end configure, say and sign.
 *
 * Owns the host's side of the public interface. Must never reach past it: only the configuration, the facade's methods,
 * and statements signed outside the browser.
 */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from "jose";

/**
 * @typedef {import("../../../scripts/demo/desktop.mjs").Desktop} Desktop
 * @typedef {import("../../../pkg/index.d.ts").Callseal} Callseal
 * @typedef {import("playwright-core").BrowserContext} BrowserContext
 */

/**
 * For `Installation.open`: the configuration that the server gives, with these members too.
 * @param {Partial<import("../../../pkg/index.d.ts").CallsealConfig>} members
 */
export const configured = (members) => (/** @type {BrowserContext} */ context) =>
  context.route("**/callseal/config.json", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), ...members } });
  });

/**
 * Calls a method of the facade, which the panel on the page has.
 * @template {"assertConsent" | "answered" | "partyJoined" | "partyLeft"} Method
 * @param {Desktop} desktop
 * @param {Method} method
 * @param {Parameters<Callseal[Method]>} words
 */
export function host(desktop, method, ...words) {
  return desktop.page.evaluate(([name, values]) => {
    const { callseal } = /** @type {any} */ (document.querySelector("callseal-panel"));
    callseal[name](...values);
  }, /** @type {const} */ ([method, words]));
}

/** A back end with a key of its own. */
export class BackEnd {
  #key;

  /**
   * @param {CryptoKey} key
   * @param {{kty: "EC", crv: "P-256", x: string, y: string}} publicKey  for `hostKeys`
   * @param {string} keyId
   */
  constructor(key, publicKey, keyId) {
    this.#key = key;
    this.publicKey = publicKey;
    this.keyId = keyId;
  }

  static async create() {
    const { privateKey, publicKey } = await generateKeyPair("ES256");
    const { x = "", y = "" } = await exportJWK(publicKey);
    const jwk = { kty: /** @type {const} */ ("EC"), crv: /** @type {const} */ ("P-256"), x, y };
    return new BackEnd(privateKey, jwk, await calculateJwkThumbprint(jwk));
  }

  /**
   * A statement of consent, good for five minutes from now, with `changes` to its claims.
   * @param {string} callId
   * @param {Record<string, unknown>} [changes]
   */
  sign(callId, changes = {}) {
    const now = Math.floor(Date.now() / 1000);
    const claims = { aud: "callseal", call: callId, party: 1, answer: "yes", iat: now, exp: now + 300, ref: "ivr 4711", ...changes };
    return new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid: this.keyId, typ: "callseal-consent+jws" }).sign(this.#key);
  }
}
