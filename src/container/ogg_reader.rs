//! Reading a part's stream segment by segment, strictly.
//!
//! Checks what docs/format.md §7 asks of pages: checksums, sequence numbers, granule positions that are continuous
//! over the part, one serial number, 20 ms packets, the end flag on the last page only. Never repairs anything.

use super::ogg_page::Page;
use super::{PACKET_SAMPLES, PACKETS_PER_PAGE, opus};
use crate::{Error, ErrorKind, Result};

/// How the plaintext of a segment is expected to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SegmentEnd {
    /// With a whole page: the segment was sealed.
    Whole,
    /// Anywhere: its writer crashed. A torn last page is left out.
    Torn,
}

/// The audio of one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentAudio {
    /// The packets, 20 ms each.
    pub packets: Vec<Vec<u8>>,
    /// The granule position of the segment's end: samples of the part's stream so far, the pre-skip included.
    pub end_granule: u64,
    /// The granule position before the segment's last page: no end can lie before it.
    pub last_page_granule: u64,
    /// Whether the segment's last page ends the stream.
    pub is_last: bool,
}

/// The reading state of one part.
#[derive(Debug)]
pub struct PartReader {
    header_pages: Vec<u8>,
    serial: u32,
    pre_skip_samples: u16,
    /// Packets read or skipped so far.
    packets: u64,
    /// The sequence number of the next page; `None` behind a skipped segment, whose number of pages is not known.
    sequence: Option<u32>,
    has_ended: bool,
}

impl PartReader {
    /// A part with the header pages that `part.opened` states.
    ///
    /// # Errors
    /// `Corrupt` or `Truncated` when they are not exactly an identification and a comment page of one stream.
    pub fn new(header_pages: &[u8]) -> Result<Self> {
        let (identification, rest) = Page::read(header_pages)?;
        let (comments, rest) = Page::read(rest)?;
        let is_in_order = identification.is_first
            && !comments.is_first
            && (identification.sequence, comments.sequence) == (0, 1)
            && (identification.granule, comments.granule) == (0, 0)
            && !identification.is_last
            && !comments.is_last
            && identification.serial == comments.serial
            && rest.is_empty();
        let ([identification_packet], [comment_packet]) =
            (identification.packets.as_slice(), comments.packets.as_slice())
        else {
            return Err(corrupt("the header pages hold more than the two header packets"));
        };
        if !is_in_order || !opus::is_comments(comment_packet) {
            return Err(corrupt("the header pages are not those of an Ogg Opus stream"));
        }
        Ok(Self {
            header_pages: header_pages.to_vec(),
            serial: identification.serial,
            pre_skip_samples: opus::read_identification(identification_packet)?,
            packets: 0,
            sequence: Some(2),
            has_ended: false,
        })
    }

    /// The stream's serial number.
    #[must_use]
    pub const fn serial(&self) -> u32 {
        self.serial
    }

    /// The encoder's delay in samples at 48 kHz.
    #[must_use]
    pub const fn pre_skip_samples(&self) -> u16 {
        self.pre_skip_samples
    }

    /// Packets read or skipped so far.
    #[must_use]
    pub const fn packets(&self) -> u64 {
        self.packets
    }

    /// Goes on behind a segment of `packets` packets that is not there.
    pub fn skip_segment(&mut self, packets: u64) {
        self.packets = self.packets.saturating_add(packets);
        self.sequence = None;
    }

    /// Reads the next segment, number `segment` of the part.
    ///
    /// # Errors
    /// `Truncated` when it ends within a page and `end` is [`SegmentEnd::Whole`]; `Corrupt` for every other fault.
    pub fn read_segment(&mut self, segment: u32, plaintext: &[u8], end: SegmentEnd) -> Result<SegmentAudio> {
        let mut rest = match (segment, plaintext.strip_prefix(self.header_pages.as_slice())) {
            (0, Some(rest)) => rest,
            (0, None) if end == SegmentEnd::Torn && self.header_pages.starts_with(plaintext) => &[],
            (0, None) => return Err(corrupt("the segment does not begin with the part's header pages")),
            _ => plaintext,
        };
        let start = self.granule();
        let mut audio = SegmentAudio {
            packets: Vec::new(),
            end_granule: start,
            last_page_granule: start,
            is_last: false,
        };
        while !rest.is_empty() {
            let page = match Page::read(rest) {
                Ok((page, behind)) => {
                    rest = behind;
                    page
                }
                Err(error) if end == SegmentEnd::Torn && error.kind() == ErrorKind::Truncated => break,
                Err(error) => return Err(error),
            };
            audio.last_page_granule = self.granule();
            self.check(&page)?;
            audio.end_granule = page.granule;
            audio.is_last = page.is_last;
            audio.packets.extend(page.packets);
        }
        if audio.packets.is_empty() && end == SegmentEnd::Whole {
            return Err(corrupt("the segment holds no audio"));
        }
        Ok(audio)
    }

    fn granule(&self) -> u64 {
        self.packets.saturating_mul(PACKET_SAMPLES)
    }

    /// Checks that `page` is the next one, and counts it.
    fn check(&mut self, page: &Page) -> Result<()> {
        if self.has_ended {
            return Err(corrupt("there is audio behind the end of the stream"));
        }
        if page.serial != self.serial || page.is_first {
            return Err(corrupt("there is a page of another stream"));
        }
        if self.sequence.is_some_and(|expected| expected != page.sequence) {
            return Err(corrupt("an Ogg page is missing or in the wrong place"));
        }
        let is_20_ms = |packet: &Vec<u8>| opus::packet_samples(packet) == Some(PACKET_SAMPLES);
        if page.packets.len() > PACKETS_PER_PAGE || !page.packets.iter().all(is_20_ms) {
            return Err(corrupt("a page does not hold packets of 20 ms, 1 s at most"));
        }
        let start = self.granule();
        let added = u64::try_from(page.packets.len()).unwrap_or(u64::MAX);
        self.packets = self.packets.saturating_add(added);
        let is_right = if page.is_last {
            (start..=self.granule()).contains(&page.granule)
        } else {
            page.granule == self.granule()
        };
        if !is_right {
            return Err(corrupt("a page's granule position does not fit the packets before it"));
        }
        self.sequence = page.sequence.checked_add(1);
        self.has_ended = page.is_last;
        Ok(())
    }
}

fn corrupt(detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::Corrupt, detail)
}

#[cfg(test)]
mod tests {
    use super::{PartReader, SegmentEnd};
    use crate::container::{OggOpusWriter, SILENT_PACKET};

    /// Three segments of 60, 60 and 30 packets.
    fn part() -> (Vec<u8>, Vec<Vec<u8>>) {
        let mut writer = OggOpusWriter::new(9, 312).unwrap();
        let header = writer.header_pages();
        let mut segments = vec![header.clone(), Vec::new(), Vec::new()];
        for packet in 0..150_usize {
            let segment = packet / 60;
            if packet == 60 || packet == 120 {
                segments[usize::from(packet == 120)].extend(writer.end_segment().unwrap());
            }
            segments[segment].extend(writer.push_packet(&SILENT_PACKET).unwrap());
        }
        let page = writer.finish(150 * 960 - 400).unwrap();
        segments[2].extend(page);
        (header, segments)
    }

    #[test]
    fn reads_a_part_segment_by_segment() {
        let (header, segments) = part();
        let mut reader = PartReader::new(&header).unwrap();
        let read: Vec<_> = segments
            .iter()
            .zip(0..)
            .map(|(segment, number)| reader.read_segment(number, segment, SegmentEnd::Whole).unwrap())
            .collect();
        assert_eq!(read.iter().map(|audio| audio.packets.len()).collect::<Vec<_>>(), [60, 60, 30]);
        assert_eq!(read[2].end_granule, 150 * 960 - 88);
        assert_eq!(read.iter().map(|audio| audio.is_last).collect::<Vec<_>>(), [false, false, true]);
    }

    #[test]
    fn segments_in_another_order_are_refused() {
        let (header, segments) = part();
        let mut reader = PartReader::new(&header).unwrap();
        reader.read_segment(0, &segments[0], SegmentEnd::Whole).unwrap();
        assert!(reader.read_segment(1, &segments[2], SegmentEnd::Whole).is_err());
        let mut reader = PartReader::new(&header).unwrap();
        assert!(reader.read_segment(0, &segments[1], SegmentEnd::Whole).is_err());
    }

    #[test]
    fn a_missing_segment_can_be_skipped_by_its_packets() {
        let (header, segments) = part();
        let mut reader = PartReader::new(&header).unwrap();
        reader.skip_segment(60);
        reader.read_segment(1, &segments[1], SegmentEnd::Whole).unwrap();
        assert!(reader.read_segment(2, &segments[2], SegmentEnd::Whole).unwrap().is_last);
    }

    #[test]
    fn nothing_may_follow_the_end_of_the_stream() {
        let (header, segments) = part();
        let mut reader = PartReader::new(&header).unwrap();
        for (segment, number) in segments.iter().zip(0..) {
            reader.read_segment(number, segment, SegmentEnd::Whole).unwrap();
        }
        assert!(reader.read_segment(3, &segments[1], SegmentEnd::Whole).is_err());
    }

    #[test]
    fn a_torn_segment_gives_its_whole_pages() {
        let (header, segments) = part();
        for length in 0..=segments[0].len() {
            let mut reader = PartReader::new(&header).unwrap();
            let torn = &segments[0][..length];
            let audio = reader.read_segment(0, torn, SegmentEnd::Torn).unwrap();
            assert!([0, 50, 60].contains(&audio.packets.len()));
            let is_whole =
                length == segments[0].len() || audio.packets.len() == 50 && torn.ends_with(&SILENT_PACKET);
            let mut reader = PartReader::new(&header).unwrap();
            let strict = reader.read_segment(0, torn, SegmentEnd::Whole);
            assert_eq!(strict.is_ok(), is_whole && strict.as_ref().is_ok_and(|s| s.packets == audio.packets));
        }
    }

    #[test]
    fn header_pages_of_another_stream_are_refused() {
        let (header, segments) = part();
        assert!(PartReader::new(&segments[0]).is_err());
        assert!(PartReader::new(&header[..header.len() - 1]).is_err());
        assert!(PartReader::new(&[]).is_err());
        let other = OggOpusWriter::new(10, 312).unwrap().header_pages();
        let mut reader = PartReader::new(&other).unwrap();
        assert!(reader.read_segment(0, &segments[0], SegmentEnd::Whole).is_err());
    }
}
