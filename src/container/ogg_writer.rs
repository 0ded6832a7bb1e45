//! Writing one part as an Ogg Opus stream, page by page.
//!
//! Always holds the last packet back: only then can the last page carry the end-of-stream flag together with a
//! packet, whenever the end may come. Never splits a packet over pages.

use core::fmt;

use ogg::writing::{PacketWriteEndInfo, PacketWriter};

use super::{MAX_PACKET_BYTES, PACKET_SAMPLES, PACKETS_PER_PAGE, opus};
use crate::{Error, ErrorKind, Result};

/// An Ogg Opus stream being written.
pub struct OggOpusWriter {
    pages: PageWriter,
    header_pages: Vec<u8>,
    pre_skip_samples: u16,
    /// Packets not yet in a page.
    pending: Vec<Vec<u8>>,
    /// Packets in pages so far.
    written_packets: u64,
}

impl OggOpusWriter {
    /// A stream with the logical stream number `serial`, whose first `pre_skip_samples` decoded samples are the
    /// encoder's delay and not audio.
    ///
    /// # Errors
    /// None in practice.
    pub fn new(serial: u32, pre_skip_samples: u16) -> Result<Self> {
        let mut pages = PageWriter::new(serial);
        pages.write(opus::identification(pre_skip_samples), PacketWriteEndInfo::EndPage, 0)?;
        pages.write(opus::comments(), PacketWriteEndInfo::EndPage, 0)?;
        let header_pages = pages.take();
        Ok(Self { pages, header_pages, pre_skip_samples, pending: Vec::new(), written_packets: 0 })
    }

    /// The identification and comment header pages, which come before everything else in the stream.
    #[must_use]
    pub fn header_pages(&self) -> Vec<u8> {
        self.header_pages.clone()
    }

    /// Packets taken so far, in pages or not.
    #[must_use]
    pub fn packets(&self) -> u64 {
        let pending = u64::try_from(self.pending.len()).unwrap_or(u64::MAX);
        self.written_packets.saturating_add(pending)
    }

    /// Takes one packet of 20 ms and returns the bytes of the page that it completed; mostly none.
    ///
    /// # Errors
    /// `EncoderFailed` for a packet that is empty, larger than [`MAX_PACKET_BYTES`], or not 20 ms long.
    pub fn push_packet(&mut self, packet: &[u8]) -> Result<Vec<u8>> {
        if packet.len() > MAX_PACKET_BYTES || opus::packet_samples(packet) != Some(PACKET_SAMPLES) {
            return Err(Error::new(
                ErrorKind::EncoderFailed,
                "the encoder made a packet that is not 20 ms of Opus",
            ));
        }
        let completed =
            if self.pending.len() >= PACKETS_PER_PAGE { self.write_pending(None)? } else { Vec::new() };
        self.pending.push(packet.to_vec());
        Ok(completed)
    }

    /// Returns everything pending as a page without the end-of-stream flag. Call it only with the next packet in
    /// hand: otherwise nothing would be left for the last page.
    ///
    /// # Errors
    /// `WrongState` when nothing is pending, for a segment has at least one packet.
    pub fn end_segment(&mut self) -> Result<Vec<u8>> {
        self.write_pending(None)
    }

    /// Returns the last page, with the end-of-stream flag. `total_samples` counts the samples of the part that are
    /// to be heard; what the last page's packets hold beyond is trimmed by the granule position (RFC 7845 §4.4).
    ///
    /// # Errors
    /// `WrongState` when nothing is pending.
    pub fn finish(mut self, total_samples: u64) -> Result<Vec<u8>> {
        let end = total_samples.saturating_add(u64::from(self.pre_skip_samples));
        // Granule positions never go back, even when the whole last page is beyond the end.
        let page_start = self.written_packets.saturating_mul(PACKET_SAMPLES);
        self.write_pending(Some(end.max(page_start)))
    }

    /// Writes the pending packets as one page; with `end`, as the last one, ending at that granule position.
    fn write_pending(&mut self, end: Option<u64>) -> Result<Vec<u8>> {
        let packets = core::mem::take(&mut self.pending);
        let Some(last) = packets.len().checked_sub(1) else {
            return Err(Error::new(ErrorKind::WrongState, "a page needs at least one packet"));
        };
        for (index, packet) in packets.into_iter().enumerate() {
            self.written_packets = self.written_packets.saturating_add(1);
            let granule = self.written_packets.saturating_mul(PACKET_SAMPLES);
            let (info, granule) = match end {
                _ if index != last => (PacketWriteEndInfo::NormalPacket, granule),
                None => (PacketWriteEndInfo::EndPage, granule),
                Some(end) => (PacketWriteEndInfo::EndStream, granule.min(end)),
            };
            self.pages.write(packet, info, granule)?;
        }
        Ok(self.pages.take())
    }
}

impl fmt::Debug for OggOpusWriter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("OggOpusWriter")
            .field("serial", &self.pages.serial)
            .field("packets", &self.packets())
            .finish_non_exhaustive()
    }
}

/// The crate's page writer over a buffer.
pub(super) struct PageWriter {
    writer: PacketWriter<'static, Vec<u8>>,
    serial: u32,
}

impl PageWriter {
    pub(super) fn new(serial: u32) -> Self {
        Self { writer: PacketWriter::new(Vec::new()), serial }
    }

    pub(super) fn write(&mut self, packet: Vec<u8>, info: PacketWriteEndInfo, granule: u64) -> Result<()> {
        self.writer
            .write_packet(packet, self.serial, info, granule)
            .map_err(|_| Error::new(ErrorKind::LimitExceeded, "the Ogg page could not be written"))
    }

    /// The bytes written since the last call.
    pub(super) fn take(&mut self) -> Vec<u8> {
        core::mem::take(self.writer.inner_mut())
    }
}

impl fmt::Debug for PageWriter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PageWriter").field("serial", &self.serial).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::OggOpusWriter;
    use crate::container::ogg_page::Page;
    use crate::container::{MAX_PACKET_BYTES, SILENT_PACKET};

    fn pages(mut bytes: &[u8]) -> Vec<Page> {
        let mut pages = Vec::new();
        while !bytes.is_empty() {
            let (page, rest) = Page::read(bytes).unwrap();
            pages.push(page);
            bytes = rest;
        }
        pages
    }

    #[test]
    fn a_page_is_complete_with_fifty_packets_and_the_next_in_hand() {
        let mut writer = OggOpusWriter::new(7, 312).unwrap();
        for _ in 0..50 {
            assert!(writer.push_packet(&SILENT_PACKET).unwrap().is_empty());
        }
        let page = writer.push_packet(&SILENT_PACKET).unwrap();
        let [page] = pages(&page).try_into().unwrap();
        assert_eq!((page.packets.len(), page.granule, page.is_last, page.sequence), (50, 48_000, false, 2));
        assert_eq!(writer.packets(), 51);
    }

    #[test]
    fn only_the_last_page_has_the_end_flag_and_it_has_a_packet() {
        for packets in [1_u64, 49, 50, 51, 100, 101] {
            let mut writer = OggOpusWriter::new(7, 312).unwrap();
            let mut stream = writer.header_pages();
            for _ in 0..packets {
                stream.extend(writer.push_packet(&SILENT_PACKET).unwrap());
            }
            stream.extend(writer.finish(packets * 960 - 312).unwrap());
            let pages = pages(&stream);
            let (last, earlier) = pages.split_last().unwrap();
            assert!(last.is_last && !last.packets.is_empty() && last.granule == packets * 960);
            assert!(earlier.iter().all(|page| !page.is_last && page.packets.len() <= 50));
            assert!(pages.iter().zip(0..).all(|(page, sequence)| page.sequence == sequence));
        }
    }

    #[test]
    fn the_end_is_trimmed_to_the_samples_but_never_beyond_the_packets() {
        for (total, expected) in [(1000, 1312), (2000, 1920), (1, 313)] {
            let mut writer = OggOpusWriter::new(7, 312).unwrap();
            writer.push_packet(&SILENT_PACKET).unwrap();
            writer.push_packet(&SILENT_PACKET).unwrap();
            let [page] = pages(&writer.finish(total).unwrap()).try_into().unwrap();
            assert_eq!(page.granule, expected);
        }
    }

    #[test]
    fn granule_positions_do_not_go_back_when_the_last_page_is_beyond_the_end() {
        let mut writer = OggOpusWriter::new(7, 312).unwrap();
        writer.push_packet(&SILENT_PACKET).unwrap();
        writer.end_segment().unwrap();
        writer.push_packet(&SILENT_PACKET).unwrap();
        let [page] = pages(&writer.finish(100).unwrap()).try_into().unwrap();
        assert_eq!(page.granule, 960);
    }

    #[test]
    fn segments_end_on_page_boundaries() {
        let mut writer = OggOpusWriter::new(7, 312).unwrap();
        for _ in 0..30 {
            writer.push_packet(&SILENT_PACKET).unwrap();
        }
        let [page] = pages(&writer.end_segment().unwrap()).try_into().unwrap();
        assert_eq!((page.packets.len(), page.is_last, page.granule), (30, false, 28_800));
        assert_eq!(writer.end_segment().unwrap_err().code(), "state/wrong");
        assert_eq!(writer.finish(0).unwrap_err().code(), "state/wrong");
    }

    #[test]
    fn the_largest_packets_are_not_split() {
        let mut packet = vec![0; MAX_PACKET_BYTES];
        packet[0] = 0xFC;
        let mut writer = OggOpusWriter::new(7, 312).unwrap();
        for _ in 0..50 {
            writer.push_packet(&packet).unwrap();
        }
        assert_eq!(pages(&writer.end_segment().unwrap()).len(), 1);
        packet.push(0);
        assert_eq!(writer.push_packet(&packet).unwrap_err().code(), "encoder/failed");
    }

    #[test]
    fn packets_of_another_length_are_refused() {
        let mut writer = OggOpusWriter::new(7, 312).unwrap();
        assert!(writer.push_packet(&[]).is_err());
        assert!(writer.push_packet(&[0xF4, 0xFF, 0xFE]).is_err());
    }
}
