//! The consent record of ISO/IEC TS 27560:2023 in the Data Privacy Vocabulary, as JSON-LD.
//!
//! Fields and terms are those of the DPVCG's guide "Consent Records and Receipts as per ISO/IEC TS 27560:2023 using DPV".
//! The context is inline, so nothing has to be fetched to read it. The data subject is a pseudonym: who it is, is in the
//! vCon.

use serde_json::{Value, json};

use crate::Result;
use crate::evidence::{
    Answer, AnswerMethod, CallEvidence, LawfulBasis, PartyRole, Purpose, WithdrawalEvidence, derived_uuid,
    invalid, rfc_3339, unix_ms_of_sample,
};

/// The schema version of the guide's records.
const SCHEMA: &str = "https://w3id.org/dpv/schema/dpv-27560#record";

/// The record of the consent of `party`.
///
/// # Errors
/// `EvidenceInvalid` when the evidence contradicts itself, or when `party` is not asked in this call.
pub fn consent_record(evidence: &CallEvidence, party: u32) -> Result<Vec<u8>> {
    evidence.validate()?;
    let index = usize::try_from(party).ok();
    let person = index.and_then(|index| evidence.parties.get(index));
    if person.is_none_or(|person| person.role == PartyRole::Agent) {
        return Err(invalid("The consent of this party is not asked."));
    }
    let record_id = derived_uuid(&format!("callseal/1/consent-record/{}/{party}", evidence.call_id));
    let record = json!({
        "@context": context(),
        "@id": format!("urn:uuid:{record_id}"),
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": iri(SCHEMA),
        "dct:identifier": record_id,
        "dct:created": time(evidence.closed_at_ms),
        "dct:language": language(evidence, party),
        "dct:source": format!("urn:uuid:{}", evidence.call_id),
        "dpv:hasDataSubject": subject(evidence, party),
        "dpv:hasDataController": controller(evidence),
        "dpv:hasJurisdiction": evidence.decision.places.iter().map(|place| location(place)).collect::<Vec<_>>(),
        "dpv:hasNotice": notices(evidence, party),
        "dpv:hasProcess": evidence.purposes().iter().map(|purpose| process(evidence, party, purpose)).collect::<Vec<_>>(),
        "dpv:hasConsentStatus": events(evidence, party),
    });
    serde_json_canonicalizer::to_vec(&record).map_err(|_| invalid("The record could not be written as JSON."))
}

fn context() -> Value {
    json!({
        "dct": "http://purl.org/dc/terms/",
        "dpv": "https://w3id.org/dpv#",
        "loc": "https://w3id.org/dpv/loc#",
        "pd": "https://w3id.org/dpv/pd#",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "schema": "https://schema.org/",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    })
}

fn iri(term: &str) -> Value {
    json!({"@id": term})
}

fn time(at_ms: u64) -> Value {
    json!({"@type": "xsd:dateTime", "@value": rfc_3339(at_ms)})
}

fn location(place: &str) -> Value {
    iri(&format!("loc:{place}"))
}

fn language(evidence: &CallEvidence, party: u32) -> &str {
    evidence.disclosures_to(party).last().map_or("en", |disclosure| &disclosure.language)
}

fn subject_id(evidence: &CallEvidence, party: u32) -> String {
    format!("urn:uuid:{}#party-{party}", evidence.call_id)
}

fn subject(evidence: &CallEvidence, party: u32) -> Value {
    let id = subject_id(evidence, party);
    json!({"@id": id, "@type": ["dpv:DataSubject", "dpv:Customer"], "dct:identifier": id})
}

fn controller_id(evidence: &CallEvidence) -> String {
    let name = &evidence.controller.name;
    format!("urn:uuid:{}", derived_uuid(&format!("callseal/1/controller/{name}")))
}

fn controller(evidence: &CallEvidence) -> Value {
    let controller = &evidence.controller;
    let id = controller_id(evidence);
    json!({
        "@id": id,
        "@type": ["dpv:Organisation", "dpv:DataController"],
        "dpv:hasIdentifier": id,
        "dpv:hasName": controller.name,
        "dpv:hasContact": controller.contact,
        "dpv:hasAddress": controller.address,
        "schema:url": iri(&controller.privacy_notice_url),
    })
}

/// The privacy notice, and what was said in the call.
fn notices(evidence: &CallEvidence, party: u32) -> Vec<Value> {
    let privacy =
        json!({"@type": "dpv:PrivacyNotice", "schema:url": iri(&evidence.controller.privacy_notice_url)});
    let spoken = evidence.disclosures_to(party).map(|disclosure| {
        json!({
            "@type": "dpv:ConsentNotice",
            "dct:identifier": disclosure.prompt_id,
            "dct:hasVersion": disclosure.version.to_string(),
            "dct:language": disclosure.language,
            "dct:description": {"@language": disclosure.language, "@value": disclosure.text},
            "schema:sha256": disclosure.sha256,
            "dct:date": time(unix_ms_of_sample(evidence.answered_at_ms, disclosure.start_sample)),
        })
    });
    core::iter::once(privacy).chain(spoken).collect()
}

fn process(evidence: &CallEvidence, party: u32, purpose: &Purpose) -> Value {
    let controller = &evidence.controller;
    let places = controller.storage_places.iter();
    let mut storage: Vec<Value> = places
        .map(|place| json!({"@type": "dpv:StorageLocation", "dpv:hasLocation": location(place)}))
        .collect();
    storage.push(json!({"@type": "dpv:StorageDuration", "dpv:hasDuration": retention(evidence)}));
    let mut described = json!({"@type": "dpv:Purpose", "dct:identifier": purpose.id});
    if let Some(members) = described.as_object_mut() {
        members.insert("dct:title".to_owned(), json!(purpose.label.as_ref().unwrap_or(&purpose.id)));
        if let Some(category) = category(&purpose.id) {
            members.insert("skos:broader".to_owned(), iri(category));
        }
    }
    json!({
        "@type": "dpv:Process",
        "dpv:hasPurpose": described,
        "dpv:hasLegalBasis": iri(legal_basis(evidence, party)),
        "dpv:hasPersonalData": {
            "@type": "dpv:PersonalData",
            "skos:broader": iri("pd:VoiceCommunicationRecording"),
        },
        "dpv:hasProcessing": [iri("dpv:Collect"), iri("dpv:Record"), iri("dpv:Store"), iri("dpv:Use")],
        "dpv:hasDataSource": iri("dpv:DataSubject"),
        "dpv:hasStorageCondition": storage,
        "dpv:hasRecipient": recipients(evidence),
        "dpv:hasConsentControl": {
            "@type": "dpv:WithdrawConsent",
            "dpv:hasContact": controller.contact,
            "schema:url": iri(&controller.privacy_notice_url),
        },
        "dpv:hasRight": {
            "@type": "dpv:DataSubjectRight",
            "dpv:isExercisedAt": iri(&controller.privacy_notice_url),
        },
    })
}

fn recipients(evidence: &CallEvidence) -> Vec<Value> {
    let controller = iri(&controller_id(evidence));
    let others = evidence.controller.recipients.iter();
    let others = others.map(|name| json!({"@type": "dpv:ThirdParty", "dpv:hasName": name}));
    core::iter::once(controller).chain(others).collect()
}

fn retention(evidence: &CallEvidence) -> Value {
    match evidence.controller.retention_days {
        Some(days) => json!({"@type": "dpv:TemporalDuration", "rdf:value": format!("P{days}D")}),
        None => json!({
            "@type": "dpv:UntilEventDuration",
            "rdf:value": "as stated in the privacy notice",
        }),
    }
}

/// The nearest category of the vocabulary.
fn category(purpose: &str) -> Option<&'static str> {
    Some(match purpose {
        "recording" => "dpv:RecordManagement",
        "quality" | "analysis" => "dpv:ServiceOptimisation",
        "training" => "dpv:HumanResourceManagement",
        "evidence" => "dpv:EstablishContractualAgreement",
        "transcription" => "dpv:CommunicationManagement",
        "compliance" => "dpv:LegalCompliance",
        _ => return None,
    })
}

/// Consent by its type: an answer to this one question is explicit, staying on the line is not.
fn legal_basis(evidence: &CallEvidence, party: u32) -> &'static str {
    match evidence.decision.basis {
        LawfulBasis::Consent => match evidence.last_answer_of(party) {
            Some(answer) if answer.answer == Answer::Yes => consent_type(answer.method),
            _ => "dpv:Consent",
        },
        LawfulBasis::Contract => "dpv:Contract",
        LawfulBasis::LegalObligation => "dpv:LegalObligation",
        LawfulBasis::VitalInterests => "dpv:VitalInterest",
        LawfulBasis::PublicTask => "dpv:PublicInterest",
        LawfulBasis::LegitimateInterests => "dpv:LegitimateInterest",
    }
}

const fn consent_type(method: AnswerMethod) -> &'static str {
    match method {
        AnswerMethod::NoticeAndStay => "dpv:ImpliedConsent",
        _ => "dpv:ExplicitlyExpressedConsent",
    }
}

/// Requested, given, refused, withdrawn, in the order of time.
fn events(evidence: &CallEvidence, party: u32) -> Vec<Value> {
    let mut events: Vec<(u64, Value)> = evidence
        .disclosures_to(party)
        .map(|disclosure| {
            let at_ms = unix_ms_of_sample(evidence.answered_at_ms, disclosure.end_sample);
            let event = event("dpv:ConsentRequested", "dpv:Consent", at_ms, &controller_id(evidence));
            (at_ms, with_method(event, &disclosure.prompt_id))
        })
        .collect();
    let subject = subject_id(evidence, party);
    for answer in evidence.answers.iter().filter(|answer| answer.party == party) {
        let state = match answer.answer {
            Answer::Yes => "dpv:ConsentGiven",
            Answer::No => "dpv:ConsentRefused",
        };
        let mut event = event(state, consent_type(answer.method), answer.at_ms, &subject);
        if answer.answer == Answer::Yes {
            set(&mut event, "dpv:hasDuration", validity(evidence));
        }
        events.push((answer.at_ms, with_method(event, answer.method.as_str())));
    }
    for withdrawal in evidence.withdrawals.iter().filter(|withdrawal| withdrawal.party == party) {
        events.push((withdrawal.at_ms, withdrawn(withdrawal, &subject)));
    }
    events.sort_by_key(|(at_ms, _)| *at_ms);
    events.into_iter().map(|(_, event)| event).collect()
}

fn withdrawn(withdrawal: &WithdrawalEvidence, subject: &str) -> Value {
    let event = event("dpv:ConsentWithdrawn", consent_type(withdrawal.method), withdrawal.at_ms, subject);
    with_method(event, withdrawal.method.as_str())
}

fn event(state: &str, consent_type: &str, at_ms: u64, entity: &str) -> Value {
    json!({
        "@type": [state, consent_type],
        "dpv:isIndicatedAtTime": time(at_ms),
        "dpv:isIndicatedBy": iri(entity),
        "dpv:hasDuration": {"@type": "dpv:EndlessDuration"},
    })
}

fn with_method(mut event: Value, method: &str) -> Value {
    set(&mut event, "dpv:hasIndicationMethod", json!(method));
    event
}

/// How long a yes holds.
fn validity(evidence: &CallEvidence) -> Value {
    match evidence.decision.expires_at_ms {
        Some(at_ms) => json!({"@type": "dpv:UntilTimeDuration", "rdf:value": rfc_3339(at_ms)}),
        None => json!({"@type": "dpv:UntilEventDuration", "rdf:value": "withdrawal of consent"}),
    }
}

fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}
