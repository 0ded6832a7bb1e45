//! What a call's ledger proves, and to whom: its signer, who certified that, and who countersigned it.
//!
//! Owns the levels of evidence. What the reader was told to trust must hold, or it is a fault; what it was not told
//! about is only reported. Clocks are judged mildly: they may be set.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::certificates::certifiers;
use super::fault::Fault;
use super::history::History;
use super::source::ObjectSource;
use super::timestamps::{self, Timestamp, TimestampReader};
use crate::audio::clock::GapReason;
use crate::ledger::{EntryBody, HeadClaim, SignerStatement};
use crate::names::ObjectName;
use crate::seal::VerifyingKey;
use crate::seal::jws::CompactJws;
use crate::{ErrorKind, Result};

/// How far an entry's time may lie before that of the one before it, milliseconds: clocks are adjusted by small steps.
const CLOCK_TOLERANCE_MS: u64 = 2_000;
/// How far a server's clock may be from the recorder's, milliseconds: the usual tolerance between two machines.
const SERVER_TOLERANCE_MS: u64 = 5 * 60_000;

/// Whom the reader trusts. Nobody, by default: then only what the ledger says of itself is checked.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Thumbprints (RFC 7638) of keys that certify calls: devices, or an organisation's.
    pub devices: Vec<String>,
    /// Keys of servers that countersign.
    pub servers: Vec<VerifyingKey>,
    /// Thumbprints of keys that certify what is added to a call after it: those of compliance officers.
    pub officers: Vec<String>,
    /// Thumbprints of the recipients that calls may be sealed for.
    pub recipients: Vec<String>,
    /// What reads timestamps, for one who trusts an authority.
    pub timestamps: Option<Arc<dyn TimestampReader>>,
}

impl Trust {
    /// Whether one of the servers asked for made a signature; none if it names one of them and is not theirs.
    pub(super) fn knows_server_of(&self, jws: &CompactJws) -> Option<bool> {
        let server = self.servers.iter().find(|key| jws.key_id() == Some(&key.thumbprint()));
        server.map_or(Some(false), |server| jws.is_signed_by(server).then_some(true))
    }
}

/// How far a ledger can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceLevel {
    /// It fits together; whoever can write the store could have written another.
    Unsigned,
    /// Signed throughout by the key it states: nothing in it was changed since; who held the key is not known.
    Intact,
    /// Signed by keys that a known device certified.
    KnownDevice,
    /// A known server has seen the ledger with exactly this end, when its clock said so.
    Countersigned,
}

/// The account of the ledger's evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The strongest that holds; none where the ledger itself is damaged.
    pub level: Option<EvidenceLevel>,
    /// Thumbprints of the keys that signed: the call's, then those of recoveries.
    pub signers: Vec<String>,
    /// Thumbprint of the outermost key that certified each signer, where one is stated.
    pub devices: Vec<Option<String>>,
    /// Entries up to the last one that a known server has countersigned.
    pub countersigned_entries: u64,
    /// When that server's clock said it was, seconds since 1970-01-01 UTC.
    pub countersigned_at_s: Option<u64>,
    /// Timestamps beside the ledger, in the order of their entries.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub timestamps: Vec<Timestamp>,
    /// Gaps in the recording, as the ledger states them.
    pub gaps: usize,
    /// Samples in them, at 48 kHz.
    pub gap_samples: u64,
}

/// Something odd that is no damage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// A stable code.
    pub code: &'static str,
    /// The entry's number.
    pub entry: u64,
    /// One sentence for people.
    pub message: String,
}

/// Judges the entries of `history`; `chunks` says where each entry stands.
pub(super) fn judge(
    source: &dyn ObjectSource,
    names: &[ObjectName],
    history: &History,
    chunks: &[u32],
    trust: &Trust,
    faults: &mut Vec<Fault>,
) -> Result<(Evidence, Vec<Warning>)> {
    let is_readable = faults.iter().all(|fault| !is_of_ledger(fault));
    let mut judge = Judge { history, chunks, trust, faults, warnings: Vec::new() };
    let mut evidence = Evidence {
        level: None,
        signers: Vec::new(),
        devices: Vec::new(),
        countersigned_entries: 0,
        countersigned_at_s: None,
        timestamps: Vec::new(),
        gaps: 0,
        gap_samples: 0,
    };
    let is_known = judge.signers(&mut evidence);
    if is_readable {
        judge.heads(source, names, &mut evidence)?;
        let reader = trust.timestamps.as_deref();
        evidence.timestamps =
            timestamps::judge(source, names, history, reader, judge.faults, &mut judge.warnings)?;
    }
    judge.clock();
    judge.gaps(&mut evidence);
    let warnings = judge.warnings;
    if faults.iter().all(|fault| !is_of_ledger(fault)) {
        let entries = u64::try_from(history.entries.len()).unwrap_or(u64::MAX);
        evidence.level = Some(match () {
            () if evidence.signers.is_empty() => EvidenceLevel::Unsigned,
            () if evidence.countersigned_entries == entries => EvidenceLevel::Countersigned,
            () if is_known => EvidenceLevel::KnownDevice,
            () => EvidenceLevel::Intact,
        });
    }
    Ok((evidence, warnings))
}

/// Whether a fault takes the ledger's own word away; an open or cut end does not, nor does a lost segment.
pub(super) fn is_of_ledger(fault: &Fault) -> bool {
    matches!(fault.object, ObjectName::LedgerChunk { .. } | ObjectName::LedgerHead { .. })
        && fault.tolerance == super::fault::Tolerance::Never
}

struct Judge<'a> {
    history: &'a History,
    chunks: &'a [u32],
    trust: &'a Trust,
    faults: &'a mut Vec<Fault>,
    warnings: Vec<Warning>,
}

impl Judge<'_> {
    /// Whether every signer was certified by a known device.
    fn signers(&mut self, evidence: &mut Evidence) -> bool {
        let mut all_known = true;
        let history = self.history;
        for (entry, chunk) in history.entries.iter().zip(self.chunks) {
            let statement = match &entry.body {
                EntryBody::CallOpened(opened) if entry.seq == 0 => opened.signer.as_ref(),
                EntryBody::SignerChanged(changed) => Some(&changed.signer),
                _ => None,
            };
            let Some(statement) = statement else { continue };
            let object = ObjectName::LedgerChunk { call_id: history.call_id, chunk: *chunk };
            match self.certified(statement, entry.at_ms) {
                Ok((signer, certifiers)) => {
                    let is_known = certifiers.iter().any(|key| self.trust.devices.contains(key));
                    all_known &= is_known;
                    if !is_known && !self.trust.devices.is_empty() {
                        let message = format!(
                            "none of the devices asked for has certified the key that signs from entry {}",
                            entry.seq
                        );
                        self.faults.push(Fault::new(ErrorKind::Signature, object, message));
                    }
                    evidence.signers.push(signer);
                    evidence.devices.push(certifiers.last().cloned());
                }
                Err(error) => self.faults.push(Fault::at(object, &error)),
            }
        }
        if evidence.signers.is_empty()
            && !self.trust.devices.is_empty()
            && !self.faults.iter().any(is_of_ledger)
        {
            let object = ObjectName::LedgerChunk { call_id: history.call_id, chunk: 0 };
            let message = "the ledger is not signed, so none of the devices asked for vouches for it";
            self.faults.push(Fault::new(ErrorKind::Signature, object, message));
        }
        all_known && !evidence.signers.is_empty()
    }

    /// Thumbprints of the signer and of those who certified it.
    fn certified(&self, statement: &SignerStatement, at_ms: u64) -> Result<(String, Vec<String>)> {
        let key = statement.key()?;
        let certifiers = certifiers(&statement.certificates()?, &self.history.call_id, &key, at_ms)?;
        Ok((key.thumbprint(), certifiers.iter().map(VerifyingKey::thumbprint).collect()))
    }

    fn heads(
        &mut self,
        source: &dyn ObjectSource,
        names: &[ObjectName],
        evidence: &mut Evidence,
    ) -> Result<()> {
        let mut ends: BTreeMap<u32, u64> = BTreeMap::new();
        for (entry, chunk) in self.history.entries.iter().zip(self.chunks) {
            ends.insert(*chunk, entry.seq);
        }
        for name in names {
            let ObjectName::LedgerHead { chunk, .. } = name else { continue };
            let content = source.get(name)?.unwrap_or_default();
            match self.head(&content, ends.get(chunk).copied()) {
                Ok(Some(claim)) => {
                    let entries = claim.seq.saturating_add(1);
                    if entries > evidence.countersigned_entries {
                        evidence.countersigned_entries = entries;
                        evidence.countersigned_at_s = Some(claim.iat);
                    }
                }
                Ok(None) => {}
                Err((kind, message)) => self.faults.push(Fault::new(kind, *name, message)),
            }
        }
        if evidence.countersigned_entries == 0 && !self.trust.servers.is_empty() {
            let object = ObjectName::LedgerChunk { call_id: self.history.call_id, chunk: 0 };
            let message = "none of the servers asked for has countersigned the ledger";
            self.faults.push(Fault::new(ErrorKind::Signature, object, message));
        }
        Ok(())
    }

    /// The claim of a countersignature, if a known server made it. It must fit whoever made it.
    fn head(
        &mut self,
        content: &[u8],
        end_of_chunk: Option<u64>,
    ) -> core::result::Result<Option<HeadClaim>, (ErrorKind, String)> {
        let (claim, jws) =
            HeadClaim::read(content).map_err(|error| (error.kind(), error.detail().to_owned()))?;
        if claim.call_id != self.history.call_id {
            return Err((ErrorKind::Swapped, "this is the countersignature of another call".to_owned()));
        }
        let entry = usize::try_from(claim.seq).ok().and_then(|seq| self.history.entries.get(seq));
        let Some(entry) = entry.filter(|_| end_of_chunk.is_some_and(|end| end >= claim.seq)) else {
            let message = format!("a server has countersigned entry {}, which was removed since", claim.seq);
            return Err((ErrorKind::Truncated, message));
        };
        if entry.hash != claim.head || end_of_chunk != Some(claim.seq) {
            let message = format!("a server has countersigned another entry {} than is here", claim.seq);
            return Err((ErrorKind::Corrupt, message));
        }
        match self.trust.knows_server_of(&jws) {
            Some(true) => {}
            Some(false) => return Ok(None),
            None => {
                let message = "the countersignature is not the server's that it names".to_owned();
                return Err((ErrorKind::Signature, message));
            }
        }
        if claim.iat.saturating_mul(1_000).abs_diff(entry.at_ms) > SERVER_TOLERANCE_MS {
            self.warnings.push(Warning {
                code: "ledger/clock-differs",
                entry: entry.seq,
                message: "the entry's time is more than 5 minutes from that of its countersignature"
                    .to_owned(),
            });
        }
        Ok(Some(claim))
    }

    fn clock(&mut self) {
        let entries = &self.history.entries;
        for (before, entry) in entries.iter().zip(entries.iter().skip(1)) {
            if entry.at_ms.saturating_add(CLOCK_TOLERANCE_MS) < before.at_ms {
                self.warnings.push(Warning {
                    code: "ledger/clock-order",
                    entry: entry.seq,
                    message: format!(
                        "the entry's time is {} ms before that of the entry before it: the clock was set",
                        before.at_ms.saturating_sub(entry.at_ms)
                    ),
                });
            }
        }
    }

    fn gaps(&mut self, evidence: &mut Evidence) {
        let mut behind = 0;
        for entry in &self.history.entries {
            let EntryBody::Gap(gap) = &entry.body else { continue };
            evidence.gaps = evidence.gaps.saturating_add(1);
            evidence.gap_samples =
                evidence.gap_samples.saturating_add(gap.to_sample.saturating_sub(gap.from_sample));
            // What died with an engine had gaps of its own.
            let is_hole = gap.reason == GapReason::EngineRestarted.as_str();
            if gap.from_sample >= gap.to_sample || gap.from_sample < behind && !is_hole {
                self.warnings.push(Warning {
                    code: "ledger/gap",
                    entry: entry.seq,
                    message: "the gap is empty or does not lie behind the one before it".to_owned(),
                });
            }
            behind = behind.max(gap.to_sample);
        }
    }
}
