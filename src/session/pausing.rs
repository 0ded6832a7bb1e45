//! Pauses by hand and by the host, and watching that no pause is forgotten.
//!
//! Owns who may end a pause, and when the agent is reminded of one. To pause only withholds, so anybody may; to resume
//! uncovers, so the agent needs an event of their own, and the host may only end what it began. Where the page was out of
//! sight meanwhile, only the agent resumes. Must never end a pause by itself: an alarm asks, and does nothing else.

use serde::Deserialize;

use super::recording::Recording;
use super::{Action, OLDEST_END_MS, OLDEST_EVENT_MS, Session, age};
use crate::audio::activity::Activity;
use crate::audio::clock::{CallClock, Placed};
use crate::audio::{Now, ms_of_samples, samples_of_ms};
use crate::redact::clearance::{Cause, Clearance};
use crate::redact::rules::{RedactionRules, Trigger};
use crate::redact::span::Cut;
use crate::session::snapshot::{Alarm, CutPicture, Resumes};
use crate::{Error, ErrorKind};

/// Contexts of the redactor for these pauses; no page can name them.
const AGENTS_CONTEXT: &str = "callseal:manual";
const HOSTS_CONTEXT: &str = "callseal:host";

/// Class of a pause that nobody gave another one.
const CLASS: &str = "manual";

/// A page that has not vouched for so long is out of sight, milliseconds: it answers four times a second, within 500 ms.
const OUT_OF_SIGHT_AFTER_MS: f64 = 2_000.0;

/// The time left to an alarm is told in steps of this, milliseconds: the panel gets a new picture with each.
const TOLD_EVERY_MS: u64 = 1_000;

/// Who pauses or resumes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PausedBy {
    /// The agent, by a button.
    AgentButton,
    /// The agent, by a key.
    AgentHotkey,
    /// The host's own program.
    HostApi,
}

/// A demand to pause or to resume.
#[derive(Debug, Clone, PartialEq)]
pub struct PauseDemand {
    /// Whose.
    pub by: PausedBy,
    /// What is protected, as the host names it.
    pub class: Option<String>,
    /// Whether a real user event carried it.
    pub trusted: bool,
    /// How long ago, milliseconds.
    pub age_ms: f64,
    /// How long the message was on its way, milliseconds.
    pub late_ms: f64,
}

/// When something was demanded that is heard of now.
#[derive(Debug, Clone, Copy)]
pub struct Aged {
    /// How long ago it happened, as the page says, milliseconds.
    pub age_ms: f64,
    /// How long the word of it was on its way, milliseconds.
    pub late_ms: f64,
}

impl Aged {
    /// It happens now.
    pub const NOW: Self = Self { age_ms: 0.0, late_ms: 0.0 };

    /// The age counts like a delay: what is held is cut out, and nothing is said of what is not.
    #[must_use]
    pub fn all_late(self) -> Self {
        Self { age_ms: 0.0, late_ms: self.age_ms + self.late_ms }
    }
}

/// A stretch of which every moment is cut out.
#[derive(Debug)]
struct Watch {
    since_ms: f64,
    activity: Activity,
    alarm: Option<Alarm>,
}

/// What is known of a call's pauses.
#[derive(Debug, Default)]
pub(super) struct Pausing {
    by_agent: bool,
    by_host: bool,
    /// The page was out of sight during the pause.
    out_of_sight: bool,
    watch: Option<Watch>,
}

impl Pausing {
    /// Whether a pause by hand or by the host is on.
    pub(super) const fn is_on(&self) -> bool {
        self.by_agent || self.by_host
    }

    /// Listens to what is being cut out: nothing of it is kept but counts.
    pub(super) fn listen(&mut self, placed: &Placed) {
        if let (Some(watch), Placed::Audio { left, right }) = (&mut self.watch, placed) {
            watch.activity.listen(left, right);
        }
    }

    fn follow(&mut self, cut: bool, now: Now, rules: &RedactionRules) {
        if !cut {
            self.watch = None;
            return;
        }
        let watch = self.watch.get_or_insert_with(|| Watch {
            since_ms: now.monotonic_ms,
            activity: Activity::default(),
            alarm: None,
        });
        let lasted_ms = now.monotonic_ms - watch.since_ms;
        if lasted_ms >= f64::from(rules.max_pause_ms) {
            watch.alarm = Some(Alarm::MaxPause);
        } else if lasted_ms >= f64::from(rules.forgotten_pause_ms) && watch.activity.both_talk() {
            watch.alarm = Some(Alarm::Forgotten);
        }
    }

    fn alarm(&self, now: Now, rules: &RedactionRules) -> (Option<Alarm>, Option<u64>) {
        let Some(watch) = &self.watch else { return (None, None) };
        let left_ms = f64::from(rules.max_pause_ms) - (now.monotonic_ms - watch.since_ms);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // at most an hour
        let left_ms = left_ms.clamp(0.0, f64::from(rules.max_pause_ms)) as u64;
        let told_ms = left_ms.div_ceil(TOLD_EVERY_MS).saturating_mul(TOLD_EVERY_MS);
        (watch.alarm, watch.alarm.is_none().then_some(told_ms))
    }

    /// Whose word ends a cut of this trigger.
    fn resumes(&self, trigger: &str) -> Resumes {
        if self.by_agent || self.by_host && self.out_of_sight {
            Resumes::Agent
        } else if self.by_host {
            Resumes::Host
        } else if [Trigger::Manual, Trigger::HostApi].iter().any(|own| own.as_str() == trigger) {
            // It was resumed; its grace is what is left of it.
            Resumes::ByItself
        } else {
            Resumes::WhenLeft
        }
    }
}

impl Session {
    /// Somebody pauses: believed, whoever it is.
    pub(super) fn pause_recording(&mut self, demand: PauseDemand, now: Now) {
        if self.hung_up || self.failed {
            return;
        }
        let by_host = demand.by == PausedBy::HostApi;
        let (context, trigger) =
            if by_host { (HOSTS_CONTEXT, Trigger::HostApi) } else { (AGENTS_CONTEXT, Trigger::Manual) };
        if !self.pausing.is_on() {
            self.pausing.out_of_sight = false;
        }
        if by_host {
            self.pausing.by_host = true;
        } else {
            self.pausing.by_agent = true;
        }
        let class = demand.class.unwrap_or_else(|| CLASS.to_owned());
        let cause = Cause { trigger: trigger.as_str().to_owned(), class };
        let look_back = self.config.rules.look_back_samples(&cause.trigger);
        let PauseDemand { age_ms, late_ms, .. } = demand;
        self.demand_cut(context, &cause, look_back, Aged { age_ms, late_ms }, now);
    }

    /// Somebody resumes. What they may not end stays.
    pub(super) fn resume_recording(&mut self, demand: &PauseDemand, now: Now, actions: &mut Vec<Action>) {
        let by_host = demand.by == PausedBy::HostApi;
        let refused = match (by_host, demand.trusted) {
            _ if !self.pausing.is_on() => Some("There is no pause to end."),
            (false, false) => Some("Only the agent's own click or key press ends a pause."),
            (true, _) if !self.pausing.by_host => {
                Some("The host did not begin this pause and cannot end it.")
            }
            (true, _) if self.pausing.out_of_sight => {
                Some("The page was out of sight during the pause: only the agent ends it.")
            }
            _ => None,
        };
        if let Some(sentence) = refused {
            actions.push(Action::Problem(Error::new(ErrorKind::WrongState, sentence)));
            return;
        }
        let ahead = self.clock.as_ref().map_or(0, |clock| clock.ahead(now));
        let ended = self.sample_at(now, age(demand.age_ms, OLDEST_END_MS)).saturating_add(ahead);
        let ended = ended.saturating_add(samples_of_ms(self.config.rules.grace_ms.into()));
        self.pausing.by_host = false;
        self.redactor.end(HOSTS_CONTEXT, ended);
        if !by_host {
            self.pausing.by_agent = false;
            self.redactor.end(AGENTS_CONTEXT, ended);
        }
    }

    /// Cuts out from `look_back` samples before the event on, and remembers when that was demanded. What the word of it was
    /// delayed by is cut out too, as far as it is held: the page's own account of the time is not taken for more.
    pub(super) fn demand_cut(
        &mut self,
        context_id: &str,
        cause: &Cause,
        look_back: u64,
        aged: Aged,
        now: Now,
    ) {
        let held_from = self.recording.as_ref().map_or(0, Recording::held_from);
        let (age_ms, late_ms) = (age(aged.age_ms, OLDEST_EVENT_MS), age(aged.late_ms, OLDEST_EVENT_MS));
        let event = self.sample_at(now, age_ms);
        let mut wanted = event.saturating_sub(look_back);
        if self.hung_up_sample.is_some_and(|end| event >= end) {
            // What the agent does after the call cannot have been said in it; what is still held costs nothing.
            wanted = wanted.max(held_from);
        }
        let delayed = self.sample_at(now, age_ms + late_ms).saturating_sub(look_back);
        self.cut_out(context_id, cause, wanted.min(delayed.max(held_from)), now);
        self.redactor.demanded(context_id, now.monotonic_ms - age_ms - late_ms);
    }

    /// Time passes: is a pause on, is the page in sight, is the agent to be reminded?
    pub(super) fn watch_pause(&mut self, now: Now, clearance: &Clearance) {
        let vouched = clearance.cleared_until_ms(now);
        let in_sight = vouched.is_some_and(|until_ms| now.monotonic_ms - until_ms <= OUT_OF_SIGHT_AFTER_MS);
        // Before there is a recording nobody has to be in sight.
        let lost = self.recording.is_some() && !in_sight;
        self.pausing.out_of_sight = self.pausing.is_on() && (self.pausing.out_of_sight || lost);
        let cut = self.present_cut().is_some_and(|cut| cut.governed);
        self.pausing.follow(cut, now, &self.config.rules);
    }

    /// Whether audio of this moment would be kept if nothing were cut out.
    pub(super) fn keeps_audio(&self) -> bool {
        let runs = self.recording.as_ref().is_some_and(|recording| !recording.stopping());
        runs && !self.failed && !self.paused
    }

    fn present_cut(&self) -> Option<Cut<'_>> {
        if !self.keeps_audio() {
            return None;
        }
        self.redactor.cut_at(self.clock.as_ref().map_or(0, CallClock::head))
    }

    /// The cut of this moment, for the panel.
    pub(super) fn cut_picture(&self, now: Now) -> Option<CutPicture> {
        let cut = self.present_cut()?;
        let (alarm, alarm_in_ms) = self.pausing.alarm(now, &self.config.rules);
        Some(CutPicture {
            since_ms: ms_of_samples(cut.from_sample),
            confirmed: cut.confirmed,
            class: cut.class.to_owned(),
            trigger: cut.trigger.to_owned(),
            channels: cut.channels,
            resumes: if cut.governed { self.pausing.resumes(cut.trigger) } else { Resumes::ByItself },
            out_of_sight: self.pausing.out_of_sight,
            alarm_in_ms,
            alarm,
        })
    }
}
