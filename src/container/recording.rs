//! Writing the opened recording: all parts of a call as one Ogg Opus stream with the timeline kept.
//!
//! Decoders drop holes, so every hole (a missing segment, the time between parts) is filled with silent packets, to
//! within 1.25 ms. Packets of the call are passed on as they are.

use ogg::writing::PacketWriteEndInfo;

use super::ogg_writer::PageWriter;
use super::opus::{self, SHORT_SILENT_PACKET, SILENT_PACKET};
use super::{PACKET_SAMPLES, PACKETS_PER_PAGE};
use crate::{Error, ErrorKind, Result};

/// Samples in the short filling packet: 2.5 ms.
const SHORT_PACKET_SAMPLES: u64 = 120;

/// An opened recording being written.
#[derive(Debug)]
pub struct RecordingWriter {
    pages: PageWriter,
    output: Vec<u8>,
    pre_skip_samples: u16,
    /// The packet not yet written, held back for the end-of-stream flag, and the granule position behind it.
    held: Option<(Vec<u8>, u64)>,
    /// Packets in the page being filled.
    page_packets: usize,
    /// Samples of all packets so far.
    granule: u64,
}

impl RecordingWriter {
    /// A recording with the serial number and pre-skip of its first part.
    ///
    /// # Errors
    /// None in practice.
    pub fn new(serial: u32, pre_skip_samples: u16) -> Result<Self> {
        let mut pages = PageWriter::new(serial);
        pages.write(opus::identification(pre_skip_samples), PacketWriteEndInfo::EndPage, 0)?;
        pages.write(opus::comments(), PacketWriteEndInfo::EndPage, 0)?;
        let output = pages.take();
        Ok(Self { pages, output, pre_skip_samples, held: None, page_packets: 0, granule: 0 })
    }

    /// Fills with silence so that the next packet of a part with `pre_skip_samples` decodes at `sample`, counted
    /// from the recording's first. Does nothing where audio is already there.
    ///
    /// # Errors
    /// None in practice.
    pub fn fill_to(&mut self, sample: u64, pre_skip_samples: u16) -> Result<()> {
        let target = sample
            .saturating_add(u64::from(self.pre_skip_samples))
            .saturating_sub(u64::from(pre_skip_samples));
        self.fill_to_granule(target)
    }

    /// Fills with silence up to this granule position: samples from the first one that is decoded, the pre-skip included.
    ///
    /// # Errors
    /// None in practice.
    pub fn fill_to_granule(&mut self, target: u64) -> Result<()> {
        while target.saturating_sub(self.granule) >= PACKET_SAMPLES {
            self.write(SILENT_PACKET.to_vec(), PACKET_SAMPLES)?;
        }
        // To the nearest: half a short packet more would be further away.
        while target.saturating_sub(self.granule) > SHORT_PACKET_SAMPLES / 2 {
            self.write(SHORT_SILENT_PACKET.to_vec(), SHORT_PACKET_SAMPLES)?;
        }
        Ok(())
    }

    /// Appends one packet of the call.
    ///
    /// # Errors
    /// `Corrupt` for something that is not an Opus packet.
    pub fn push_packet(&mut self, packet: Vec<u8>) -> Result<()> {
        let samples = opus::packet_samples(&packet).ok_or_else(|| {
            Error::new(ErrorKind::Corrupt, "the recording holds something that is not Opus")
        })?;
        self.write(packet, samples)
    }

    /// Ends the recording after `total_samples` (what is missing is filled, what is beyond is trimmed) and returns
    /// its bytes.
    ///
    /// # Errors
    /// `WrongState` when there is no audio at all.
    pub fn finish(mut self, total_samples: u64) -> Result<Vec<u8>> {
        let end = total_samples.saturating_add(u64::from(self.pre_skip_samples));
        while self.held.is_some() && self.granule < end {
            let is_long = end.saturating_sub(self.granule) >= PACKET_SAMPLES;
            let (packet, samples) = if is_long {
                (SILENT_PACKET, PACKET_SAMPLES)
            } else {
                (SHORT_SILENT_PACKET, SHORT_PACKET_SAMPLES)
            };
            self.write(packet.to_vec(), samples)?;
        }
        let (packet, granule) = self
            .held
            .take()
            .ok_or_else(|| Error::new(ErrorKind::WrongState, "the call holds no audio to open"))?;
        self.pages.write(packet, PacketWriteEndInfo::EndStream, granule.min(end))?;
        self.output.extend(self.pages.take());
        Ok(self.output)
    }

    /// Samples written so far, from the recording's first.
    #[must_use]
    pub fn samples(&self) -> u64 {
        self.granule.saturating_sub(u64::from(self.pre_skip_samples))
    }

    fn write(&mut self, packet: Vec<u8>, samples: u64) -> Result<()> {
        self.granule = self.granule.saturating_add(samples);
        let Some((earlier, granule)) = self.held.replace((packet, self.granule)) else { return Ok(()) };
        self.page_packets = self.page_packets.saturating_add(1);
        let info = if self.page_packets >= PACKETS_PER_PAGE {
            self.page_packets = 0;
            PacketWriteEndInfo::EndPage
        } else {
            PacketWriteEndInfo::NormalPacket
        };
        self.pages.write(earlier, info, granule)?;
        self.output.extend(self.pages.take());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::RecordingWriter;
    use crate::container::ogg_page::Page;
    use crate::container::{SILENT_PACKET, packet_samples};

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
    fn holes_are_filled_to_within_half_a_short_packet() {
        for hole in (0..5000_u64).step_by(37) {
            let mut writer = RecordingWriter::new(1, 312).unwrap();
            writer.push_packet(SILENT_PACKET.to_vec()).unwrap();
            let before = writer.samples();
            writer.fill_to(960 + hole, 312).unwrap();
            let filled = writer.samples() - before;
            assert!(filled.abs_diff(hole) <= 60, "{hole} {filled}");
        }
    }

    #[test]
    fn granule_positions_count_every_packet_and_the_end_is_trimmed() {
        let mut writer = RecordingWriter::new(1, 312).unwrap();
        for _ in 0..120 {
            writer.push_packet(SILENT_PACKET.to_vec()).unwrap();
        }
        writer.fill_to(200_000, 312).unwrap();
        let pages = pages(&writer.finish(199_990).unwrap());
        let mut samples = 0_u64;
        for page in &pages[2..] {
            samples += page.packets.iter().map(|packet| packet_samples(packet).unwrap()).sum::<u64>();
            assert_eq!(page.granule, if page.is_last { 199_990 + 312 } else { samples });
        }
        assert!(pages.last().unwrap().is_last);
    }

    #[test]
    fn a_recording_without_audio_is_none() {
        assert!(RecordingWriter::new(1, 312).unwrap().finish(0).is_err());
    }
}
