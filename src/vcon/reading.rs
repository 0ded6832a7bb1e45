//! The evidence that a vCon holds, read back from it: for papers that are written anew after an amendment.
//!
//! Reads what this software writes; anything else is refused, not guessed. What a vCon does not hold (the controller's
//! contact, how long it keeps recordings) the caller states.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::Deserialize;
use serde_json::Value;

use super::lawful_basis::{conditions_of, grants, is_withdrawal};
use super::{LAWFUL_BASIS, Vcon};
use crate::Result;
use crate::audio::channels::Channels;
use crate::evidence::{
    Answer, AnswerEvidence, AnswerMethod, CallEvidence, Controller, DecisionSummary, Direction,
    DisclosureEvidence, GapEvidence, LawfulBasis, LedgerChunkEvidence, LedgerEvidence, Outcome,
    PartyEvidence, PartyRole, Purpose, RECORDING_PURPOSE, RedactionEvidence, SegmentEvidence,
    WithdrawalEffect, WithdrawalEvidence, invalid, unix_ms_of,
};
use crate::names::{CallId, ObjectName};
use crate::seal::hex;

#[derive(Deserialize)]
struct Recording {
    call_id: CallId,
    software: String,
    outcome: String,
    answered_at: String,
    closed_at: String,
    end_sample: u64,
    objects: Vec<StoredObject>,
    #[serde(default)]
    joined: Vec<Moved>,
    #[serde(default)]
    left: Vec<Moved>,
}

#[derive(Deserialize)]
struct Moved {
    party: usize,
    sample: u64,
}

#[derive(Deserialize)]
struct StoredObject {
    dialog: usize,
    object: String,
    size_bytes: u64,
    sha256: String,
    start_sample: u64,
    end_sample: Option<u64>,
}

#[derive(Deserialize)]
struct Decision {
    rule: String,
    mode: String,
    basis: String,
    places: Vec<String>,
    explanation: Value,
}

#[derive(Deserialize)]
struct Disclosures {
    disclosures: Vec<Disclosure>,
}

#[derive(Deserialize)]
struct Disclosure {
    prompt_id: String,
    version: u32,
    language: String,
    sha256: String,
    #[serde(default)]
    text: String,
    start_sample: u64,
    end_sample: u64,
    fraction_delivered: Option<f64>,
}

#[derive(Deserialize)]
struct Redactions {
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Span {
    from_sample: u64,
    to_sample: u64,
    trigger: String,
    class: String,
    actor: Option<u32>,
    decided_at: String,
    #[serde(default)]
    channels: Option<Channels>,
    #[serde(default)]
    latency_ms: Option<u64>,
}

#[derive(Deserialize)]
struct Gaps {
    gaps: Vec<StatedGap>,
}

#[derive(Deserialize)]
struct StatedGap {
    from_sample: u64,
    to_sample: u64,
    reason: String,
}

#[derive(Deserialize)]
struct Ledger {
    head: String,
    entries: u64,
    chunks: Vec<Chunk>,
}

#[derive(Deserialize)]
struct Chunk {
    object: String,
    sha256: String,
    jsonl: Option<String>,
}

/// The first proof of a lawful basis: what was said or taken back.
#[derive(Deserialize)]
struct Proof {
    timestamp: String,
    proof_data: ProofData,
}

#[derive(Deserialize)]
struct ProofData {
    method: String,
    answer: Option<String>,
    attested_by: Option<u32>,
    words_id: Option<String>,
    record_id: Option<String>,
    sample: Option<u64>,
}

impl Vcon {
    /// The evidence that this vCon holds, with the withdrawals that amended it. `controller` is who is responsible;
    /// its purposes are those that were agreed to.
    ///
    /// # Errors
    /// `EvidenceInvalid` when it is none that this software wrote.
    pub fn evidence(&self, controller: Controller) -> Result<CallEvidence> {
        let recording: Recording = self.body("callseal_recording")?;
        let ledger: Ledger = self.body("callseal_ledger")?;
        let disclosures: Disclosures = self.body("callseal_disclosure")?;
        let redactions: Redactions = self.body("callseal_redactions")?;
        let gaps: Gaps = self.body("callseal_gaps")?;
        let bases: Vec<&Value> = self.attachments(LAWFUL_BASIS).collect();
        let (taken_back, given): (Vec<&Value>, Vec<&Value>) =
            bases.iter().copied().partition(|basis| is_withdrawal(basis));
        Ok(CallEvidence {
            call_id: recording.call_id,
            software: recording.software,
            direction: self.content.pointer("/dialog/0/originator").map(|_| Direction::Inbound),
            subject: self.content.get("subject").and_then(Value::as_str).map(str::to_owned),
            parties: self.people(&recording.joined, &recording.left)?,
            controller: Controller { purposes: purposes(&bases, &controller), ..controller },
            decision: self.decision(&bases)?,
            disclosures: disclosures.disclosures.into_iter().map(Into::into).collect(),
            answers: given
                .into_iter()
                .filter_map(|basis| answer(basis).transpose())
                .collect::<Result<_>>()?,
            withdrawals: taken_back.into_iter().map(withdrawal).collect::<Result<_>>()?,
            redactions: redactions.spans.into_iter().map(redaction).collect::<Result<_>>()?,
            gaps: gaps.gaps.into_iter().map(Into::into).collect(),
            segments: recording
                .objects
                .into_iter()
                .map(|object| self.segment(object))
                .collect::<Result<_>>()?,
            ledger: LedgerEvidence {
                head: ledger.head,
                entries: ledger.entries,
                chunks: ledger.chunks.into_iter().map(chunk).collect::<Result<_>>()?,
            },
            outcome: Outcome::of_word(&recording.outcome).ok_or_else(foreign)?,
            answered_at_ms: moment(&recording.answered_at)?,
            closed_at_ms: moment(&recording.closed_at)?,
            end_sample: recording.end_sample,
            store_url: None,
        })
    }

    fn body<T: for<'de> Deserialize<'de>>(&self, purpose: &str) -> Result<T> {
        self.attested(purpose).and_then(|body| T::deserialize(body).ok()).ok_or_else(foreign)
    }

    /// All but the last party, which is the recorder.
    fn people(&self, joined: &[Moved], left: &[Moved]) -> Result<Vec<PartyEvidence>> {
        let parties = self.content.get("parties").and_then(Value::as_array).ok_or_else(foreign)?;
        let (_, people) = parties.split_last().ok_or_else(foreign)?;
        let sample_of =
            |moved: &[Moved], index| moved.iter().find(|one| one.party == index).map(|one| one.sample);
        let read = |(index, party)| PartyEvidence {
            joined_sample: sample_of(joined, index),
            left_sample: sample_of(left, index),
            ..person(index, party)
        };
        Ok(people.iter().enumerate().map(read).collect())
    }

    fn decision(&self, bases: &[&Value]) -> Result<DecisionSummary> {
        let decision: Decision = self.body("callseal_decision")?;
        let expiration = bases.first().and_then(|basis| basis.pointer("/body/expiration")?.as_str());
        Ok(DecisionSummary {
            basis: LawfulBasis::of_word(&decision.basis).ok_or_else(foreign)?,
            expires_at_ms: expiration.map(moment).transpose()?,
            rule: decision.rule,
            mode: decision.mode,
            places: decision.places,
            explanation: decision.explanation,
        })
    }

    fn segment(&self, stored: StoredObject) -> Result<SegmentEvidence> {
        let dialogs = self.content.get("dialog").and_then(Value::as_array);
        let dialog = dialogs.and_then(|dialogs| dialogs.get(stored.dialog));
        let hashes = dialog.and_then(|dialog| dialog.get("content_hash")).and_then(Value::as_array);
        let sha512 = hashes.into_iter().flatten().find_map(|hash| hash.as_str()?.strip_prefix("sha512-"));
        let sha512 =
            sha512.map(|hash| Base64UrlUnpadded::decode_vec(hash).map_err(|_| foreign())).transpose()?;
        Ok(SegmentEvidence {
            object: ObjectName::parse(&stored.object).map_err(|_| foreign())?,
            size_bytes: stored.size_bytes,
            sha256: stored.sha256,
            sha512: sha512.map(|hash| hex(&hash)),
            start_sample: stored.start_sample,
            end_sample: stored.end_sample,
        })
    }
}

fn person(index: usize, party: &Value) -> PartyEvidence {
    let text = |pointer: &str| party.pointer(pointer).and_then(Value::as_str);
    let place = text("/civicaddress/country").map(|country| match text("/civicaddress/a1") {
        Some(subdivision) => format!("{country}-{subdivision}"),
        None => country.to_owned(),
    });
    PartyEvidence {
        role: match index {
            0 => PartyRole::Agent,
            1 => PartyRole::Customer,
            _ => PartyRole::Participant,
        },
        name: text("/name").map(str::to_owned),
        tel: text("/tel").and_then(|tel| tel.strip_prefix("tel:")).map(str::to_owned),
        place,
        joined_sample: None,
        left_sample: None,
    }
}

/// What was agreed to, with the labels that the controller has for it.
fn purposes(bases: &[&Value], controller: &Controller) -> Vec<Purpose> {
    let stated = bases.first().map_or(&[][..], |basis| grants(basis));
    let ids = stated.iter().filter_map(|grant| grant.get("purpose")?.as_str());
    let further = ids.filter(|id| *id != RECORDING_PURPOSE);
    let known = |id: &str| controller.purposes.iter().find(|purpose| purpose.id == id).cloned();
    further.map(|id| known(id).unwrap_or_else(|| Purpose { id: id.to_owned(), label: None })).collect()
}

fn proof(basis: &Value) -> Option<Proof> {
    basis.pointer("/body/proof_mechanisms/0").and_then(|proof| Proof::deserialize(proof).ok())
}

fn party(basis: &Value) -> Result<u32> {
    let party = basis.get("party").and_then(Value::as_u64).and_then(|party| u32::try_from(party).ok());
    party.ok_or_else(foreign)
}

/// None where a party never answered.
fn answer(basis: &Value) -> Result<Option<AnswerEvidence>> {
    let Some(Proof { timestamp, proof_data }) = proof(basis) else { return Ok(None) };
    let answer = proof_data.answer.as_deref().and_then(Answer::of_word).ok_or_else(foreign)?;
    Ok(Some(AnswerEvidence {
        party: party(basis)?,
        answer,
        method: AnswerMethod::of_word(&proof_data.method).ok_or_else(foreign)?,
        words_id: proof_data.words_id,
        actor: proof_data.attested_by,
        reference: proof_data.record_id,
        at_ms: moment(&timestamp)?,
        sample: proof_data.sample,
    }))
}

fn withdrawal(basis: &Value) -> Result<WithdrawalEvidence> {
    let Proof { timestamp, proof_data } = proof(basis).ok_or_else(foreign)?;
    let stated = |prefix: &str| {
        let mut conditions = grants(basis).iter().flat_map(conditions_of);
        conditions.find_map(|condition| condition.strip_prefix(prefix))
    };
    let until_ms = stated("until:").map(moment).transpose()?;
    let effect = stated("effect:").and_then(|effect| WithdrawalEffect::of_word(effect, until_ms));
    Ok(WithdrawalEvidence {
        party: party(basis)?,
        method: AnswerMethod::of_word(&proof_data.method).ok_or_else(foreign)?,
        actor: proof_data.attested_by,
        reference: proof_data.record_id,
        at_ms: moment(&timestamp)?,
        sample: proof_data.sample,
        effect: effect.ok_or_else(foreign)?,
    })
}

fn redaction(span: Span) -> Result<RedactionEvidence> {
    Ok(RedactionEvidence {
        from_sample: span.from_sample,
        to_sample: span.to_sample,
        trigger: span.trigger,
        class: span.class,
        actor: span.actor,
        decided_at_ms: moment(&span.decided_at)?,
        channels: span.channels,
        latency_ms: span.latency_ms,
    })
}

fn chunk(chunk: Chunk) -> Result<LedgerChunkEvidence> {
    let object = ObjectName::parse(&chunk.object).map_err(|_| foreign())?;
    Ok(LedgerChunkEvidence { object, sha256: chunk.sha256, content: chunk.jsonl })
}

impl From<Disclosure> for DisclosureEvidence {
    fn from(played: Disclosure) -> Self {
        Self {
            prompt_id: played.prompt_id,
            version: played.version,
            language: played.language,
            sha256: played.sha256,
            text: played.text,
            start_sample: played.start_sample,
            end_sample: played.end_sample,
            fraction_delivered: played.fraction_delivered,
        }
    }
}

impl From<StatedGap> for GapEvidence {
    fn from(gap: StatedGap) -> Self {
        Self { from_sample: gap.from_sample, to_sample: gap.to_sample, reason: gap.reason }
    }
}

fn moment(text: &str) -> Result<u64> {
    unix_ms_of(text).ok_or_else(foreign)
}

fn foreign() -> crate::Error {
    invalid("The vCon is not in the form that this software writes.")
}
