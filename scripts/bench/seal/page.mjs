/**
 * Seals the same bytes in every way, turn by turn, and gives each one's best slice in MB/s.
 *
 * Must never: take the mean; what else the machine does is no property of a cipher.
 */
import start, { Bench } from "/wasm/callseal_bench.js";
import { gcm } from "/noble/aes.js";
import sodium from "/sodium/libsodium-wrappers.mjs";

/** Milliseconds of a slice, and how many there are of each. */
const [SLICE_MS, SLICES] = [25, 40];
/** Bytes of a Tink segment's plaintext. */
const PIECE = 4080;

/** @param {number} bytes */
export async function measure(bytes) {
  await Promise.all([start(), sodium.ready]);
  const bench = new Bench(bytes);
  const plaintext = new Uint8Array(bytes).fill(0x5a);
  const raw = new Uint8Array(32).fill(0x4b);
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt"]);
  const pieces = Array.from({ length: Math.ceil(bytes / PIECE) }, (_, at) => plaintext.subarray(at * PIECE, (at + 1) * PIECE));
  let counter = 0;
  const nonce = () => {
    const bytes = new Uint8Array(12);
    new DataView(bytes.buffer).setUint32(0, (counter += 1));
    return bytes;
  };
  const ways = {
    callseal: () => bench.seal(),
    "aes-gcm 0.10.3 as Wasm": () => bench.peer(),
    "@noble/ciphers gcm": () => pieces.forEach((piece) => gcm(raw, nonce()).encrypt(piece)),
    "WebCrypto AES-GCM": async () => {
      for (const piece of pieces) await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce() }, key, piece);
    },
    "libsodium secretstream": () => {
      const { state } = sodium.crypto_secretstream_xchacha20poly1305_init_push(raw);
      for (const piece of pieces) sodium.crypto_secretstream_xchacha20poly1305_push(state, piece, null, 0);
    },
  };
  const best = Object.fromEntries(Object.keys(ways).map((name) => [name, 0]));
  for (let slice = 0; slice < SLICES; slice += 1) {
    for (const [name, way] of Object.entries(ways)) {
      const began = performance.now();
      let rounds = 0;
      while (performance.now() - began < SLICE_MS) {
        await way();
        rounds += 1;
      }
      best[name] = Math.max(best[name], (rounds * bytes) / (performance.now() - began) / 1000);
    }
  }
  return best;
}
