//! 10,000 random changes of signed ledgers, by somebody who can write the whole store and has none of the keys: every
//! one is found.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code"
)]

use std::collections::BTreeMap;

use callseal::archive::{EvidenceLevel, Level, MemorySource, Trust, verify_trusting};
use callseal::audio::channels::Channels;
use callseal::ledger::certificate::{assemble, call_certificate_request, device_certificate_request};
use callseal::ledger::{
    CallClosed, CallKey, CallOpened, CallRecovered, ConsentAnswered, EntryBody, Gap, HeadClaim, Ledger,
    LedgerSigner, Outcome, Party, RedactionSpan, read_chunk,
};
use callseal::names::{CallId, ObjectName};
use callseal::seal::{SigningKey, sha256_hex};
use serde_json::{Value, json};

const AT_MS: u64 = 1_790_000_000_000;

/// Reproducible randomness (Marsaglia's xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound
    }
}

fn device() -> SigningKey {
    SigningKey::from_random(&[0xD1; 32]).unwrap()
}

fn server() -> SigningKey {
    SigningKey::from_random(&[0x5E; 32]).unwrap()
}

fn call_id(number: u8) -> CallId {
    CallId::parse(&format!("0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9{number:02x}")).unwrap()
}

/// A signer whose key the device has certified.
fn signer(id: &CallId, seed: u8) -> LedgerSigner {
    let (device, call_key) = (device(), CallKey::from_random(&[seed; 32]).unwrap());
    let root = device_certificate_request(&device.public(), [1; 16]);
    let leaf = call_certificate_request(id, &call_key.public(), &device.public(), [seed; 16], AT_MS).unwrap();
    let x5c = [leaf, root].map(|request| assemble(&request, &device.sign(&request)).unwrap());

    LedgerSigner::new(call_key, x5c.to_vec())
}

/// How a base ledger ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Closed,
    Recovered,
    /// It goes on; its last chunk but one is countersigned, nothing else protects its end.
    Countersigned,
}

/// The chunks of a ledger as lists of lines, without their line feeds, and its countersignatures.
#[derive(Debug, Clone)]
struct Base {
    id: CallId,
    end: End,
    chunks: Vec<Vec<Vec<u8>>>,
    heads: BTreeMap<u32, Vec<u8>>,
}

impl Base {
    fn build(number: u8, end: End) -> Self {
        let id = call_id(number);
        let mut ledger = Ledger::new(id, Some(signer(&id, number)));
        let mut base = Self { id, end, chunks: Vec::new(), heads: BTreeMap::new() };
        let opened = EntryBody::CallOpened(CallOpened {
            call_id: id,
            software: "test".into(),
            mode: "nothing_before_yes".into(),
            policy_sha256: sha256_hex(b"policy"),
            sample_rate_hz: 48_000,
            parties: vec![
                Party { index: 0, role: "agent".into() },
                Party { index: 1, role: "customer".into() },
            ],
            answered_at_ms: AT_MS,
            signer: None,
        });
        let answered = EntryBody::ConsentAnswered(ConsentAnswered {
            party: 1,
            answer: "yes".into(),
            words: None,
            method: "agent_button".into(),
            actor: 0,
            sample: 960 * u64::from(number),
            prompt_sha256: sha256_hex(&[number]),
            assertion_sha256: None,
        });
        base.chunk(&mut ledger, &[opened, answered]);
        let number = u64::from(number);
        let gap = Gap { from_sample: number, to_sample: number + 5, reason: "dropped".into() };
        let span = RedactionSpan {
            from_sample: 960,
            to_sample: 1_920 + number,
            trigger: "field_focus".into(),
            class: "card_number".into(),
            actor: None,
            decided_at_ms: AT_MS,
            channels: Some(Channels::Agent),
            latency_ms: Some(4_980),
        };
        base.chunk(&mut ledger, &[EntryBody::Gap(gap.clone()), EntryBody::RedactionSpan(span)]);
        let later = Gap { from_sample: number + 7, to_sample: number + 9, reason: "sleep".into() };
        match end {
            End::Closed => {
                let entries = ledger.next_seq() + 1;
                let closed = CallClosed { outcome: Outcome::Recorded, end_sample: 9_600, entries };
                base.chunk(&mut ledger, &[EntryBody::CallClosed(closed)]);
            }
            End::Countersigned => {
                base.countersign(1, &ledger);
                base.chunk(&mut ledger, &[EntryBody::Gap(later)]);
            }
            End::Recovered => {
                let mut chain = callseal::ledger::Chain::start(&id);
                for chunk in &base.chunks {
                    read_chunk(&mut chain, &bytes(chunk)).unwrap();
                }
                let chunks = u32::try_from(base.chunks.len()).unwrap();
                let seed = u8::try_from(number).unwrap() + 100;
                let mut ledger = Ledger::resume(id, chain, chunks, Some(signer(&id, seed)));
                let announced = ledger.announce_signer(AT_MS + 10).unwrap();
                let recovered = CallRecovered { parts: 0, entries: ledger.next_seq() + 1 };
                let closing = ledger.append(AT_MS + 10, &EntryBody::CallRecovered(recovered)).unwrap();
                base.chunks.push(lines(&[announced, closing].concat()));
            }
        }
        base
    }

    fn chunk(&mut self, ledger: &mut Ledger, bodies: &[EntryBody]) {
        let at_ms = |ledger: &Ledger| AT_MS + ledger.next_seq();
        let bytes: Vec<u8> =
            bodies.iter().flat_map(|body| ledger.append(at_ms(ledger), body).unwrap()).collect();
        self.chunks.push(lines(&bytes));
    }

    fn countersign(&mut self, chunk: u32, ledger: &Ledger) {
        let claim = HeadClaim {
            call_id: self.id,
            seq: ledger.next_seq() - 1,
            head: ledger.head().to_owned(),
            iat: AT_MS / 1_000,
        };
        self.heads.insert(chunk, claim.sign(&server()).into_bytes());
    }

    fn objects(&self) -> BTreeMap<ObjectName, Vec<u8>> {
        let chunks = (0_u32..)
            .zip(&self.chunks)
            .map(|(chunk, lines)| (ObjectName::LedgerChunk { call_id: self.id, chunk }, bytes(lines)));
        let heads = self
            .heads
            .iter()
            .map(|(chunk, head)| (ObjectName::LedgerHead { call_id: self.id, chunk: *chunk }, head.clone()));
        chunks.chain(heads).collect()
    }

    /// Whether the call is reported as anything else than the base is.
    fn is_found(&self, objects: &BTreeMap<ObjectName, Vec<u8>>) -> bool {
        let mut source = MemorySource::new(self.id);
        objects.iter().for_each(|(name, content)| drop(source.insert(*name, content.clone())));
        let (report, _) = verify_trusting(&source, None, &self.trust()).unwrap();
        let expected = match self.end {
            End::Closed => Level::Intact,
            End::Recovered => Level::Cut,
            End::Countersigned => Level::Open,
        };
        report.level != expected
    }

    fn trust(&self) -> Trust {
        let servers = if self.end == End::Countersigned { vec![server().public()] } else { Vec::new() };
        Trust { devices: vec![device().public().thumbprint()], servers, ..Trust::default() }
    }

    fn all_lines(&self) -> Vec<Vec<u8>> {
        self.chunks.concat()
    }

    /// The same cut into chunks, with other lines.
    fn with_lines(&self, lines: Vec<Vec<u8>>) -> Self {
        let mut lines = lines.into_iter();
        let mut chunks: Vec<Vec<Vec<u8>>> =
            self.chunks.iter().map(|chunk| lines.by_ref().take(chunk.len()).collect()).collect();
        if let Some(last) = chunks.last_mut() {
            last.extend(lines);
        }
        chunks.retain(|chunk| !chunk.is_empty());
        Self { chunks, ..self.clone() }
    }
}

fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.split_inclusive(|byte| *byte == b'\n').map(|line| line[..line.len() - 1].to_vec()).collect()
}

fn bytes(lines: &[Vec<u8>]) -> Vec<u8> {
    lines.iter().flat_map(|line| [line.as_slice(), b"\n"].concat()).collect()
}

fn canonical(value: &Value) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(value).unwrap()
}

/// What an attacker without the keys does about the signatures when the chain is made to fit again.
#[derive(Debug, Clone, Copy)]
enum Signatures {
    Kept,
    Removed,
    RemovedWithTheSigner,
    ByAnotherKey,
    ByAnotherKeyWithTheCertificates,
}

/// Makes numbers, hashes and counts fit again.
fn rechain(id: &CallId, lines: &[Vec<u8>], signatures: Signatures) -> Vec<Vec<u8>> {
    let thief = SigningKey::from_random(&[0x7F; 32]).unwrap();
    let mut prev = sha256_hex(format!("callseal/1/ledger/{id}").as_bytes());
    let mut result = Vec::new();
    for (seq, line) in lines.iter().enumerate() {
        let mut entry: Value = serde_json::from_slice(line).unwrap();
        entry["seq"] = json!(seq);
        entry["prev"] = json!(prev);
        if entry["body"].get("entries").is_some() {
            entry["body"]["entries"] = json!(seq + 1);
        }
        if entry["body"].get("call_id").is_some() {
            entry["body"]["call_id"] = json!(id);
        }
        let sig = entry.as_object_mut().unwrap().remove("sig");
        if entry["body"].get("signer").is_some() {
            match signatures {
                Signatures::Kept | Signatures::Removed => {}
                Signatures::RemovedWithTheSigner => {
                    entry["body"].as_object_mut().unwrap().remove("signer");
                }
                Signatures::ByAnotherKey => {
                    entry["body"]["signer"] = json!({"jwk": thief.public().to_jwk()});
                }
                Signatures::ByAnotherKeyWithTheCertificates => {
                    entry["body"]["signer"]["jwk"] = thief.public().to_jwk();
                }
            }
        }
        let bytes = canonical(&entry);
        prev = sha256_hex(&bytes);
        match signatures {
            Signatures::Kept => entry["sig"] = sig.unwrap(),
            Signatures::Removed | Signatures::RemovedWithTheSigner => {}
            Signatures::ByAnotherKey | Signatures::ByAnotherKeyWithTheCertificates => {
                use base64ct::Encoding as _;
                entry["sig"] = json!(base64ct::Base64UrlUnpadded::encode_string(&thief.sign(&bytes)));
            }
        }
        result.push(canonical(&entry));
    }
    result
}

const SIGNATURES: [Signatures; 5] = [
    Signatures::Kept,
    Signatures::Removed,
    Signatures::RemovedWithTheSigner,
    Signatures::ByAnotherKey,
    Signatures::ByAnotherKeyWithTheCertificates,
];

/// One random change, named; `None` where the dice gave no change.
fn mutate(base: &Base, other: &Base, random: &mut Random) -> Option<(String, BTreeMap<ObjectName, Vec<u8>>)> {
    let all = base.all_lines();
    let foreign = other.all_lines();
    let at = random.below(all.len());
    let mut changed = all.clone();
    let rechained = random.below(2) == 0;
    let name = match random.below(9) {
        0 | 1 => {
            let mut objects = base.objects();
            let index = random.below(objects.len());
            let content = objects.values_mut().nth(index).unwrap();
            let bit = random.below(content.len() * 8);
            content[bit / 8] ^= 1 << (bit % 8);
            return Some((format!("bit {bit} of object {index}"), objects));
        }
        2 => {
            changed.remove(at);
            // Behind the countersigned head nothing but the end can go, and that is the one thing not promised.
            if base.end == End::Countersigned && at == all.len() - 1 {
                return None;
            }
            format!("entry {at} dropped")
        }
        3 => {
            changed.insert(random.below(all.len() + 1), all[at].clone());
            format!("entry {at} twice")
        }
        4 => {
            let to = random.below(all.len());
            changed.swap(at, to);
            format!("entries {at} and {to} swapped")
        }
        5 => {
            let from = random.below(foreign.len());
            match random.below(3) {
                0 => changed[at] = foreign[from].clone(),
                1 => changed.truncate(at + 1),
                _ => changed.clear(),
            }
            if changed.len() < all.len() {
                changed.extend_from_slice(&foreign[if changed.is_empty() { 0 } else { from }..]);
            }
            format!("spliced at {at} from {from} of another call")
        }
        6 => {
            let protected = if base.end == End::Countersigned { all.len() - 1 } else { all.len() };
            changed.truncate(random.below(protected));
            format!("truncated to {} of {}", changed.len(), all.len())
        }
        7 => {
            // Another answer, place or time.
            let mut entry: Value = serde_json::from_slice(&all[at]).unwrap();
            let mut numbers: Vec<&mut Value> =
                entry["body"].as_object_mut().unwrap().values_mut().filter(|value| value.is_u64()).collect();
            if numbers.is_empty() || random.below(4) == 0 {
                entry["at_ms"] = json!(AT_MS + 1_000 + random.below(1_000) as u64);
            } else {
                let which = random.below(numbers.len());
                let number = numbers[which].as_u64().unwrap();
                *numbers[which] = json!(number + 1 + random.below(1_000) as u64);
            }
            changed[at] = canonical(&entry);
            format!("entry {at} edited")
        }
        _ => {
            let mut objects = base.objects();
            let index = random.below(objects.len());
            let gone = *objects.keys().nth(index).unwrap();
            // The last chunk behind the countersigned head is the end that is not promised.
            if base.end == End::Countersigned
                && gone == (ObjectName::LedgerChunk { call_id: base.id, chunk: 2 })
            {
                return None;
            }
            let content = objects.remove(&gone).unwrap();
            if random.below(2) == 0 {
                return Some((format!("{gone} removed"), objects));
            }
            let to = random.below(objects.len());
            let place = objects.values_mut().nth(to).unwrap();
            let displaced = core::mem::replace(place, content);
            objects.insert(gone, displaced);
            return Some((format!("{gone} exchanged with object {to}"), objects));
        }
    };
    let mut name = name;
    if rechained && !changed.is_empty() {
        let signatures = SIGNATURES[random.below(SIGNATURES.len())];
        changed = rechain(&base.id, &changed, signatures);
        name = format!("{name}, chained anew, signatures {signatures:?}");
    }
    let objects = base.with_lines(changed).objects();
    (objects != base.objects()).then_some((name, objects))
}

/// `count` changes of ledgers that end so.
fn all_are_found(end: End, count: usize, seed: u64) {
    let bases: Vec<Base> = (1..=4).map(|number| Base::build(number, end)).collect();
    for base in &bases {
        assert!(!base.is_found(&base.objects()), "the ledger as it was written is good");
    }
    let mut random = Random(seed);
    let mut done = 0;
    while done < count {
        let (base, other) = (&bases[done % 4], &bases[(done + 1) % 4]);
        let Some((name, objects)) = mutate(base, other, &mut random) else { continue };
        assert!(base.is_found(&objects), "{end:?}, change {done}: {name} was not found");
        done += 1;
    }
}

#[test]
fn four_thousand_changes_of_closed_ledgers_are_found() {
    all_are_found(End::Closed, 4_000, 0x0C10_5ED1);
}

#[test]
fn three_thousand_changes_of_recovered_ledgers_are_found() {
    all_are_found(End::Recovered, 3_000, 0x2EC0_4E2E);
}

#[test]
fn three_thousand_changes_of_countersigned_ledgers_are_found() {
    all_are_found(End::Countersigned, 3_000, 0x0C04_7E25);
}

#[test]
fn the_levels_say_what_was_proven() {
    let level = |base: &Base, trust: &Trust| {
        let mut source = MemorySource::new(base.id);
        base.objects().into_iter().for_each(|(name, content)| drop(source.insert(name, content)));
        verify_trusting(&source, None, trust).unwrap().0.evidence
    };
    let mut closed = Base::build(1, End::Closed);
    let nobody = Trust::default();
    assert_eq!(level(&closed, &nobody).level, Some(EvidenceLevel::Intact));
    assert_eq!(level(&closed, &nobody).devices, [Some(device().public().thumbprint())]);
    assert_eq!(level(&closed, &closed.trust()).level, Some(EvidenceLevel::KnownDevice));
    let recovered = Base::build(1, End::Recovered);
    assert_eq!(level(&recovered, &recovered.trust()).level, Some(EvidenceLevel::KnownDevice));
    assert_eq!(level(&recovered, &nobody).signers.len(), 2);
    // The head of the end: everything is countersigned.
    let (seq, head) = callseal::ledger::head_of(&bytes(&closed.chunks[2])).unwrap();
    let claim = HeadClaim { call_id: closed.id, seq, head, iat: AT_MS / 1_000 + 301 };
    closed.heads.insert(2, claim.sign(&server()).into_bytes());
    let servers = Trust { devices: Vec::new(), servers: vec![server().public()], ..Trust::default() };
    let evidence = level(&closed, &servers);
    assert_eq!(evidence.level, Some(EvidenceLevel::Countersigned));
    assert_eq!((evidence.countersigned_entries, evidence.countersigned_at_s), (5, Some(claim.iat)));
    // Nobody was asked for: the countersignature cannot be verified, so it does not count.
    assert_eq!(level(&closed, &nobody).level, Some(EvidenceLevel::Intact));
    let open = Base::build(1, End::Countersigned);
    let evidence = level(&open, &servers);
    assert_eq!((evidence.level, evidence.countersigned_entries), (Some(EvidenceLevel::Intact), 4));
}

#[test]
fn whom_the_reader_asks_for_must_vouch() {
    let base = Base::build(1, End::Closed);
    let mut source = MemorySource::new(base.id);
    base.objects().into_iter().for_each(|(name, content)| drop(source.insert(name, content)));
    for trust in [
        Trust { devices: vec![server().public().thumbprint()], servers: Vec::new(), ..Trust::default() },
        Trust { devices: Vec::new(), servers: vec![server().public()], ..Trust::default() },
    ] {
        let (report, faults) = verify_trusting(&source, None, &trust).unwrap();
        assert_eq!((report.evidence.level, faults[0].kind.code()), (None, "ledger/signature"));
    }
}
