//! What a call's evidence must fulfil before anything is exported from it.

use super::timestamp::LATEST_MS;
use super::{CallEvidence, PartyRole, invalid};
use crate::Result;
use crate::names::ObjectName;

/// Hexadecimal digits of a SHA-256.
const SHA256_DIGITS: usize = 64;
/// Hexadecimal digits of a SHA-512.
const SHA512_DIGITS: usize = 128;

pub(super) fn validate(evidence: &CallEvidence) -> Result<()> {
    parties(evidence)?;
    times(evidence)?;
    hashes(evidence)?;
    spans(evidence)?;
    objects(evidence)?;
    demand(valid_url(&evidence.controller.privacy_notice_url), "controller.privacy_notice_url is not HTTPS")?;
    demand(
        evidence.store_url.as_ref().is_none_or(|url| valid_url(url) && url.ends_with('/')),
        "store_url is not an HTTPS address that ends with a slash",
    )?;
    demand(!evidence.controller.name.trim().is_empty(), "controller.name is empty")?;
    demand(!evidence.controller.contact.trim().is_empty(), "controller.contact is empty")?;
    demand(
        evidence.controller.purposes.iter().all(|purpose| !purpose.id.trim().is_empty()),
        "a purpose has no id",
    )
}

fn parties(evidence: &CallEvidence) -> Result<()> {
    let agent_first = evidence.parties.first().is_some_and(|party| party.role == PartyRole::Agent);
    demand(agent_first, "party 0 is not the agent")?;
    demand(evidence.asked_parties().next().is_some(), "there is nobody whose consent is asked")?;
    let known = |party: u32| usize::try_from(party).is_ok_and(|party| party < evidence.parties.len());
    let answers = evidence.answers.iter().map(|answer| (answer.party, answer.actor));
    let withdrawals = evidence.withdrawals.iter().map(|withdrawal| (withdrawal.party, withdrawal.actor));
    let all_known = answers.chain(withdrawals).all(|(party, actor)| known(party) && actor.is_none_or(known));
    demand(all_known, "an answer names an unknown party")?;
    let telephones = evidence.parties.iter().filter_map(|party| party.tel.as_deref());
    demand({ telephones }.all(is_telephone), "a party's number is not E.164")?;
    let places = evidence.parties.iter().filter_map(|party| party.place.as_deref());
    demand({ places }.all(|place| !place.is_empty()), "a party's place is empty")
}

fn times(evidence: &CallEvidence) -> Result<()> {
    demand(evidence.closed_at_ms >= evidence.answered_at_ms, "the call is closed before it was answered")?;
    let answers = evidence.answers.iter().map(|answer| answer.at_ms);
    let withdrawals = evidence.withdrawals.iter().map(|withdrawal| withdrawal.at_ms);
    let all =
        answers.chain(withdrawals).chain([evidence.closed_at_ms]).chain(evidence.decision.expires_at_ms);
    demand({ all }.all(|at_ms| at_ms <= LATEST_MS), "a time is beyond the year 9999")
}

fn hashes(evidence: &CallEvidence) -> Result<()> {
    let disclosures = evidence.disclosures.iter().map(|disclosure| &disclosure.sha256);
    let segments = evidence.segments.iter().map(|segment| &segment.sha256);
    let chunks = evidence.ledger.chunks.iter().map(|chunk| &chunk.sha256);
    let all = disclosures.chain(segments).chain(chunks).chain([&evidence.ledger.head]);
    demand(
        { all }.all(|hash| is_hash(hash, SHA256_DIGITS)),
        "a SHA-256 is not 64 lower-case hexadecimal digits",
    )?;
    let long = evidence.segments.iter().filter_map(|segment| segment.sha512.as_ref());
    demand(
        { long }.all(|hash| is_hash(hash, SHA512_DIGITS)),
        "a SHA-512 is not 128 lower-case hexadecimal digits",
    )
}

fn spans(evidence: &CallEvidence) -> Result<()> {
    let redactions = evidence.redactions.iter().map(|span| (span.from_sample, span.to_sample));
    let gaps = evidence.gaps.iter().map(|gap| (gap.from_sample, gap.to_sample));
    let disclosures = evidence.disclosures.iter().map(|played| (played.start_sample, played.end_sample));
    let segments = evidence
        .segments
        .iter()
        .filter_map(|segment| segment.end_sample.map(|end_sample| (segment.start_sample, end_sample)));
    let all = redactions.chain(gaps).chain(disclosures).chain(segments);
    demand({ all }.all(|(from, to)| from <= to), "a span ends before it begins")?;
    let fractions = evidence.disclosures.iter().filter_map(|played| played.fraction_delivered);
    demand(
        { fractions }.all(|fraction| (0.0..=1.0).contains(&fraction)),
        "fraction_delivered is not from 0 to 1",
    )
}

fn objects(evidence: &CallEvidence) -> Result<()> {
    let mut earlier = None;
    for segment in &evidence.segments {
        let ObjectName::Segment(address) = segment.object else {
            return Err(invalid("a segment bears the name of another kind of object"));
        };
        demand(address.call_id == evidence.call_id, "a segment belongs to another call")?;
        demand(earlier < Some(address), "the segments are not in order, or one is stated twice")?;
        earlier = Some(address);
    }
    for chunk in &evidence.ledger.chunks {
        let is_chunk = matches!(chunk.object, ObjectName::LedgerChunk { .. });
        demand(
            is_chunk && chunk.object.call_id() == evidence.call_id,
            "a chunk is none of this call's ledger",
        )?;
    }
    demand(
        evidence.outcome.may_have_audio() || evidence.segments.is_empty(),
        "there is audio of a call that nobody agreed to",
    )
}

/// Whether `url` can be linked: HTTPS, and nothing that would end an attribute or a line.
pub(crate) fn valid_url(url: &str) -> bool {
    url.strip_prefix("https://").is_some_and(|rest| {
        !rest.is_empty()
            && rest
                .chars()
                .all(|character| character.is_ascii_graphic() && !"\"'<>\\^`{|}".contains(character))
    })
}

/// Whether `text` is a hash of `digits` lower-case hexadecimal digits.
pub(crate) fn is_hash(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

/// E.164: a plus sign and at most 15 digits, the first not 0.
fn is_telephone(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (2..=15).contains(&digits.len())
            && digits.bytes().all(|digit| digit.is_ascii_digit())
            && !digits.starts_with('0')
    })
}

fn demand(fulfilled: bool, otherwise: &str) -> Result<()> {
    if fulfilled { Ok(()) } else { Err(invalid(format!("The evidence is not usable: {otherwise}."))) }
}
