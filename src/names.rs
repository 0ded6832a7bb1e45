//! The names of a call's objects, exactly as docs/format.md §2 lays them down.
//!
//! Owns the spelling of names, both ways. A name holds no personal data, and whatever parses here is safe as a
//! relative path: it has no empty, `.` or `..` component and only lower-case letters, digits, `-`, `.` and `/`.
//! Must never accept a second spelling of the same object.

use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Error, ErrorKind, Result};

/// The largest segment or chunk number: six decimal digits (docs/format.md §2).
pub const MAX_NUMBER: u32 = 999_999;

/// The largest part and envelope version. The format sets no limit; this one keeps names short and arithmetic safe.
pub const MAX_COUNT: u32 = 999_999;

/// Name of the confirmation within its call.
const SHRED_CONFIRMATION: &str = "shredded.jws";

/// Name of an officer's request to shred within its call.
const SHRED_REQUEST: &str = "shred.request.jws";

/// The sealing of an object that was never rewrapped: an envelope's version 1, and a vCon's.
pub const FIRST_SEALING: u32 = 1;

/// A call's identity: a random (version 4) UUID in lower case with hyphens (RFC 9562 §5.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId([u8; 16]);

impl CallId {
    /// Reads the canonical text form.
    ///
    /// # Errors
    /// `CallUnknown` for anything but a version-4, variant-1 UUID in lower case with hyphens.
    pub fn parse(text: &str) -> Result<Self> {
        Self::parse_text(text)
            .ok_or_else(|| Error::new(ErrorKind::CallUnknown, "a call id is a version-4 UUID in lower case"))
    }

    fn parse_text(text: &str) -> Option<Self> {
        let groups: Vec<&str> = text.split('-').collect();
        if groups.iter().map(|group| group.len()).ne([8, 4, 4, 4, 12]) {
            return None;
        }
        let mut bytes = [0_u8; 16];
        let digits = groups.concat();
        if !digits.bytes().all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit)) {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        let [.., version_byte, _, variant_byte, _, _, _, _, _, _, _] = bytes;
        (version_byte >> 4 == 4 && variant_byte >> 6 == 0b10).then_some(Self(bytes))
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                formatter.write_str("-")?;
            }
            write!(formatter, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl Serialize for CallId {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CallId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> core::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(|error| serde::de::Error::custom(error.detail()))
    }
}

/// The place of a segment: call, part and number within the part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SegmentAddress {
    /// The call.
    pub call_id: CallId,
    /// The part, counting from 0: each start of the engine within the call is one.
    pub part: u32,
    /// The segment, counting from 0 within its part; at most [`MAX_NUMBER`].
    pub segment: u32,
}

impl SegmentAddress {
    /// The address of `segment` in `part` of the call.
    ///
    /// # Errors
    /// `LimitExceeded` above [`MAX_COUNT`] parts or [`MAX_NUMBER`] segments.
    pub fn new(call_id: CallId, part: u32, segment: u32) -> Result<Self> {
        let address = Self { call_id, part, segment };
        address.check()?;
        Ok(address)
    }

    /// Whether the numbers fit the format's digits.
    ///
    /// # Errors
    /// `LimitExceeded` if they do not.
    pub fn check(&self) -> Result<()> {
        if self.part > MAX_COUNT || self.segment > MAX_NUMBER {
            return Err(Error::new(ErrorKind::LimitExceeded, "the call has too many parts or segments"));
        }
        Ok(())
    }

    /// The associated data that binds a segment's ciphertext to its place (docs/format.md §3).
    #[must_use]
    pub fn associated_data(&self) -> String {
        format!("callseal/1/{}/{}/{:06}", self.call_id, self.part, self.segment)
    }

    /// The name of the segment's object.
    #[must_use]
    pub const fn object_name(self) -> ObjectName {
        ObjectName::Segment(self)
    }

    /// The name of version `version` (from 1) of the segment's envelope.
    #[must_use]
    pub const fn envelope_name(self, version: u32) -> ObjectName {
        ObjectName::Envelope { address: self, version }
    }
}

impl fmt::Display for SegmentAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}/{:06}", self.call_id, self.part, self.segment)
    }
}

/// The name of one object of a call, relative to the root of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ObjectName {
    /// `<call-id>/<part>/<segment>.ogg.tink`: one sealed segment.
    Segment(SegmentAddress),
    /// `<call-id>/<part>/<segment>.v<n>.jwe.json`: version `version` of its envelope.
    Envelope {
        /// The segment whose data key is wrapped.
        address: SegmentAddress,
        /// The envelope's version, counting from 1.
        version: u32,
    },
    /// `<call-id>/<part>/<segment>.exposed.jws`: the store's word that the segment's envelopes were taken away.
    ExposureConfirmation(SegmentAddress),
    /// `<call-id>/ledger/<chunk>.jsonl`: one chunk of the ledger.
    LedgerChunk {
        /// The call.
        call_id: CallId,
        /// The chunk, counting from 0; at most [`MAX_NUMBER`].
        chunk: u32,
    },
    /// `<call-id>/ledger/<chunk>.head.jws`: a server's countersignature of the chunk's last entry.
    LedgerHead {
        /// The call.
        call_id: CallId,
        /// The chunk.
        chunk: u32,
    },
    /// `<call-id>/ledger/entry.<n>.tst`: an authority's timestamp token of entry `entry` (RFC 3161).
    Timestamp {
        /// The call.
        call_id: CallId,
        /// The entry's number; at most [`MAX_COUNT`].
        entry: u32,
    },
    /// `<call-id>/vcon.<n>.jwe.json`: version `version` of the call's vCon, signed and encrypted.
    Vcon {
        /// The call.
        call_id: CallId,
        /// The version, counting from 1.
        version: u32,
    },
    /// `<call-id>/vcon.<n>.v<m>.jwe.json`: the same signed vCon, sealed for other recipients after the call.
    RewrappedVcon {
        /// The call.
        call_id: CallId,
        /// The vCon's version, counting from 1.
        version: u32,
        /// The version of its sealing, counting from 2; the first is [`ObjectName::Vcon`].
        sealing: u32,
    },
    /// `<call-id>/shred.request.jws`: an officer's order to destroy the call's audio.
    ShredRequest {
        /// The call.
        call_id: CallId,
    },
    /// `<call-id>/hold.<n>.jws`: an officer's order that nothing of the call is shredded.
    Hold {
        /// The call.
        call_id: CallId,
        /// The hold, counting from 1.
        number: u32,
    },
    /// `<call-id>/release.<n>.jws`: an officer's order that hold n is over.
    Release {
        /// The call.
        call_id: CallId,
        /// The hold, counting from 1.
        number: u32,
    },
    /// `<call-id>/shredded.jws`: the store's word that the call's audio was destroyed.
    ShredConfirmation {
        /// The call.
        call_id: CallId,
    },
}

impl ObjectName {
    /// Reads a name; only the one canonical spelling is a name.
    ///
    /// # Errors
    /// `MessageInvalid` for anything that is not a name of docs/format.md §2.
    pub fn parse(text: &str) -> Result<Self> {
        Self::parse_text(text)
            .filter(|name| name.to_string() == text)
            .ok_or_else(|| Error::new(ErrorKind::MessageInvalid, "this is not the name of a call's object"))
    }

    fn parse_text(text: &str) -> Option<Self> {
        let (call_id, rest) = text.split_once('/')?;
        let call_id = CallId::parse_text(call_id)?;
        if let Some(version) = rest.strip_prefix("vcon.") {
            let version = version.strip_suffix(".jwe.json")?;
            let Some((version, sealing)) = version.split_once(".v") else {
                return Some(Self::Vcon { call_id, version: parse_version(version)? });
            };
            let sealing = parse_version(sealing).filter(|sealing| *sealing > FIRST_SEALING)?;
            return Some(Self::RewrappedVcon { call_id, version: parse_version(version)?, sealing });
        }
        if rest == SHRED_CONFIRMATION {
            return Some(Self::ShredConfirmation { call_id });
        }
        if rest == SHRED_REQUEST {
            return Some(Self::ShredRequest { call_id });
        }
        if let Some(number) = rest.strip_prefix("hold.") {
            return Some(Self::Hold { call_id, number: parse_version(number.strip_suffix(".jws")?)? });
        }
        if let Some(number) = rest.strip_prefix("release.") {
            return Some(Self::Release { call_id, number: parse_version(number.strip_suffix(".jws")?)? });
        }
        let (folder, file) = rest.split_once('/')?;
        if folder == "ledger" {
            if let Some(chunk) = file.strip_suffix(".head.jws") {
                return Some(Self::LedgerHead { call_id, chunk: parse_six_digits(chunk)? });
            }
            if let Some(entry) = file.strip_prefix("entry.") {
                return Some(Self::Timestamp { call_id, entry: parse_count(entry.strip_suffix(".tst")?)? });
            }
            let chunk = parse_six_digits(file.strip_suffix(".jsonl")?)?;
            return Some(Self::LedgerChunk { call_id, chunk });
        }
        let part = parse_count(folder)?;
        let (number, suffix) = file.split_once('.')?;
        let address = SegmentAddress { call_id, part, segment: parse_six_digits(number)? };
        if suffix == "ogg.tink" {
            return Some(Self::Segment(address));
        }
        if suffix == "exposed.jws" {
            return Some(Self::ExposureConfirmation(address));
        }
        let version = suffix.strip_prefix('v')?.strip_suffix(".jwe.json")?;
        Some(Self::Envelope { address, version: parse_version(version)? })
    }

    /// The call the object belongs to.
    #[must_use]
    pub const fn call_id(&self) -> CallId {
        match self {
            Self::Segment(address) | Self::Envelope { address, .. } | Self::ExposureConfirmation(address) => {
                address.call_id
            }
            Self::LedgerChunk { call_id, .. }
            | Self::LedgerHead { call_id, .. }
            | Self::Timestamp { call_id, .. }
            | Self::Vcon { call_id, .. }
            | Self::RewrappedVcon { call_id, .. }
            | Self::ShredRequest { call_id }
            | Self::Hold { call_id, .. }
            | Self::Release { call_id, .. }
            | Self::ShredConfirmation { call_id } => *call_id,
        }
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Segment(address) => write!(formatter, "{address}.ogg.tink"),
            Self::Envelope { address, version } => write!(formatter, "{address}.v{version}.jwe.json"),
            Self::ExposureConfirmation(address) => write!(formatter, "{address}.exposed.jws"),
            Self::LedgerChunk { call_id, chunk } => write!(formatter, "{call_id}/ledger/{chunk:06}.jsonl"),
            Self::LedgerHead { call_id, chunk } => write!(formatter, "{call_id}/ledger/{chunk:06}.head.jws"),
            Self::Timestamp { call_id, entry } => write!(formatter, "{call_id}/ledger/entry.{entry}.tst"),
            Self::Vcon { call_id, version } => write!(formatter, "{call_id}/vcon.{version}.jwe.json"),
            Self::RewrappedVcon { call_id, version, sealing } => {
                write!(formatter, "{call_id}/vcon.{version}.v{sealing}.jwe.json")
            }
            Self::ShredRequest { call_id } => write!(formatter, "{call_id}/{SHRED_REQUEST}"),
            Self::Hold { call_id, number } => write!(formatter, "{call_id}/hold.{number}.jws"),
            Self::Release { call_id, number } => write!(formatter, "{call_id}/release.{number}.jws"),
            Self::ShredConfirmation { call_id } => write!(formatter, "{call_id}/{SHRED_CONFIRMATION}"),
        }
    }
}

fn parse_six_digits(text: &str) -> Option<u32> {
    let is_number = text.len() == 6 && text.bytes().all(|digit| digit.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

/// A decimal number without leading zeros, at most [`MAX_COUNT`].
fn parse_count(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    let is_canonical = text == "0" || !text.starts_with('0');
    if !is_number || !is_canonical {
        return None;
    }
    text.parse().ok().filter(|number| *number <= MAX_COUNT)
}

fn parse_version(text: &str) -> Option<u32> {
    parse_count(text).filter(|version| *version >= 1)
}

#[cfg(test)]
mod tests {
    use super::{CallId, ObjectName, SegmentAddress};
    use proptest::prelude::*;

    const CALL: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";

    #[test]
    fn associated_data_is_the_example_of_the_format() {
        let address = SegmentAddress::new(CallId::parse(CALL).unwrap(), 0, 3).unwrap();
        assert_eq!(address.associated_data(), format!("callseal/1/{CALL}/0/000003"));
    }

    #[test]
    fn names_are_spelled_as_in_the_format() {
        for name in [
            "0/000000.ogg.tink",
            "12/000345.v2.jwe.json",
            "0/000003.exposed.jws",
            "ledger/000007.jsonl",
            "ledger/000007.head.jws",
            "ledger/entry.0.tst",
            "ledger/entry.1017.tst",
            "vcon.1.jwe.json",
            "vcon.3.v2.jwe.json",
            "shred.request.jws",
            "hold.1.jws",
            "release.12.jws",
            "shredded.jws",
        ] {
            let name = format!("{CALL}/{name}");
            assert_eq!(ObjectName::parse(&name).unwrap().to_string(), name);
        }
    }

    #[test]
    fn refuses_every_other_spelling() {
        for name in [
            "",
            "/",
            "0/000000",
            "0/000000.ogg",
            "00/000000.ogg.tink",
            "01/000000.ogg.tink",
            "0/00000.ogg.tink",
            "0/0000000.ogg.tink",
            "0/000000.v0.jwe.json",
            "0/000000.v01.jwe.json",
            "0/000000.v.jwe.json",
            "0/000000.ogg.tink/",
            "0//000000.ogg.tink",
            "../0/000000.ogg.tink",
            "ledger/1.jsonl",
            "ledger/1.head.jws",
            "ledger/000001.v1.head.jws",
            "0/000001.head.jws",
            "ledger/entry.01.tst",
            "ledger/entry..tst",
            "ledger/entry.1000000.tst",
            "ledger/17.tst",
            "0/entry.17.tst",
            "0/+00001.ogg.tink",
            "ledger/000000.jsonl\n",
            "vcon.0.jwe.json",
            "vcon.1.json",
            "vcon.1.v1.jwe.json",
            "vcon.1.v02.jwe.json",
            "vcon.1.v2.v3.jwe.json",
            "shredded.1.jws",
            "shred.1.request.jws",
            "hold.0.jws",
            "hold.01.jws",
            "release.jws",
            "0/hold.1.jws",
            "0/shredded.jws",
            "0/..",
            "1000000/000000.ogg.tink",
            "-1/000000.ogg.tink",
            "0/000000.OGG.tink",
            "0\\000000.ogg.tink",
        ] {
            assert!(ObjectName::parse(&format!("{CALL}/{name}")).is_err(), "{name:?}");
        }
        assert!(ObjectName::parse(&format!("{}/0/000000.ogg.tink", CALL.to_uppercase())).is_err());
        assert!(ObjectName::parse(&format!("/{CALL}/0/000000.ogg.tink")).is_err());
    }

    #[test]
    fn a_call_id_is_a_version_4_uuid_in_lower_case() {
        assert_eq!(CallId::parse(CALL).unwrap().to_string(), CALL);
        for text in [
            "0b7e4b0e-93f1-1a7e-8a4c-5d2f60c1d9aa",  // version 1
            "0b7e4b0e-93f1-4a7e-ca4c-5d2f60c1d9aa",  // another variant
            "0B7E4B0E-93F1-4A7E-8A4C-5D2F60C1D9AA",  // upper case
            "0b7e4b0e93f14a7e8a4c5d2f60c1d9aa",      // no hyphens
            "0b7e4b0-e93f1-4a7e-8a4c-5d2f60c1d9aa",  // hyphens elsewhere
            "{0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa", // one more character
            "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9a",   // one too few
            "+b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa",  // a sign
            "éb7e4b0-93f1-4a7e-8a4c-5d2f60c1d9aa",   // not ASCII
        ] {
            assert!(CallId::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_beyond_six_digits_have_no_address() {
        let call = CallId::parse(CALL).unwrap();
        assert!(SegmentAddress::new(call, 0, 999_999).is_ok());
        assert!(SegmentAddress::new(call, 0, 1_000_000).is_err());
    }

    proptest! {
        #[test]
        fn whatever_parses_is_written_back_equal(text in r"[0-9a-z./-]{0,40}") {
            let name = format!("{CALL}/{text}");
            if let Ok(parsed) = ObjectName::parse(&name) {
                prop_assert_eq!(parsed.to_string(), name);
            }
        }

        #[test]
        fn every_name_round_trips(part in 0_u32..=999_999, number in 0_u32..=999_999, version in 1_u32..=999_999) {
            let call_id = CallId::parse(CALL).unwrap();
            let address = SegmentAddress::new(call_id, part, number).unwrap();
            for name in [
                address.object_name(),
                address.envelope_name(version),
                ObjectName::ExposureConfirmation(address),
                ObjectName::LedgerChunk { call_id, chunk: number },
                ObjectName::LedgerHead { call_id, chunk: number },
                ObjectName::Timestamp { call_id, entry: number },
                ObjectName::Vcon { call_id, version },
                ObjectName::RewrappedVcon { call_id, version, sealing: version.max(2) },
                ObjectName::ShredConfirmation { call_id },
                ObjectName::ShredRequest { call_id },
                ObjectName::Hold { call_id, number: version },
                ObjectName::Release { call_id, number: version },
            ] {
                prop_assert_eq!(ObjectName::parse(&name.to_string()).unwrap(), name);
            }
        }
    }
}
