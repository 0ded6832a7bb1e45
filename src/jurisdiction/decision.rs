//! The decision about one call: how it may be recorded, what has to be said, and why.
//!
//! Owns the joining of all findings. The outcome is never weaker than one of them; the policy can make it stricter, or
//! name the regulation that demands the recording. A decision holds codes of places, no number and no address, and is
//! fit for the ledger as it is.

use super::explanation::{self, Summary};
use super::facts::{CallFacts, Role};
use super::finding::Finding;
use super::locating;
use super::policy::{Mandate, Policy};
use super::row::Flag;
use super::rule::{Media, Mode, Reading, Rule, Strictness};
use super::table::Table;
use crate::words::words;
use serde::Serialize;

words! {
    /// Something that has to be said to the parties.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum Statement {
        /// That the call is (to be) recorded.
        Recording = "recording",
        /// Who records.
        Recorder = "recorder",
        /// What for: all real purposes.
        Purpose = "purpose",
        /// A question that is answered by yes or no.
        Question = "question",
        /// That staying on the line counts as agreeing, and how to go on unrecorded.
        StayingIsConsent = "staying_is_consent",
        /// That this call has to be recorded, and under which regulation.
        CannotBeDeclined = "cannot_be_declined",
        /// That the party may object.
        RightToObject = "right_to_object",
        /// That consent can be withdrawn at any time, as easily as it was given.
        Withdrawal = "withdrawal",
        /// Which other way there is for who does not want to be recorded.
        AlternativeChannel = "alternative_channel",
        /// What the tone means.
        Beep = "beep",
    }
}

/// How a call may be recorded, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// The strictest rule of all findings.
    pub rule: Rule,
    /// How the recorder goes about the call.
    pub mode: Mode,
    /// The mode that the law table asks for, before the policy.
    pub table_mode: Mode,
    /// Whether notice and staying on the line is consent: the law of **every** finding says so, or asks for less than
    /// everybody's consent.
    pub notice_and_stay: bool,
    /// A law that may count here demands the announcement in the recording.
    pub announcement_in_recording: bool,
    /// One law demands the announcement in the recording, another that nothing is kept before the yes. The latter
    /// wins.
    pub conflict: bool,
    /// Because of the conflict the announcement has to be repeated at the start of the recording, after the yes.
    pub repeat_announcement: bool,
    /// A periodic tone has to be heard in the call and in the recording.
    pub beep: bool,
    /// What has to be said.
    pub must_say: Vec<Statement>,
    /// How the call travels.
    pub media: Media,
    /// Which reading of the law counted.
    pub reading: Reading,
    /// The regulation that demands the recording, by policy.
    pub mandate: Option<Mandate>,
    /// One finding for every hint that counts.
    pub findings: Vec<Finding>,
    /// The table's version.
    pub table_version: String,
    /// SHA-256 of the table's canonical JSON.
    pub table_sha256: String,
    /// One sentence.
    pub summary: Summary,
    /// The whole reasoning, a sentence or two for each step.
    pub explanation: Vec<String>,
}

/// Decides about a call. Never fails: what is not known is the strictest.
#[must_use]
pub fn decide(table: &Table, facts: &CallFacts, policy: &Policy) -> Decision {
    let mut findings = findings(table, facts, policy);
    let asked = findings.iter().map(Finding::strictness).fold(Strictness::WEAKEST, Strictness::join);
    mark_deciding(&mut findings, asked);
    let has = |flag: Flag| findings.iter().any(|finding| finding.flags.contains(&flag));
    let mode = match policy.mandate {
        Some(_) => Mode::Mandatory,
        None => asked.mode.max(policy.least_mode),
    };
    let announcement_asked = has(Flag::AnnouncementMustBeRecorded);
    let conflict = announcement_asked && mode == Mode::NothingBeforeYes;
    let beep = policy.beep || has(Flag::BeepRequired);
    let mut decision = Decision {
        rule: asked.rule,
        mode,
        table_mode: asked.mode,
        notice_and_stay: asked.mode < Mode::NothingBeforeYes,
        announcement_in_recording: announcement_asked || mode == Mode::RecordDisclosure,
        conflict,
        repeat_announcement: conflict,
        beep,
        must_say: must_say(asked.rule, mode, beep, has),
        media: facts.media,
        reading: policy.reading,
        mandate: policy.mandate,
        summary: Summary::default(),
        explanation: Vec::new(),
        table_version: table.version().to_owned(),
        table_sha256: table.sha256().to_owned(),
        findings,
    };
    decision.summary = explanation::summary(&decision);
    decision.explanation = explanation::sentences(&decision, table);
    decision
}

fn findings(table: &Table, facts: &CallFacts, policy: &Policy) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |who: (Option<u32>, Role), hints: &[super::facts::Hint]| {
        let counted = locating::counted(table, hints);
        findings
            .extend(counted.into_iter().map(|counted| Finding::of(table, facts.media, policy, who, counted)));
    };
    for party in &facts.parties {
        add((Some(party.index), party.role), &party.hints);
    }
    if facts.parties.is_empty() {
        add((None, Role::Other), &[]);
    }
    if let Some(company) = &facts.company {
        add((None, Role::Company), core::slice::from_ref(company));
    }
    findings
}

/// Those that are strictest by the total order decide, and if another one's rule is stricter than theirs, that one too.
fn mark_deciding(findings: &mut [Finding], asked: Strictness) {
    let strictest = findings.iter().map(Finding::strictness).max();
    let rule_is_of_others = strictest.is_some_and(|strictest| strictest.rule < asked.rule);
    for finding in findings {
        finding.decides =
            Some(finding.strictness()) == strictest || (rule_is_of_others && finding.rule == asked.rule);
    }
}

fn must_say(rule: Rule, mode: Mode, beep: bool, has: impl Fn(Flag) -> bool) -> Vec<Statement> {
    let data_protection = has(Flag::RightToObject) || has(Flag::WithdrawalAsEasy);
    let declinable = mode != Mode::Mandatory;
    let purposes = rule >= Rule::NoticeRequired || has(Flag::PurposesMustBeStated) || data_protection;
    [
        (true, Statement::Recording),
        (data_protection, Statement::Recorder),
        (purposes, Statement::Purpose),
        (mode == Mode::NothingBeforeYes, Statement::Question),
        (matches!(mode, Mode::NoticeAndStay | Mode::RecordDisclosure), Statement::StayingIsConsent),
        (mode == Mode::Mandatory, Statement::CannotBeDeclined),
        // Neither goes with a legal obligation: GDPR art. 7(3) and 21(1) are about other bases.
        (declinable && has(Flag::RightToObject), Statement::RightToObject),
        (declinable && has(Flag::WithdrawalAsEasy), Statement::Withdrawal),
        (has(Flag::OfferAlternativeChannel) || mode == Mode::Mandatory, Statement::AlternativeChannel),
        (beep, Statement::Beep),
    ]
    .into_iter()
    .filter_map(|(due, statement)| due.then_some(statement))
    .collect()
}
