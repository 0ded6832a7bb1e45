//! One row of the law table: what one place asks, and why that is believed.
//!
//! Owns what a row asks of the recorder. Must never be filled from anything but a validated table.

use super::rule::{Media, Mode, Reading, Rule, Strictness};
use crate::words::words;

words! {
    /// What a row rests on.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum Basis {
        /// The text of the statute, court or regulator was read.
        Primary = "primary",
        /// A compilation or a law firm's page was read.
        Secondary = "secondary",
        /// General knowledge; nothing was read.
        General = "general",
    }
}

words! {
    /// How sure the row is.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum Confidence {
        /// Sure.
        High = "high",
        /// Probably right.
        Medium = "medium",
        /// To be checked before anybody relies on it.
        Low = "low",
    }
}

words! {
    /// What else is known of a place. A word that is none of these is refused, since a misspelt duty must not be lost.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum Flag {
        /// The announcement has to be part of the recording.
        AnnouncementMustBeRecorded = "announcement_must_be_recorded",
        /// A periodic tone has to be heard.
        BeepRequired = "beep_required",
        /// A tone every 15 s is another lawful way.
        BeepTone15sAlternative = "beep_tone_15s_alternative",
        /// Nothing may be recorded before the consent, whatever the rule is called.
        RecordNothingBeforeConsent = "record_nothing_before_consent",
        /// All purposes have to be stated.
        PurposesMustBeStated = "purposes_must_be_stated",
        /// The party has a right to object and has to be told.
        RightToObject = "right_to_object",
        /// Withdrawing has to be as easy as giving.
        WithdrawalAsEasy = "withdrawal_as_easy",
        /// Who objects is to be offered another way.
        OfferAlternativeChannel = "offer_alternative_channel",
        /// On video every participant has to be informed.
        VideoAllParty = "video_all_party",
        /// Courts or statutes disagree.
        Contested = "contested",
        /// Whether notice and staying on the line is consent is disputed.
        ContestedNotice = "contested_notice",
        /// Only a part of what the row says was read.
        PartlyVerified = "partly_verified",
        /// There is no statute of the place's own.
        NoStatute = "no_statute",
        /// Unlawful recording is a felony.
        Felony = "felony",
        /// Unlawful recording is a crime.
        Criminal = "criminal",
        /// Damages are fixed by statute.
        StatutoryDamages = "statutory_damages",
        /// Calls with a mobile telephone are under a rule of their own.
        CellPhoneRule = "cell_phone_rule",
        /// Regarded as the strictest of its country.
        StrictestState = "strictest_state",
        /// Without notice the recording is of little use in a civil court.
        NoticeNeededForCivilEvidence = "notice_needed_for_civil_evidence",
        /// The works council has a say.
        WorksCouncil = "works_council",
        /// Recordings for training and quality are kept for six months at most.
        Retention6Months = "retention_6_months",
        /// Recording everything, always, is not allowed.
        NoSystematicRecording = "no_systematic_recording",
    }
}

/// A rule with what it rests on: a row's own, or the one of a row for one kind of media.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The bare rule.
    pub rule: Rule,
    /// The stricter reading.
    pub conservative_rule: Rule,
    /// Whether staying on the line after notice is consent; `None` where it is unsettled or not asked.
    pub notice_is_consent: Option<bool>,
    /// Where it is written.
    pub citation: String,
    /// What that rests on.
    pub basis: Basis,
    /// How sure it is.
    pub confidence: Confidence,
}

impl Terms {
    /// The rule in this reading.
    #[must_use]
    pub const fn rule(&self, reading: Reading) -> Rule {
        match reading {
            Reading::Conservative => self.conservative_rule,
            Reading::Plain => self.rule,
        }
    }

    /// Whether notice is enough: never under an explicit opt-in or where the row says no; where everybody must
    /// consent only if the row says yes.
    #[must_use]
    pub fn notice_suffices(&self, reading: Reading) -> bool {
        match (self.rule(reading), self.notice_is_consent) {
            (Rule::ExplicitOptIn, _) | (_, Some(false)) | (Rule::AllParty, None) => false,
            (Rule::AllParty, Some(true)) | (Rule::OneParty | Rule::NoticeRequired, _) => true,
        }
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// ISO 3166-1 or 3166-2 code, or `EU`.
    pub code: String,
    /// The place's name in English.
    pub name: String,
    /// What it asks.
    pub terms: Terms,
    /// What it asks where a kind of media is treated differently.
    pub media: Vec<(Media, Terms)>,
    /// Day of the last review, `YYYY-MM-DD`.
    pub reviewed: String,
    /// What else is known.
    pub flags: Vec<Flag>,
    /// Codes of places without a row of their own for which this row counts.
    pub covers: Vec<String>,
    /// A few words for people.
    pub note: String,
}

impl Row {
    /// What the row asks for this kind of media.
    #[must_use]
    pub fn terms(&self, media: Media) -> &Terms {
        self.media.iter().find(|(other, _)| *other == media).map_or(&self.terms, |(_, terms)| terms)
    }

    /// Whether the row has this flag.
    #[must_use]
    pub fn has(&self, flag: Flag) -> bool {
        self.flags.contains(&flag)
    }

    /// What the row asks of the recorder.
    #[must_use]
    pub fn asks(&self, media: Media, reading: Reading) -> Strictness {
        let terms = self.terms(media);
        let mode = if !terms.notice_suffices(reading) || self.has(Flag::RecordNothingBeforeConsent) {
            Mode::NothingBeforeYes
        } else if self.has(Flag::AnnouncementMustBeRecorded) {
            Mode::RecordDisclosure
        } else {
            Mode::NoticeAndStay
        };
        Strictness { mode, rule: terms.rule(reading) }
    }
}
