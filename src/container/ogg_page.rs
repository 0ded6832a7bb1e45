//! Reading one Ogg page, strictly (RFC 3533 §6).

use ogg::reading::PageParser;

use crate::{Error, ErrorKind, Result};

/// Bytes of a page's fixed header, before the lacing values.
const HEADER_BYTES: usize = 27;
/// Header type flags of RFC 3533 §6, item 3.
const CONTINUED: u8 = 1;
const FIRST: u8 = 2;
const LAST: u8 = 4;

/// One page whose checksum has been checked and whose packets are whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) serial: u32,
    pub(super) sequence: u32,
    pub(super) granule: u64,
    pub(super) is_first: bool,
    pub(super) is_last: bool,
    pub(super) packets: Vec<Vec<u8>>,
}

impl Page {
    /// The page at the start of `bytes`, and what follows it.
    ///
    /// # Errors
    /// `Truncated` when `bytes` end within the page; `Corrupt` for anything that is not a page with whole packets.
    pub(super) fn read(bytes: &[u8]) -> Result<(Self, &[u8])> {
        let truncated = || Error::new(ErrorKind::Truncated, "the recording ends within an Ogg page");
        let (header, rest) = bytes.split_first_chunk::<HEADER_BYTES>().ok_or_else(truncated)?;
        let &[
            b'O',
            b'g',
            b'g',
            b'S',
            0,
            flags,
            g0,
            g1,
            g2,
            g3,
            g4,
            g5,
            g6,
            g7,
            s0,
            s1,
            s2,
            s3,
            n0,
            n1,
            n2,
            n3,
            _,
            _,
            _,
            _,
            lacing_values,
        ] = header
        else {
            return Err(corrupt("there is no Ogg page where one should begin"));
        };
        let (lacing, rest) = rest.split_at_checked(usize::from(lacing_values)).ok_or_else(truncated)?;
        let body_bytes = lacing.iter().map(|value| usize::from(*value)).fold(0_usize, usize::saturating_add);
        let (body, rest) = rest.split_at_checked(body_bytes).ok_or_else(truncated)?;

        // The checksum is the library's part.
        let (mut parser, _) =
            PageParser::new(*header).map_err(|_| corrupt("the Ogg page has an unknown version"))?;
        parser.parse_segments(lacing.to_vec());
        parser.parse_packet_data(body.to_vec()).map_err(|_| corrupt("an Ogg page's checksum is wrong"))?;

        if flags & !(FIRST | LAST) != 0 {
            let detail = if flags & CONTINUED == 0 { "has unknown flags" } else { "continues a packet" };
            return Err(corrupt(format!("an Ogg page {detail}")));
        }
        let page = Self {
            serial: u32::from_le_bytes([s0, s1, s2, s3]),
            sequence: u32::from_le_bytes([n0, n1, n2, n3]),
            granule: u64::from_le_bytes([g0, g1, g2, g3, g4, g5, g6, g7]),
            is_first: flags & FIRST != 0,
            is_last: flags & LAST != 0,
            packets: packets(lacing, body)?,
        };
        Ok((page, rest))
    }
}

fn packets(lacing: &[u8], mut body: &[u8]) -> Result<Vec<Vec<u8>>> {
    let mut packets = Vec::new();
    let mut length = 0_usize;
    let mut is_whole = true;
    for value in lacing {
        length = length.saturating_add(usize::from(*value));
        is_whole = *value < u8::MAX;
        if is_whole {
            let (packet, rest) =
                body.split_at_checked(length).ok_or_else(|| corrupt("an Ogg page is too short"))?;
            packets.push(packet.to_vec());
            (body, length) = (rest, 0);
        }
    }
    if packets.is_empty() || !is_whole {
        return Err(corrupt("an Ogg page does not hold whole packets"));
    }
    Ok(packets)
}

fn corrupt(detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::Corrupt, detail)
}

#[cfg(test)]
mod tests {
    use super::Page;
    use crate::container::{OggOpusWriter, SILENT_PACKET};

    fn page() -> Vec<u8> {
        let mut writer = OggOpusWriter::new(0x0102_0304, 312).unwrap();
        writer.push_packet(&SILENT_PACKET).unwrap();
        writer.end_segment().unwrap()
    }

    #[test]
    fn every_flipped_bit_is_refused() {
        let page = page();
        for bit in 0..page.len() * 8 {
            let mut changed = page.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(Page::read(&changed).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn every_cut_is_truncated() {
        let page = page();
        for length in 0..page.len() {
            assert_eq!(Page::read(&page[..length]).unwrap_err().code(), "open/truncated");
        }
    }

    #[test]
    fn reads_what_was_written() {
        let bytes = page();
        let (page, rest) = Page::read(&bytes).unwrap();
        assert!(rest.is_empty());
        assert_eq!((page.serial, page.sequence, page.granule), (0x0102_0304, 2, 960));
        assert_eq!(page.packets, [SILENT_PACKET]);
    }
}
