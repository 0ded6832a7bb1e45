//! The readers of Ogg pages. The first two bytes say where the header pages end, and whether checksums are put right.
#![no_main]

use callseal::container::{PartReader, SegmentEnd};
use callseal_fuzz::Bytes;
use libfuzzer_sys::fuzz_target;

/// Puts the checksum of every page right that can be told apart (RFC 3533 §6).
fn mend(pages: &mut [u8]) {
    let mut at = 0;
    while let Some(count) = pages.get(at + 26).copied() {
        let Some(lacing) = pages.get(at + 27..at + 27 + usize::from(count)) else { return };
        let length = 27 + lacing.len() + lacing.iter().map(|value| usize::from(*value)).sum::<usize>();
        let Some(page) = pages.get_mut(at..at + length) else { return };
        page[22..26].fill(0);
        let checksum = page.iter().fold(0_u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte) << 24, |crc, _| {
                (crc << 1) ^ if crc >> 31 == 1 { 0x04c1_1db7 } else { 0 }
            })
        });
        page[22..26].copy_from_slice(&checksum.to_le_bytes());
        at += length;
    }
}

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes(data);
    let choice = bytes.byte();
    let header_bytes = usize::from(bytes.byte());
    let mut pages = bytes.0.to_vec();
    if choice & 1 == 1 {
        mend(&mut pages);
    }
    let Some((headers, _)) = pages.split_at_checked(header_bytes) else { return };
    let Ok(mut reader) = PartReader::new(headers) else { return };
    let end = if choice & 2 == 2 { SegmentEnd::Torn } else { SegmentEnd::Whole };
    if let Ok(audio) = reader.read_segment(0, &pages, end) {
        assert!(reader.packets() * 2 <= pages.len() as u64 + 2, "each packet has a length at least");
        let _ = audio.end_granule;
    }
    reader.skip_segment(u64::MAX);
    let _ = reader.read_segment(1, &pages[header_bytes..], end);
});
