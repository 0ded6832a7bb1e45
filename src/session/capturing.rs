//! Captured audio on its way: onto the timeline, to those who listen to it, and to the recording or the buffer before it.
//!
//! Owns the order in which a piece is heard and handed on: whatever is found in it is cut out before the recording could
//! let go of it. Must never keep a piece after that: it is overwritten.

use super::{Action, Session};
use crate::audio::clock::{CallClock, Placed};
use crate::audio::{Block, Now};
use crate::redact::clearance::Clearance;

impl Session {
    pub(super) fn block(
        &mut self,
        block: &Block<'_>,
        now: Now,
        clearance: &Clearance,
        actions: &mut Vec<Action>,
    ) {
        let Some(clock) = &mut self.clock else { return };
        let placed = clock.place(block, now);
        self.schedule_meter();
        self.take_placed(placed, now, clearance, actions);
    }

    fn take_placed(
        &mut self,
        placed: Vec<Placed>,
        now: Now,
        clearance: &Clearance,
        actions: &mut Vec<Action>,
    ) {
        if self.placed_end == 0
            && let Some(clock) = &self.clock
        {
            // The first block says where the timeline's audio begins.
            let length = placed.iter().map(Placed::samples).fold(0, u64::saturating_add);
            self.placed_end = clock.head().saturating_sub(length);
        }
        let mut pressed = Vec::new();
        for mut placed in placed {
            let start = self.placed_end;
            self.placed_end = start.saturating_add(placed.samples());
            match (&mut self.meter, &placed) {
                (Some(meter), Placed::Audio { left, .. }) => meter.listen(start, left),
                (Some(meter), Placed::Gap { samples, .. }) => meter.pause(start, *samples),
                (None, _) => {}
            }
            self.pausing.listen(&placed);
            self.listen_for_keys(start, &placed, &mut pressed);
            if matches!(placed, Placed::Gap { .. }) {
                // It may be longer than the hold-back, and would push a key in front of it out before it is cut.
                self.mask_keys(now);
            }
            if self.recording.is_some() {
                self.admit(start, &placed, now, clearance, actions);
            } else {
                self.pre_consent.take(start, &mut placed);
            }
            placed.wipe();
        }
        for (answer, onset_sample) in pressed {
            self.key_pressed(answer, onset_sample, now, clearance, actions);
        }
        self.mask_keys(now);
    }

    /// Gives audio of a lawful recording to it.
    pub(super) fn admit(
        &mut self,
        start: u64,
        placed: &Placed,
        now: Now,
        clearance: &Clearance,
        actions: &mut Vec<Action>,
    ) {
        let Some(recording) = &mut self.recording else { return };
        let cleared = cleared_until(self.clock.as_ref(), clearance, now);
        let result = recording.admit(start, placed, &mut self.redactor, cleared, now, actions);
        self.spool_or_fail(result.map(|()| Vec::new()), actions);
    }

    /// The end of the recording: the ring is emptied by the same rules, then the encoder is.
    pub(super) fn drain(
        &mut self,
        stop_sample: u64,
        now: Now,
        clearance: &Clearance,
        actions: &mut Vec<Action>,
    ) {
        let Some(clock) = &mut self.clock else { return };
        let mut placed = clock.settle();
        placed.extend(clock.fill_to(stop_sample));
        self.take_placed(placed, now, clearance, actions);
        self.mask_last_key(now);
        let cleared = cleared_until(self.clock.as_ref(), clearance, now);
        if let Some(recording) = &mut self.recording {
            recording.drain(&mut self.redactor, cleared, now, actions);
            actions.push(Action::DrainEncoder);
        }
    }
}

/// The timeline sample up to which all sensors vouch.
pub(super) fn cleared_until(clock: Option<&CallClock>, clearance: &Clearance, now: Now) -> Option<u64> {
    Some(clock?.sample_at(clearance.cleared_until_ms(now)?))
}
