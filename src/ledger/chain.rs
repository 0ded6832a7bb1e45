//! The hash chain: writing entries onto it, signed, and checking entries against it.

use serde_json::{Map, Value};

use super::entry::{Entry, EntryBody, SignerChanged};
use super::signature::{LedgerSigner, is_signed};
use crate::names::{CallId, MAX_NUMBER, ObjectName};
use crate::seal::{SIGNATURE_BYTES, VerifyingKey, sha256_hex};
use crate::{Error, ErrorKind, Result};

/// The format's version, in every entry.
const VERSION: u64 = 1;

/// The state of a chain: what the next entry must state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    head: String,
    next_seq: u64,
    /// Whose signature every further entry must have; `None` while nothing was read, and in an unsigned ledger.
    signer: Option<VerifyingKey>,
}

/// Whether signatures are checked, or taken as our own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signatures {
    Check,
    Own,
}

impl Chain {
    /// The empty chain of a call.
    #[must_use]
    pub fn start(call_id: &CallId) -> Self {
        Self {
            head: sha256_hex(format!("callseal/1/ledger/{call_id}").as_bytes()),
            next_seq: 0,
            signer: None,
        }
    }

    /// The hash that the next entry states as `prev`, hexadecimal.
    #[must_use]
    pub fn head(&self) -> &str {
        &self.head
    }

    /// The number of the next entry, and so the count of entries so far.
    #[must_use]
    pub const fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// Whether the ledger so far is signed, and so must go on signed.
    #[must_use]
    pub const fn is_signed(&self) -> bool {
        self.signer.is_some()
    }

    /// Whose signature the next entry must have, unless it names another signer; `None` as for [`Chain::is_signed`].
    #[must_use]
    pub const fn signer(&self) -> Option<&VerifyingKey> {
        self.signer.as_ref()
    }

    /// Checks one line (without its line feed) and moves on behind it.
    ///
    /// # Errors
    /// `Corrupt` when the line is not a canonical entry or does not continue the chain; `Swapped` when its number
    /// belongs elsewhere; `Unsupported` for another version or kind; `Signature` when it is not signed by the key that
    /// the ledger states.
    pub fn accept(&mut self, line: &[u8]) -> Result<Entry> {
        self.take(line, Signatures::Check)
    }

    /// The same without checking signatures: for continuing a ledger that readers will check.
    ///
    /// # Errors
    /// As [`Chain::accept`].
    pub(super) fn accept_unverified(&mut self, line: &[u8]) -> Result<Entry> {
        self.take(line, Signatures::Own)
    }

    #[inline(always)] // the page's module has no use for the code that checks signatures
    fn take(&mut self, line: &[u8], signatures: Signatures) -> Result<Entry> {
        let corrupt = |what: &str| Error::new(ErrorKind::Corrupt, format!("entry {} {what}", self.next_seq));
        let value: Value = serde_json::from_slice(line).map_err(|_| corrupt("is not JSON"))?;
        if canonical(&value)? != line {
            return Err(corrupt("is not in canonical form"));
        }
        let Value::Object(mut members) = value else { return Err(corrupt("is not a JSON object")) };
        let sig = members.remove("sig");
        let signed = canonical(&Value::Object(members.clone()))?;
        let hash = sha256_hex(&signed);

        let number = |name: &str| members.get(name).and_then(Value::as_u64);
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        if number("v") != Some(VERSION) || !text("kind").is_some_and(|kind| EntryBody::KINDS.contains(&kind))
        {
            let detail =
                format!("entry {} has a version or kind that this reader does not know", self.next_seq);
            return Err(Error::new(ErrorKind::Unsupported, detail));
        }
        let at_ms = number("at_ms").ok_or_else(|| corrupt("has no time"))?;
        let seq = number("seq").ok_or_else(|| corrupt("has no number"))?;
        if seq != self.next_seq {
            let detail = format!("entry {seq} is where entry {} should be", self.next_seq);
            return Err(Error::new(ErrorKind::Swapped, detail));
        }
        if text("prev") != Some(self.head.as_str()) {
            return Err(corrupt("does not continue the chain"));
        }
        let mut tagged = Map::new();
        for name in ["kind", "body"] {
            tagged.insert(name.to_owned(), members.get(name).cloned().unwrap_or_default());
        }
        let body = EntryBody::deserialize_from(Value::Object(tagged))
            .map_err(|_| corrupt("has a malformed body"))?;
        let signer = self.signer_behind(seq, &body)?;
        if let Some(key) = &signer
            && signatures == Signatures::Check
            && !is_signed(&signed, sig.as_ref(), key)
        {
            let detail = format!("entry {seq} is not signed by the key that the ledger states");
            return Err(Error::new(ErrorKind::Signature, detail));
        }
        self.next_seq = seq.checked_add(1).ok_or_else(|| corrupt("has too large a number"))?;
        self.head.clone_from(&hash);
        self.signer = signer;
        Ok(Entry { seq, at_ms, body, hash })
    }

    /// Whose signature an entry and those behind it must have.
    fn signer_behind(&self, seq: u64, body: &EntryBody) -> Result<Option<VerifyingKey>> {
        match body {
            EntryBody::CallOpened(opened) if seq == 0 => {
                opened.signer.as_ref().map(super::SignerStatement::key).transpose()
            }
            EntryBody::SignerChanged(changed) if self.signer.is_some() => changed.signer.key().map(Some),
            EntryBody::SignerChanged(_) => {
                Err(Error::new(ErrorKind::Signature, "a ledger that was not signed changes its signer"))
            }
            _ => Ok(self.signer.clone()),
        }
    }
}

impl EntryBody {
    fn deserialize_from(value: Value) -> serde_json::Result<Self> {
        serde_json::from_value(value)
    }
}

/// A ledger being written.
pub struct Ledger {
    call_id: CallId,
    chain: Chain,
    next_chunk: u32,
    signer: Option<LedgerSigner>,
}

impl core::fmt::Debug for Ledger {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("Ledger").field("chain", &self.chain).finish_non_exhaustive()
    }
}

impl Ledger {
    /// The empty ledger of a call. With a `signer`, its first entry must be `call.opened`; the ledger states the signer
    /// there and signs every entry.
    #[must_use]
    pub fn new(call_id: CallId, signer: Option<LedgerSigner>) -> Self {
        Self { call_id, chain: Chain::start(&call_id), next_chunk: 0, signer }
    }

    /// A ledger to be continued, behind the entries that `chain` has accepted and the chunks before `next_chunk`. A
    /// signed one can only be continued with a `signer`, whom [`Ledger::announce_signer`] must name first.
    #[must_use]
    pub const fn resume(
        call_id: CallId,
        chain: Chain,
        next_chunk: u32,
        signer: Option<LedgerSigner>,
    ) -> Self {
        Self { call_id, chain, next_chunk, signer }
    }

    /// The call.
    #[must_use]
    pub const fn call_id(&self) -> CallId {
        self.call_id
    }

    /// Hash of the last entry, hexadecimal.
    #[must_use]
    pub fn head(&self) -> &str {
        self.chain.head()
    }

    /// The certificates of this ledger's signer, base64 of DER, its own first; empty without a signer or a device's key.
    #[must_use]
    pub fn certificates(&self) -> Vec<String> {
        self.signer.as_ref().map_or_else(Vec::new, |signer| signer.statement().x5c)
    }

    /// ES256 over `bytes` by this ledger's signer, for an export of the same call.
    #[must_use]
    pub fn sign(&self, bytes: &[u8]) -> Option<[u8; SIGNATURE_BYTES]> {
        self.signer.as_ref().map(|signer| signer.call_key().sign_export(bytes))
    }

    /// The number of the next entry. A closing entry states `entries` as this plus one.
    #[must_use]
    pub const fn next_seq(&self) -> u64 {
        self.chain.next_seq()
    }

    /// Appends `signer.changed`, which names this ledger's signer.
    ///
    /// # Errors
    /// `WrongState` when it has none; `Signature` when what is continued is not signed.
    pub fn announce_signer(&mut self, at_ms: u64) -> Result<Vec<u8>> {
        let no_signer = || Error::new(ErrorKind::WrongState, "this ledger has no signer to announce");
        let signer = self.signer.as_ref().ok_or_else(no_signer)?.statement();
        self.append(at_ms, &EntryBody::SignerChanged(SignerChanged { signer }))
    }

    /// Appends an entry written at `at_ms` and returns its line, line feed included. The line must become durable
    /// before anything that relies on it.
    ///
    /// # Errors
    /// `WrongState` when the body cannot be written as canonical JSON (a fraction that is not finite), or the ledger
    /// states another signer than it has.
    pub fn append(&mut self, at_ms: u64, body: &EntryBody) -> Result<Vec<u8>> {
        let malformed = || Error::new(ErrorKind::WrongState, "the ledger entry cannot be written as JSON");
        let mut body = body.clone();
        if let (0, EntryBody::CallOpened(opened)) = (self.chain.next_seq, &mut body) {
            opened.signer = self.signer.as_ref().map(LedgerSigner::statement);
        }
        let Value::Object(mut members) = serde_json::to_value(&body).map_err(|_| malformed())? else {
            return Err(malformed());
        };
        members.insert("at_ms".to_owned(), at_ms.into());
        members.insert("prev".to_owned(), self.chain.head.clone().into());
        members.insert("seq".to_owned(), self.chain.next_seq.into());
        members.insert("v".to_owned(), VERSION.into());
        if let Some(signer) = &self.signer {
            let signed = canonical(&Value::Object(members.clone()))?;
            members.insert("sig".to_owned(), signer.call_key().sign(&signed).into());
        }
        let mut line = canonical(&Value::Object(members))?;
        // What cannot be read back must not be written.
        let stated = self.chain.signer_behind(self.chain.next_seq, &body)?;
        if stated != self.signer.as_ref().map(|signer| signer.call_key().public()) {
            let detail = "the ledger states another signer than the one that writes it";
            return Err(Error::new(ErrorKind::WrongState, detail));
        }
        self.chain.take(&line, Signatures::Own)?;
        line.push(b'\n');
        Ok(line)
    }

    /// The name of the next chunk; each call gives a new one.
    ///
    /// # Errors
    /// `LimitExceeded` behind chunk 999999.
    pub fn next_chunk_name(&mut self) -> Result<ObjectName> {
        let chunk = self.next_chunk;
        if chunk > MAX_NUMBER {
            return Err(Error::new(ErrorKind::LimitExceeded, "the ledger has too many chunks"));
        }
        self.next_chunk = chunk.saturating_add(1);
        Ok(ObjectName::LedgerChunk { call_id: self.call_id, chunk })
    }
}

fn canonical(value: &Value) -> Result<Vec<u8>> {
    serde_json_canonicalizer::to_vec(value)
        .map_err(|_| Error::new(ErrorKind::Corrupt, "an entry has no canonical form"))
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers of the test")]
mod tests {
    use super::{Chain, Ledger};
    use crate::ledger::{CallKey, CallOpened, CallRecovered, EntryBody, Gap, LedgerSigner};
    use crate::names::CallId;
    use crate::seal::sha256_hex;
    use base64ct::Encoding as _;

    fn call_id() -> CallId {
        CallId::parse("0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa").unwrap()
    }

    fn gap(from_sample: u64) -> EntryBody {
        EntryBody::Gap(Gap { from_sample, to_sample: from_sample + 1, reason: "dropped".into() })
    }

    fn lines() -> Vec<Vec<u8>> {
        let mut ledger = Ledger::new(call_id(), None);
        let mut lines: Vec<_> =
            (0..4).map(|index| ledger.append(1_790_000_000_000 + index, &gap(index)).unwrap()).collect();
        let recovered = EntryBody::CallRecovered(CallRecovered { parts: 1, entries: ledger.next_seq() + 1 });
        lines.push(ledger.append(1_790_000_000_009, &recovered).unwrap());
        lines
    }

    #[test]
    fn the_first_line_is_exactly_this() {
        let start = sha256_hex(b"callseal/1/ledger/0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa");
        let expected = format!(
            "{{\"at_ms\":1790000000000,\"body\":{{\"from_sample\":0,\"reason\":\"dropped\",\"to_sample\":1}},\
             \"kind\":\"gap\",\"prev\":\"{start}\",\"seq\":0,\"v\":1}}\n"
        );
        assert_eq!(String::from_utf8(lines()[0].clone()).unwrap(), expected);
    }

    #[test]
    fn what_is_written_is_accepted_in_order() {
        let mut chain = Chain::start(&call_id());
        for (seq, line) in (0..).zip(lines()) {
            let entry = chain.accept(line.strip_suffix(b"\n").unwrap()).unwrap();
            assert_eq!((entry.seq, entry.hash.as_str()), (seq, chain.head()));
        }
    }

    #[test]
    fn a_ledger_resumes_where_the_chain_was_read_to() {
        let mut chain = Chain::start(&call_id());
        let mut expected = Ledger::new(call_id(), None);
        for index in 0..3 {
            let line = expected.append(index, &gap(index)).unwrap();
            chain.accept(line.strip_suffix(b"\n").unwrap()).unwrap();
        }
        let mut resumed = Ledger::resume(call_id(), chain, 2, None);
        assert_eq!(resumed.append(7, &gap(7)).unwrap(), expected.append(7, &gap(7)).unwrap());
        assert_eq!(
            resumed.next_chunk_name().unwrap().to_string(),
            format!("{}/ledger/000002.jsonl", call_id())
        );
    }

    #[test]
    fn dropped_repeated_swapped_and_foreign_entries_are_refused() {
        let lines = lines();
        for order in [&[1][..], &[0, 0], &[0, 2], &[0, 2, 1], &[0, 1, 1]] {
            let mut chain = Chain::start(&call_id());
            let result: Result<Vec<_>, _> =
                order.iter().map(|index| chain.accept(lines[*index].strip_suffix(b"\n").unwrap())).collect();
            assert_eq!(result.unwrap_err().code(), "open/swapped", "{order:?}");
        }
        let other = CallId::parse("1b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa").unwrap();
        assert!(Chain::start(&other).accept(lines[0].strip_suffix(b"\n").unwrap()).is_err());
    }

    #[test]
    fn every_changed_byte_is_found_at_that_entry_or_the_next() {
        let lines = lines();
        let line = lines[1].strip_suffix(b"\n").unwrap();
        for position in 0..line.len() {
            let mut changed = line.to_vec();
            changed[position] ^= 1;
            let mut chain = Chain::start(&call_id());
            chain.accept(lines[0].strip_suffix(b"\n").unwrap()).unwrap();
            let found = chain.accept(&changed).is_err()
                || chain.accept(lines[2].strip_suffix(b"\n").unwrap()).is_err();
            assert!(found, "byte {position}");
        }
    }

    #[test]
    fn the_hash_leaves_out_the_signature() {
        let lines = lines();
        let mut chain = Chain::start(&call_id());
        let unsigned = chain.clone().accept(lines[0].strip_suffix(b"\n").unwrap()).unwrap();
        let signed =
            String::from_utf8(lines[0].clone()).unwrap().replace(",\"v\":1}\n", ",\"sig\":\"x\",\"v\":1}");
        assert_eq!(chain.accept(signed.as_bytes()).unwrap(), unsigned);
        assert!(chain.accept(lines[1].strip_suffix(b"\n").unwrap()).is_ok());
    }

    #[test]
    fn only_the_canonical_form_is_an_entry() {
        let line = String::from_utf8(lines()[0].clone()).unwrap();
        let line = line.trim_end();
        for other in [
            line.replace(":0,", ": 0,"),
            line.replace("\"v\":1", "\"v\":1.0"),
            line.replace("dropped", "dr\\u006fpped"),
            line.replace("{\"at_ms\"", "{\"at_ms\":1,\"at_ms\""),
            format!("{line} "),
        ] {
            assert_ne!(other, line);
            assert_eq!(Chain::start(&call_id()).accept(other.as_bytes()).unwrap_err().code(), "open/corrupt");
        }
    }

    #[test]
    fn unknown_kinds_and_versions_are_not_passed_over() {
        let line = String::from_utf8(lines()[0].clone()).unwrap();
        for other in [line.replace("\"gap\"", "\"nap\""), line.replace("\"v\":1", "\"v\":2")] {
            let error = Chain::start(&call_id()).accept(other.trim_end().as_bytes()).unwrap_err();
            assert_eq!(error.code(), "open/unsupported");
        }
    }

    fn signer(seed: u8) -> LedgerSigner {
        LedgerSigner::new(CallKey::from_random(&[seed; 32]).unwrap(), vec![vec![seed]])
    }

    fn opened() -> EntryBody {
        EntryBody::CallOpened(CallOpened {
            call_id: call_id(),
            software: "test".into(),
            mode: "nothing_before_yes".into(),
            policy_sha256: sha256_hex(b""),
            sample_rate_hz: 48_000,
            parties: Vec::new(),
            answered_at_ms: 1,
            signer: None,
        })
    }

    fn signed() -> (Ledger, Vec<Vec<u8>>) {
        let mut ledger = Ledger::new(call_id(), Some(signer(1)));
        let lines = vec![
            ledger.append(1, &opened()).unwrap(),
            ledger.append(2, &gap(1)).unwrap(),
            ledger.append(3, &gap(2)).unwrap(),
        ];
        (ledger, lines)
    }

    fn read(lines: &[Vec<u8>]) -> crate::Result<Chain> {
        let mut chain = Chain::start(&call_id());
        lines.iter().try_for_each(|line| chain.accept(line.strip_suffix(b"\n").unwrap()).map(drop))?;
        Ok(chain)
    }

    #[test]
    fn a_signed_ledger_states_its_signer_and_every_entry_is_signed() {
        let (_, lines) = signed();
        assert!(read(&lines).unwrap().is_signed());
        let first: serde_json::Value = serde_json::from_slice(&lines[0]).unwrap();
        assert_eq!(first["body"]["signer"]["jwk"]["kty"], "EC");
        assert_eq!(first["body"]["signer"]["x5c"], serde_json::json!(["AQ=="]));
        for line in &lines {
            let entry: serde_json::Value = serde_json::from_slice(line).unwrap();
            assert_eq!(entry["sig"].as_str().unwrap().len(), 86);
        }
    }

    #[test]
    fn a_missing_foreign_or_malleated_signature_is_a_fault() {
        let (_, lines) = signed();
        let sig = |line: &[u8]| {
            serde_json::from_slice::<serde_json::Value>(line).unwrap()["sig"].as_str().unwrap().to_owned()
        };
        let own = sig(&lines[1]);
        let signature = base64ct::Base64UrlUnpadded::decode_vec(&own).unwrap();
        let (r, s) = p256::ecdsa::Signature::from_slice(&signature).unwrap().split_scalars();
        let other_form = p256::ecdsa::Signature::from_scalars(r, -s).unwrap().to_bytes();
        for changed in [
            None,
            Some(sig(&lines[2])),
            Some(String::new()),
            Some(format!("{own}=")),
            Some(base64ct::Base64UrlUnpadded::encode_string(&other_form)),
        ] {
            let mut lines = lines.clone();
            let line = String::from_utf8(lines[1].clone()).unwrap();
            let member = format!(",\"sig\":\"{own}\"");
            let replacement = changed.map(|sig| format!(",\"sig\":\"{sig}\"")).unwrap_or_default();
            lines[1] = line.replace(&member, &replacement).into_bytes();
            assert_ne!(lines[1], line.into_bytes());
            assert_eq!(read(&lines).unwrap_err().code(), "ledger/signature");
        }
    }

    #[test]
    fn a_recovery_signs_with_a_key_that_it_announces() {
        let (_, mut lines) = signed();
        let chain = read(&lines).unwrap();
        let mut unsigned = Ledger::resume(call_id(), chain.clone(), 1, None);
        assert_eq!(unsigned.append(4, &gap(3)).unwrap_err().code(), "state/wrong");
        let mut silent = Ledger::resume(call_id(), chain.clone(), 1, Some(signer(2)));
        assert_eq!(silent.append(4, &gap(3)).unwrap_err().code(), "state/wrong");
        let mut ledger = Ledger::resume(call_id(), chain, 1, Some(signer(2)));
        lines.push(ledger.announce_signer(4).unwrap());
        lines.push(ledger.append(4, &gap(3)).unwrap());
        read(&lines).unwrap();
        // The first key counts no longer.
        let (mut first, _) = signed();
        lines.truncate(4);
        lines.push(first.append(4, &gap(3)).unwrap());
        assert!(read(&lines).is_err());
    }

    #[test]
    fn an_unsigned_ledger_cannot_become_a_signed_one() {
        let mut ledger = Ledger::new(call_id(), None);
        let lines = [ledger.append(1, &opened()).unwrap()];
        let mut ledger = Ledger::resume(call_id(), read(&lines).unwrap(), 1, Some(signer(2)));
        assert_eq!(ledger.announce_signer(2).unwrap_err().code(), "ledger/signature");
        // A first entry that states no signer cannot be signed either.
        assert_eq!(
            Ledger::new(call_id(), Some(signer(1))).append(1, &gap(1)).unwrap_err().code(),
            "state/wrong"
        );
    }

    #[test]
    fn debug_output_does_not_contain_the_key() {
        let printed = format!("{:?}", signed().0);
        assert!(printed.contains("Ledger") && !printed.contains("0101"), "{printed}");
    }
}
