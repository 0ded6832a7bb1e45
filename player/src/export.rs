//! An excerpt of a call as an Ogg Opus file that says whose copy it is.
//!
//! Owns the pages and the comment header (RFC 7845 §5.2). Packets are passed on as they are, so nothing is coded twice;
//! it therefore begins and ends with a packet, 20 ms. The mark is for the honest: who removes the comments removes it.

use callseal::container::{PACKET_SAMPLES, PACKETS_PER_PAGE};
use callseal::{Error, ErrorKind, Result};
use ogg::{PacketWriteEndInfo, PacketWriter};

/// Written as the vendor of the comment header.
const VENDOR: &str = "callseal player";
/// Longest comment, bytes: a name and a reason, not a text.
const LONGEST_COMMENT: usize = 1_000;

/// One comment: a field's name and what it says.
pub type Comment = (String, String);

/// An excerpt being written.
pub struct Excerpt {
    pages: PacketWriter<'static, Vec<u8>>,
    serial: u32,
    pre_skip_samples: u16,
    held: Option<Vec<u8>>,
    packets: u64,
}

impl core::fmt::Debug for Excerpt {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("Excerpt").field("packets", &self.packets).finish_non_exhaustive()
    }
}

impl Excerpt {
    /// An excerpt of a stereo stream whose decoder has to drop `pre_skip_samples`.
    ///
    /// # Errors
    /// `MessageInvalid` for a comment that is too long or whose field's name is not of the letters that RFC 7845 allows.
    pub fn new(serial: u32, pre_skip_samples: u16, comments: &[Comment]) -> Result<Self> {
        let mut pages = PacketWriter::new(Vec::new());
        let head = identification(pre_skip_samples);
        write(&mut pages, head, serial, PacketWriteEndInfo::EndPage, 0)?;
        write(&mut pages, comment_header(comments)?, serial, PacketWriteEndInfo::EndPage, 0)?;
        Ok(Self { pages, serial, pre_skip_samples, held: None, packets: 0 })
    }

    /// Appends a packet of 20 ms.
    ///
    /// # Errors
    /// None in practice.
    pub fn push(&mut self, packet: Vec<u8>) -> Result<()> {
        if let Some(before) = self.held.replace(packet) {
            self.packets = self.packets.saturating_add(1);
            let per_page = u64::try_from(PACKETS_PER_PAGE).unwrap_or(u64::MAX);
            let is_full = self.packets.checked_rem(per_page) == Some(0);
            let end = if is_full { PacketWriteEndInfo::EndPage } else { PacketWriteEndInfo::NormalPacket };
            let granule = self.packets.saturating_mul(PACKET_SAMPLES);
            write(&mut self.pages, before, self.serial, end, granule)?;
        }
        Ok(())
    }

    /// Ends it.
    ///
    /// # Errors
    /// `WrongState` when there is nothing in it.
    pub fn finish(mut self) -> Result<Vec<u8>> {
        let last = self
            .held
            .take()
            .ok_or_else(|| Error::new(ErrorKind::WrongState, "there is no audio in this stretch"))?;
        let packets = self.packets.saturating_add(1);
        let granule = packets.saturating_mul(PACKET_SAMPLES).max(u64::from(self.pre_skip_samples));
        write(&mut self.pages, last, self.serial, PacketWriteEndInfo::EndStream, granule)?;
        Ok(self.pages.into_inner())
    }
}

fn write(
    pages: &mut PacketWriter<'static, Vec<u8>>,
    packet: Vec<u8>,
    serial: u32,
    end: PacketWriteEndInfo,
    granule: u64,
) -> Result<()> {
    pages
        .write_packet(packet, serial, end, granule)
        .map_err(|_| Error::new(ErrorKind::Corrupt, "the excerpt could not be written"))
}

/// The identification header of a stereo stream (RFC 7845 §5.1).
fn identification(pre_skip_samples: u16) -> Vec<u8> {
    let mut header = b"OpusHead\x01\x02".to_vec();
    header.extend(pre_skip_samples.to_le_bytes());
    header.extend(48_000_u32.to_le_bytes());
    header.extend([0, 0, 0]); // gain 0 dB, mapping family 0
    header
}

fn comment_header(comments: &[Comment]) -> Result<Vec<u8>> {
    let mut header = b"OpusTags".to_vec();
    push_text(&mut header, VENDOR)?;
    header.extend(u32::try_from(comments.len()).unwrap_or(0).to_le_bytes());
    for (field, text) in comments {
        let is_field =
            !field.is_empty() && field.bytes().all(|byte| matches!(byte, 0x20..=0x7D) && byte != b'=');
        if !is_field || text.len() > LONGEST_COMMENT {
            return Err(Error::new(ErrorKind::MessageInvalid, "this cannot be a comment of an Ogg file"));
        }
        push_text(&mut header, &format!("{field}={text}"))?;
    }
    Ok(header)
}

fn push_text(header: &mut Vec<u8>, text: &str) -> Result<()> {
    let length = u32::try_from(text.len())
        .map_err(|_| Error::new(ErrorKind::MessageInvalid, "this cannot be a comment of an Ogg file"))?;
    header.extend(length.to_le_bytes());
    header.extend(text.as_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Excerpt;
    use callseal::container::SILENT_PACKET;

    #[test]
    fn an_excerpt_says_whose_copy_it_is_and_ends_where_its_packets_end() {
        let comments = [("LISTENER".to_owned(), "supervisor 12".to_owned())];
        let mut excerpt = Excerpt::new(7, 312, &comments).unwrap();
        (0..120).for_each(|_| excerpt.push(SILENT_PACKET.to_vec()).unwrap());
        let bytes = excerpt.finish().unwrap();
        assert!(bytes.windows(22).any(|part| part == b"LISTENER=supervisor 12"));
        let mut reader = ogg::PacketReader::new(std::io::Cursor::new(bytes));
        let mut packets = Vec::new();
        while let Some(packet) = reader.read_packet().unwrap() {
            packets.push((packet.data.clone(), packet.absgp_page(), packet.last_in_stream()));
        }
        assert_eq!(packets.len(), 2 + 120);
        assert_eq!(packets.last().unwrap().1, 120 * 960);
        assert!(packets.last().unwrap().2);
    }

    #[test]
    fn a_comment_cannot_smuggle_another_field() {
        assert!(Excerpt::new(7, 312, &[("A=B".to_owned(), String::new())]).is_err());
        assert!(Excerpt::new(7, 312, &[("A".to_owned(), "x".repeat(1_001))]).is_err());
        assert!(Excerpt::new(7, 312, &[]).unwrap().finish().is_err());
    }
}
