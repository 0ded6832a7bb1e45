//! One stored call as far as it was fetched: the ledger at once, segments one by one as they are needed.
//!
//! Owns which checks a segment passes before any of its audio is given out: its object and envelope are those that the
//! ledger states, the envelope opens with the listener's key for exactly this place, the data key is the one that the
//! ledger commits to, and the pages fit the part. Keys never leave it.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use callseal::archive::{
    Inspection, MemorySource, PartInspection, SegmentInspection, Trust, VerificationReport, inspect,
    verify_trusting,
};
use callseal::container::{PACKET_SAMPLES, PartReader, SegmentEnd};
use callseal::names::{CallId, ObjectName};
use callseal::seal::{
    KeyRing, PrivateKey, VerifyingKey, open_envelope, read_stream, read_unterminated_stream, sha256_hex,
};
use callseal::{Error, ErrorKind, Result};
use serde::Serialize;
use serde_json::Value;

/// What is known of a call from its ledger alone.
#[derive(Debug, Serialize)]
pub struct Outline {
    /// Parts, segments and every entry, as `callseal inspect --json` gives them.
    pub inspection: Inspection,
    /// What the ledger proves, and what is wrong with it; that segments were not fetched yet is left out.
    pub report: VerificationReport,
    /// Where each segment lies, over all parts in order.
    pub segments: Vec<SegmentPlace>,
}

/// One segment's place on the call's timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SegmentPlace {
    /// The object's name.
    pub name: String,
    /// The envelope's name.
    pub envelope: String,
    /// Its part.
    pub part: u32,
    /// `sealed`, `recovered` or `open`.
    pub state: &'static str,
    /// Where its first packet would be heard without the encoder's delay, samples.
    pub start_sample: u64,
    /// First sample behind it; of a segment that a crash cut, what its size allows at most is not known: its start.
    pub end_sample: u64,
    /// Samples at the beginning of the part's decoded stream that are no audio (RFC 7845 §4.2).
    pub pre_skip_samples: u16,
    /// Packets of the part before this segment.
    pub packets_before: u64,
}

/// The packets of one segment, in one buffer.
#[derive(Debug)]
pub struct SegmentPackets {
    /// All packets, one behind the other.
    pub bytes: Vec<u8>,
    /// The length of each, bytes.
    pub lengths: Vec<u32>,
}

/// A stored call.
#[derive(Debug)]
pub struct StoredCall {
    source: MemorySource,
    key: Option<PrivateKey>,
    trust: Trust,
    inspection: Option<Inspection>,
    places: Vec<SegmentPlace>,
}

impl StoredCall {
    /// A call of which nothing was fetched yet.
    ///
    /// # Errors
    /// `CallUnknown` when `call_id` is none.
    pub fn new(call_id: &str) -> Result<Self> {
        let source = MemorySource::new(CallId::parse(call_id)?);
        Ok(Self { source, key: None, trust: Trust::default(), inspection: None, places: Vec::new() })
    }

    /// Takes an object that was fetched.
    ///
    /// # Errors
    /// `MessageInvalid` for a name of no object.
    pub fn add(&mut self, name: &str, content: Vec<u8>) -> Result<()> {
        self.source.insert(ObjectName::parse(name)?, content);
        Ok(())
    }

    /// Lets go of an object, so that not more is held than is needed.
    pub fn forget(&mut self, name: &str) {
        if let Ok(name) = ObjectName::parse(name) {
            self.source.remove(&name);
        }
    }

    /// Takes the listener's private key, a JWK.
    ///
    /// # Errors
    /// `WrongKey` or another when it is none; nothing of it is repeated.
    pub fn set_key(&mut self, jwk: &str) -> Result<()> {
        let no_key = || Error::new(ErrorKind::WrongKey, "the key file holds no private key (a JWK)");
        let jwk: Value = serde_json::from_str(jwk).map_err(|_| no_key())?;
        self.key = Some(PrivateKey::from_jwk(&jwk).map_err(|_| no_key())?);
        Ok(())
    }

    /// Names a server whose countersignatures count, by its public key (a JWK).
    ///
    /// # Errors
    /// When it is none.
    pub fn trust_server(&mut self, jwk: &str) -> Result<()> {
        let no_key = || Error::new(ErrorKind::MessageInvalid, "this is not the public key of a server");
        let jwk: Value = serde_json::from_str(jwk).map_err(|_| no_key())?;
        self.trust.servers.push(VerifyingKey::from_jwk(&jwk)?);
        Ok(())
    }

    /// Reads the ledger among what was fetched.
    ///
    /// # Errors
    /// None in practice; what is wrong is in the report.
    pub fn outline(&mut self) -> Result<Outline> {
        let inspection = inspect(&self.source)?;
        let (mut report, _) = verify_trusting(&self.source, None, &self.trust)?;
        report.errors.retain(|error| !is_of_audio(error.code, &error.object));
        self.places = inspection.parts.iter().flat_map(places).collect();
        self.inspection = Some(inspection.clone());
        Ok(Outline { inspection, report, segments: self.places.clone() })
    }

    /// Verifies all that was fetched, as `callseal verify --key` does.
    ///
    /// # Errors
    /// None in practice; what is wrong is in the report.
    pub fn verify(&self) -> Result<VerificationReport> {
        Ok(verify_trusting(&self.source, self.key.as_ref().map(|key| key as &dyn KeyRing), &self.trust)?.0)
    }

    /// Opens one segment, by its number over all parts.
    ///
    /// # Errors
    /// Those of docs/format.md §7, about the segment or its envelope; `WrongState` before there is a key or an outline.
    pub fn open_segment(&self, index: usize, envelope: &[u8], sealed: &[u8]) -> Result<SegmentPackets> {
        let (part, segment, place) = self.find(index)?;
        let key =
            self.key.as_ref().ok_or_else(|| Error::new(ErrorKind::WrongState, "there is no key yet"))?;
        let ObjectName::Segment(address) = ObjectName::parse(&segment.name)? else {
            return Err(Error::new(ErrorKind::Corrupt, "this is no segment"));
        };
        if sha256_hex(envelope) != segment.envelope_sha256 {
            return Err(Error::new(ErrorKind::Corrupt, "the envelope is not what the ledger states"));
        }
        if segment.sha256.as_ref().is_some_and(|stated| sha256_hex(sealed) != *stated) {
            return Err(Error::new(
                ErrorKind::Corrupt,
                "the segment is not what was sealed: its hash is another",
            ));
        }
        let data_key = open_envelope(envelope, key, &address)?;
        if data_key.commitment()? != segment.key_commitment {
            return Err(Error::new(
                ErrorKind::Corrupt,
                "the envelope holds another key than the one the ledger commits to",
            ));
        }
        let associated_data = address.associated_data();
        let (plaintext, end) = if segment.state == "sealed" {
            (read_stream(&data_key, &associated_data, sealed)?, SegmentEnd::Whole)
        } else {
            (read_unterminated_stream(&data_key, &associated_data, sealed)?.plaintext, SegmentEnd::Torn)
        };
        let headers = Base64UrlUnpadded::decode_vec(&part.ogg_headers).map_err(|_| {
            Error::new(ErrorKind::Corrupt, "the header pages in the ledger are not base64url")
        })?;
        let mut reader = PartReader::new(&headers)?;
        if address.segment > 0 {
            reader.skip_segment(place.packets_before);
        }
        let audio = reader.read_segment(address.segment, &plaintext, end)?;
        let mut packets = SegmentPackets { bytes: Vec::new(), lengths: Vec::new() };
        for packet in audio.packets {
            packets.lengths.push(u32::try_from(packet.len()).unwrap_or(u32::MAX));
            packets.bytes.extend(packet);
        }
        if segment.packets.is_some_and(|stated| u64::try_from(packets.lengths.len()) != Ok(stated)) {
            return Err(Error::new(
                ErrorKind::Corrupt,
                "the segment holds another number of packets than the ledger states",
            ));
        }
        Ok(packets)
    }

    /// Where segment `index` lies.
    #[must_use]
    pub fn place(&self, index: usize) -> Option<&SegmentPlace> {
        self.places.get(index)
    }

    fn find(&self, index: usize) -> Result<(&PartInspection, &SegmentInspection, &SegmentPlace)> {
        let nothing = || Error::new(ErrorKind::WrongState, "the call has no such segment");
        let place = self.places.get(index).ok_or_else(nothing)?;
        let inspection = self.inspection.as_ref().ok_or_else(nothing)?;
        let part = inspection.parts.iter().find(|part| part.part == place.part).ok_or_else(nothing)?;
        let segment = part.segments.iter().find(|segment| segment.name == place.name).ok_or_else(nothing)?;
        Ok((part, segment, place))
    }
}

/// Whether a fault only says that something of the audio is not here, which is so until it is fetched.
fn is_of_audio(code: &str, object: &str) -> bool {
    code.starts_with("open/missing-") || object.ends_with(".ogg.tink") || object.ends_with(".jwe.json")
}

fn places(part: &PartInspection) -> Vec<SegmentPlace> {
    let mut packets_before = 0_u64;
    let mut found = Vec::new();
    for segment in &part.segments {
        let packets = segment.packets.unwrap_or(0);
        let held = packets.saturating_mul(PACKET_SAMPLES);
        found.push(SegmentPlace {
            name: segment.name.clone(),
            envelope: segment.envelope.clone(),
            part: part.part,
            state: segment.state,
            start_sample: segment.start_sample,
            end_sample: segment.end_sample.unwrap_or_else(|| segment.start_sample.saturating_add(held)),
            pre_skip_samples: pre_skip(part),
            packets_before,
        });
        packets_before = packets_before.saturating_add(packets);
    }
    found
}

/// Of the part's header pages; 0 where they are none, which is told when a segment is opened.
fn pre_skip(part: &PartInspection) -> u16 {
    let headers = Base64UrlUnpadded::decode_vec(&part.ogg_headers).unwrap_or_default();
    PartReader::new(&headers).map_or(0, |reader| reader.pre_skip_samples())
}
