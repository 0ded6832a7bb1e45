// @ts-check
/**
 * Ogg pages (RFC 3533) as docs/format.md §3 demands them.
 *
 * Must never: look into a packet, or pass over a byte that belongs to no page.
 */
import { check, hex } from "./bytes.mjs";
/** @typedef {import("./bytes.mjs").Bytes} Bytes */
/** Samples of a packet of 20 ms. */
export const PACKET_SAMPLES = 960;

/** @param {Uint8Array} page an Ogg page; its checksum counts as 0 (RFC 3533 §6, field 7) */
function checksum(page) {
  let crc = 0;
  for (let at = 0; at < page.length; at += 1) {
    crc ^= (at >= 22 && at < 26 ? 0 : (page[at] ?? 0)) << 24;
    for (let bit = 0; bit < 8; bit += 1) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  }
  return crc >>> 0;
}

/** §3: the pages of one part, segment by segment. */
export class Pages {
  packets = 0;
  sequence = 0;
  granule = 0;
  before = 0;
  isEnded = false;
  /** @param {number} serial */
  constructor(serial) {
    this.serial = serial;
  }

  /** @param {Bytes} bytes @param {boolean} isTorn  within a page, too @returns {number} where the last whole page ends */
  read(bytes, isTorn) {
    let at = 0;
    while (at < bytes.length) {
      const view = new DataView(bytes.buffer, bytes.byteOffset + at);
      const count = view.byteLength < 27 ? 0 : view.getUint8(26);
      const lacing = bytes.subarray(at + 27, at + 27 + count);
      const length = 27 + count + lacing.reduce((sum, value) => sum + value, 0);
      if (view.byteLength < 27 || lacing.length < count || view.byteLength < length) {
        check(isTorn, "open/truncated", "the segment ends within an Ogg page");
        return at;
      }
      const page = bytes.subarray(at, at + length);
      const flags = view.getUint8(5);
      const packets = lacing.filter((value) => value < 255).length;
      const isHeader = this.sequence < 2;
      check(hex(page.subarray(0, 5)) === "4f67675300" && view.getUint32(22, true) === checksum(page), "open/corrupt", "no Ogg page, or a changed one");
      check(view.getUint32(14, true) === this.serial && view.getUint32(18, true) === this.sequence, "open/corrupt", "a page of another stream or place");
      check(!this.isEnded && (flags & 1) === 0 && (lacing.at(-1) ?? 255) < 255 && packets > 0 && packets <= (isHeader ? 1 : 50), "open/corrupt", "packets are whole, at most 50 in a page, none behind the end");
      check((flags & 2) === (this.sequence === 0 ? 2 : 0), "open/corrupt", "a beginning that is none");
      [this.before, this.granule] = [this.granule, Number(view.getBigInt64(6, true))];
      this.packets += isHeader ? 0 : packets;
      this.isEnded = (flags & 4) !== 0;
      check(this.isEnded || this.granule === this.packets * PACKET_SAMPLES, "open/corrupt", "another granule position than that of the packets");
      this.sequence += 1;
      at += length;
    }
    return at;
  }
}
