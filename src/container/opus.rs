//! The Opus side of the container: header packets and the length of packets (RFC 7845 §5, RFC 6716 §3).

use crate::{Error, ErrorKind, Result};

/// The clock of Opus in Ogg, whatever the encoder's input was (RFC 7845 §4).
pub const SAMPLE_RATE_HZ: u32 = 48_000;

/// 20 ms of silence in stereo: a CELT packet whose frame says "silence" at once.
pub const SILENT_PACKET: [u8; 3] = [0xFC, 0xFF, 0xFE];

/// 2.5 ms of the same, to fill a hole more closely than a whole packet could.
pub(super) const SHORT_SILENT_PACKET: [u8; 3] = [0xE4, 0xFF, 0xFE];

/// Channels: left agent, right customer.
const CHANNELS: u8 = 2;

/// The identification header (RFC 7845 §5.1): mapping family 0, two channels, no gain.
pub(super) fn identification(pre_skip_samples: u16) -> Vec<u8> {
    let mut packet = b"OpusHead".to_vec();
    packet.extend_from_slice(&[1, CHANNELS]);
    packet.extend_from_slice(&pre_skip_samples.to_le_bytes());
    packet.extend_from_slice(&SAMPLE_RATE_HZ.to_le_bytes());
    packet.extend_from_slice(&[0, 0, 0]);
    packet
}

/// The comment header (RFC 7845 §5.2): vendor `callseal` and no comments, so nothing of the call leaks into it.
pub(super) fn comments() -> Vec<u8> {
    let vendor = b"callseal";
    let mut packet = b"OpusTags".to_vec();
    packet.extend_from_slice(&8_u32.to_le_bytes());
    packet.extend_from_slice(vendor);
    packet.extend_from_slice(&0_u32.to_le_bytes());
    packet
}

/// The pre-skip of an identification header that is like ours.
pub(super) fn read_identification(packet: &[u8]) -> Result<u16> {
    let pre_skip = match packet.get(10..12) {
        Some(&[low, high]) => u16::from_le_bytes([low, high]),
        _ => 0,
    };
    if packet == identification(pre_skip) {
        return Ok(pre_skip);
    }
    Err(Error::new(ErrorKind::Corrupt, "the identification header is not that of a two-channel recording"))
}

/// Whether the packet is a comment header.
pub(super) fn is_comments(packet: &[u8]) -> bool {
    packet.starts_with(b"OpusTags")
}

/// Samples per channel at 48 kHz that a packet decodes to, from its table-of-contents byte (RFC 6716 §3.1, §3.2).
/// `None` for an empty or malformed packet.
#[must_use]
pub fn packet_samples(packet: &[u8]) -> Option<u64> {
    let (toc, rest) = packet.split_first()?;
    let configuration = toc >> 3;
    let frame_samples = match configuration {
        // SILK: 10, 20, 40, 60 ms
        0..=11 => [480, 960, 1920, 2880].get(usize::from(configuration % 4)),
        // Hybrid: 10, 20 ms
        12..=15 => [480, 960].get(usize::from(configuration % 2)),
        // CELT: 2.5, 5, 10, 20 ms
        _ => [120, 240, 480, 960].get(usize::from(configuration % 4)),
    }?;
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u64::from(*rest.first()? & 0x3F),
    };
    frames.checked_mul(*frame_samples).filter(|samples| (1..=5760).contains(samples))
}

#[cfg(test)]
mod tests {
    use super::{SHORT_SILENT_PACKET, SILENT_PACKET, identification, packet_samples, read_identification};

    #[test]
    fn packet_lengths_follow_the_table_of_rfc_6716() {
        assert_eq!(packet_samples(&SILENT_PACKET), Some(960));
        assert_eq!(packet_samples(&SHORT_SILENT_PACKET), Some(120));
        assert_eq!(packet_samples(&[0x00]), Some(480)); // SILK 10 ms
        assert_eq!(packet_samples(&[0x1B, 2]), Some(5760)); // SILK 60 ms, two frames by count
        assert_eq!(packet_samples(&[0x1B, 3]), None); // 180 ms: more than a packet may hold
        assert_eq!(packet_samples(&[0x78]), Some(960)); // hybrid 20 ms
        assert_eq!(packet_samples(&[0x1B, 0]), None); // no frames
        assert_eq!(packet_samples(&[]), None);
    }

    #[test]
    fn only_our_kind_of_identification_header_is_read() {
        assert_eq!(read_identification(&identification(312)).unwrap(), 312);
        for position in [0, 8, 9, 12, 16, 18] {
            let mut other = identification(312);
            other[position] ^= 1;
            assert!(read_identification(&other).is_err(), "byte {position}");
        }
        assert!(read_identification(&identification(312)[..18]).is_err());
    }
}
