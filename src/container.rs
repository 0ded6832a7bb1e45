//! The container: Opus packets of 20 ms in Ogg pages (docs/format.md §3, RFC 3533, RFC 7845).
//!
//! Owns page and header bytes, granule positions and the end-of-stream flag. Knows nothing of keys or objects, and
//! never looks into the coded audio beyond a packet's first byte.

mod ogg_page;
mod ogg_reader;
mod ogg_writer;
mod opus;
mod recording;

pub use ogg_reader::{PartReader, SegmentAudio, SegmentEnd};
pub use ogg_writer::OggOpusWriter;
pub use opus::{SAMPLE_RATE_HZ, SILENT_PACKET, packet_samples};
pub use recording::RecordingWriter;

/// Samples per channel in one packet: 20 ms at 48 kHz.
pub const PACKET_SAMPLES: u64 = 960;

/// Packets in one page at most: 1 s, so that a crash costs no more and a player can seek.
pub const PACKETS_PER_PAGE: usize = 50;

/// Bytes of the largest packet taken. A page has 255 lacing values; 50 packets of 5 values each fit one page, so no
/// packet is ever split. Constant bit rate up to 509 kbit/s stays below.
pub const MAX_PACKET_BYTES: usize = 5 * 255 - 1;
