//! The dialogs of a vCon: one per stored object, or one that says that nothing was recorded.
//!
//! A dialog's `content_hash` covers what its `url` serves, and that is one sealed segment. So every segment is a dialog
//! of its own: segments are cut where redaction begins and ends, which is also how the draft wants a recording that
//! pauses and resumes. Hashes are those of the ciphertext; the index of a dialog is the position of its segment.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::{Value, json};

use super::insert;
use crate::evidence::{
    Answer, AnswerMethod, CallEvidence, Direction, Outcome, PartyRole, SegmentEvidence, rfc_3339,
    seconds_of_samples, unix_ms_of_sample,
};

/// What the sealed object contains; that it is sealed, and how, is in the attachment `callseal_recording`.
const MEDIA_TYPE: &str = "audio/ogg";

pub(super) fn dialogs(evidence: &CallEvidence) -> Vec<Value> {
    let mut dialogs: Vec<Value> = if evidence.segments.is_empty() {
        vec![not_recorded(evidence)]
    } else {
        evidence.segments.iter().map(|segment| recording(evidence, segment)).collect()
    };
    let presses = key_presses(evidence);
    if let (Some(first), false) = (dialogs.first_mut(), presses.is_empty()) {
        insert(first, "party_history", Some(json!(presses)));
    }
    dialogs
}

/// The dialog that holds `sample`, and how far into it the sample lies.
pub(super) fn dialog_at(evidence: &CallEvidence, sample: u64) -> Option<(usize, u64)> {
    let holds = |segment: &SegmentEvidence| {
        segment.start_sample <= sample && segment.end_sample.is_some_and(|end_sample| sample < end_sample)
    };
    let index = evidence.segments.iter().position(holds)?;
    let segment = evidence.segments.get(index)?;
    Some((index, sample.saturating_sub(segment.start_sample)))
}

fn recording(evidence: &CallEvidence, segment: &SegmentEvidence) -> Value {
    let length = segment.end_sample.map(|end_sample| end_sample.saturating_sub(segment.start_sample));
    let mut dialog = json!({
        "type": "recording",
        "start": rfc_3339(unix_ms_of_sample(evidence.answered_at_ms, segment.start_sample)),
        "parties": channels(evidence),
        "mediatype": MEDIA_TYPE,
        "filename": segment.object.to_string(),
        "content_hash": content_hash(segment),
    });
    insert(&mut dialog, "duration", length.map(|samples| json!(seconds_of_samples(samples))));
    insert(&mut dialog, "originator", originator(evidence));
    let url = evidence.store_url.as_ref().map(|base| json!(format!("{base}{}", segment.object)));
    insert(&mut dialog, "url", url);
    dialog
}

/// The draft has no word for a conversation that took place and was not recorded; `failed` is the nearest of its closed
/// list. What really happened is in the attachment `callseal_recording`.
fn not_recorded(evidence: &CallEvidence) -> Value {
    let everyone: Vec<usize> = (0..evidence.parties.len()).collect();
    let mut dialog = json!({
        "type": "incomplete",
        "disposition": "failed",
        "start": rfc_3339(evidence.answered_at_ms),
        "parties": everyone,
    });
    insert(&mut dialog, "originator", originator(evidence));
    dialog
}

/// One entry per channel: left is what the agent's desk sent, right is everybody it heard.
fn channels(evidence: &CallEvidence) -> Value {
    if evidence.outcome == Outcome::AgentSide {
        return json!([0]);
    }
    let others: Vec<usize> = (1..evidence.parties.len()).collect();
    match others.as_slice() {
        [other] => json!([0, other]),
        others => json!([0, others]),
    }
}

/// Stated only where it is not the first party (draft -04 §4.3.5).
fn originator(evidence: &CallEvidence) -> Option<Value> {
    if evidence.direction != Some(Direction::Inbound) {
        return None;
    }
    evidence.parties.iter().position(|party| party.role == PartyRole::Customer).map(|index| json!(index))
}

/// `sha512-…` first, since every reader has to know it; SHA-256 beside it ties the dialog to the ledger.
fn content_hash(segment: &SegmentEvidence) -> Value {
    let sha256 = labelled("sha256", &segment.sha256);
    match &segment.sha512 {
        Some(sha512) => json!([labelled("sha512", sha512), sha256]),
        None => json!(sha256),
    }
}

/// A hash as `<algorithm>-<base64url>` (draft -04 §2.4); `hexadecimal` was validated.
pub(crate) fn labelled(algorithm: &str, hexadecimal: &str) -> String {
    let bytes: Vec<u8> = hexadecimal
        .as_bytes()
        .chunks(2)
        .filter_map(|pair| u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    format!("{algorithm}-{}", Base64UrlUnpadded::encode_string(&bytes))
}

/// Answers by the keys of the telephone, as the draft's party history tells them.
fn key_presses(evidence: &CallEvidence) -> Vec<Value> {
    let pressed = evidence.answers.iter().filter(|answer| answer.method == AnswerMethod::Keypad);
    pressed
        .map(|answer| {
            let button = if answer.answer == Answer::Yes { "1" } else { "2" };
            json!({
                "party": answer.party, "time": rfc_3339(answer.at_ms), "event": "keydown", "button": button,
            })
        })
        .collect()
}
