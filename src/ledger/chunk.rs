//! The cut of the ledger into chunks of whole lines.

use serde_json::Value;

use super::chain::Chain;
use super::entry::Entry;
use super::signature::is_signed;
use crate::seal::VerifyingKey;
use crate::{Error, ErrorKind, Result};

/// Bytes of the longest chunk (docs/format.md §6), so that no reader has to hold more. A chunk of a call with an entry in each
/// second of an hour has a tenth of it.
const MOST_CHUNK_BYTES: usize = 1 << 20;

/// Reads a chunk's entries, moving `chain` on behind them.
///
/// # Errors
/// `Truncated` for an empty chunk or one whose last line has no end; `Corrupt` for one that is longer than any; else as
/// [`Chain::accept`].
pub fn read_chunk(chain: &mut Chain, chunk: &[u8]) -> Result<Vec<Entry>> {
    if chunk.len() > MOST_CHUNK_BYTES {
        return Err(Error::new(ErrorKind::Corrupt, "the ledger chunk is longer than any chunk"));
    }
    read_lines(chunk, |line| chain.accept(line))
}

/// The same without checking signatures, to continue a ledger that a crash left in the spool: whoever reads it later
/// checks them, and what does not hold then would not have held here.
///
/// # Errors
/// As [`read_chunk`], but for signatures and length.
pub fn read_own_chunk(chain: &mut Chain, chunk: &[u8]) -> Result<Vec<Entry>> {
    read_lines(chunk, |line| chain.accept_unverified(line))
}

fn read_lines(chunk: &[u8], accept: impl FnMut(&[u8]) -> Result<Entry>) -> Result<Vec<Entry>> {
    let Some(lines) = chunk.strip_suffix(b"\n") else {
        return Err(Error::new(ErrorKind::Truncated, "the ledger chunk ends within an entry"));
    };
    lines.split(|byte| *byte == b'\n').map(accept).collect()
}

/// Whether `key` has signed every entry of a chunk, wherever in the chain it belongs: for one that came before those in
/// front of it.
#[must_use]
pub fn is_signed_throughout(chunk: &[u8], key: &VerifyingKey) -> bool {
    let is_signed_line = |line: &[u8]| {
        let Ok(Value::Object(mut members)) = serde_json::from_slice(line) else { return false };
        let sig = members.remove("sig");
        serde_json_canonicalizer::to_vec(&Value::Object(members))
            .is_ok_and(|entry| is_signed(&entry, sig.as_ref(), key))
    };
    chunk.strip_suffix(b"\n").is_some_and(|lines| lines.split(|byte| *byte == b'\n').all(is_signed_line))
}

/// The whole lines of a chunk that a crash may have torn.
#[must_use]
pub fn whole_lines(chunk: &[u8]) -> &[u8] {
    let end = chunk.iter().rposition(|byte| *byte == b'\n').map_or(0, |position| position.saturating_add(1));
    chunk.get(..end).unwrap_or_default()
}

/// The number that a chunk's first entry states, unchecked; to tell where a misplaced chunk belongs.
#[must_use]
pub fn first_seq(chunk: &[u8]) -> Option<u64> {
    let line = chunk.split(|byte| *byte == b'\n').next()?;
    serde_json::from_slice::<Value>(line).ok()?.get("seq")?.as_u64()
}

#[cfg(test)]
mod tests {
    use super::{first_seq, is_signed_throughout, read_chunk, whole_lines};
    use crate::ledger::{CallKey, CallOpened, Chain, EntryBody, Gap, Ledger, LedgerSigner};
    use crate::names::CallId;

    fn call_id() -> CallId {
        CallId::parse("0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa").unwrap()
    }

    fn chunk(entries: u64) -> Vec<u8> {
        let mut ledger = Ledger::new(call_id(), None);
        let body = EntryBody::Gap(Gap { from_sample: 0, to_sample: 1, reason: "dropped".into() });
        (0..entries).flat_map(|at_ms| ledger.append(at_ms, &body).unwrap()).collect()
    }

    #[test]
    fn a_chunk_longer_than_any_is_refused_before_it_is_read() {
        let mut long = chunk(6000);
        assert!(long.len() > super::MOST_CHUNK_BYTES);
        assert_eq!(read_chunk(&mut Chain::start(&call_id()), &long).unwrap_err().code(), "open/corrupt");
        long.truncate(super::MOST_CHUNK_BYTES);
        long.truncate(whole_lines(&long).len());
        assert!(read_chunk(&mut Chain::start(&call_id()), &long).is_ok());
    }

    #[test]
    fn a_cut_chunk_is_truncated_wherever_it_is_cut() {
        let chunk = chunk(3);
        let whole: Vec<usize> = (1..=3).map(|entries| super::tests::chunk(entries).len()).collect();
        for length in 0..chunk.len() {
            let read = read_chunk(&mut Chain::start(&call_id()), &chunk[..length]);
            if whole.contains(&length) {
                assert!(read.is_ok());
            } else {
                assert_eq!(read.unwrap_err().code(), "open/truncated", "cut at {length}");
            }
        }
    }

    #[test]
    fn whole_lines_leave_out_the_torn_one() {
        let chunk = chunk(3);
        let two = super::tests::chunk(2);
        assert_eq!(whole_lines(&chunk[..two.len() + 10]), two);
        assert_eq!(whole_lines(&chunk), chunk);
        assert_eq!(whole_lines(b"{\"torn"), b"");
    }

    #[test]
    fn empty_lines_are_refused() {
        let mut chunk = chunk(1);
        chunk.push(b'\n');
        assert!(read_chunk(&mut Chain::start(&call_id()), &chunk).is_err());
        assert!(read_chunk(&mut Chain::start(&call_id()), b"\n").is_err());
    }

    #[test]
    fn tells_the_number_of_its_first_entry() {
        assert_eq!(first_seq(&chunk(2)), Some(0));
        assert_eq!(first_seq(b"\n"), None);
    }

    #[test]
    fn a_chunk_is_signed_throughout_by_the_one_key_of_all_its_entries() {
        let signed_by = |byte| {
            let key = CallKey::from_random(&[byte; 32]).unwrap();
            let public = key.public();
            let mut ledger = Ledger::new(call_id(), Some(LedgerSigner::new(key, Vec::new())));
            // The first entry says who signs.
            let opened = EntryBody::CallOpened(CallOpened {
                call_id: call_id(),
                software: "callseal test".into(),
                mode: "nothing_before_yes".into(),
                policy_sha256: String::new(),
                sample_rate_hz: 48_000,
                parties: Vec::new(),
                answered_at_ms: 0,
                signer: None,
            });
            let gap = EntryBody::Gap(Gap { from_sample: 0, to_sample: 1, reason: "dropped".into() });
            let lines: Vec<u8> =
                [opened, gap].iter().flat_map(|body| ledger.append(0, body).unwrap()).collect();
            (lines, public)
        };
        let ((one, key), (other, _)) = (signed_by(1), signed_by(2));
        assert!(is_signed_throughout(&one, &key));
        for chunk in [&*other, &[&*one, &*other].concat(), &one[..one.len() - 1], b"", b"\n", &*chunk(1)] {
            assert!(!is_signed_throughout(chunk, &key));
        }
    }
}
