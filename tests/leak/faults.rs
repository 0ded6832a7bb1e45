//! What fails in a call of the leak test, and when.

use crate::desk::Chance;

/// What fails. One kind in a call, several times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// The page's main thread hangs: no message leaves it, what its user does is noticed afterwards.
    FrozenPage,
    /// The sensor stops for good: it neither notices nor answers.
    KilledSensor,
    /// No message of the page arrives any more, nor does the hang-up; audio does.
    LostPort,
    /// The audio context is suspended: no blocks, and its frame counter stands.
    SuspendedAudio,
    /// A frame with a field in use is gone without signing off.
    ClosedFrame,
    /// The wall clocks are set.
    ClockJump,
    /// The tab is hidden: it signs off, and its timers are throttled.
    HiddenTab,
    /// Blocks, messages and time arrive late and in bursts.
    Overload,
}

/// One failure, in milliseconds of the call.
#[derive(Debug, Clone, Copy)]
pub struct Failure {
    /// From then.
    pub from_ms: u64,
    /// Until then, as far as it ends.
    pub to_ms: u64,
}

impl Failure {
    /// Whether it is on.
    pub const fn is_on(&self, at_ms: u64) -> bool {
        self.from_ms <= at_ms && at_ms < self.to_ms
    }
}

impl Fault {
    /// Whether it comes once in a call and stays.
    const fn stays(self) -> bool {
        matches!(self, Self::KilledSensor | Self::LostPort | Self::ClosedFrame)
    }

    /// How long a call with it is, milliseconds.
    pub const fn call_ms(self) -> u64 {
        if self.stays() { 30_000 } else { 60_000 }
    }

    /// Calls with it for 20 failures and more.
    pub const fn calls(self) -> u64 {
        if self.stays() { 20 } else { 7 }
    }

    /// When it fails in a call of `length_ms`.
    pub fn failures(self, length_ms: u64, chance: &mut Chance) -> Vec<Failure> {
        match self {
            Self::None => Vec::new(),
            _ if self.stays() => {
                let from_ms = length_ms / 2 + chance.below(length_ms / 4);
                vec![Failure { from_ms, to_ms: u64::MAX }]
            }
            _ => {
                let third = length_ms / 3;
                (0..3)
                    .map(|number| {
                        let from_ms = number * third + third / 4 + chance.below(third / 4);
                        Failure { from_ms, to_ms: from_ms + 200 + chance.below(6_000) }
                    })
                    .collect()
            }
        }
    }
}
