//! How much the spool holds, and whether it may take more.
//!
//! Owns the bound: what is on the disk or on its way there, a limit the host set, and what the disk has left. Full is a
//! state with a way back, not an error: recording stops whole, what is there goes on to the stores. Must never decide
//! what is let go.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::config::invalid;
use crate::store::spool::SpoolOperation;

/// What is kept free for closing what was begun, bytes: the last segment, envelope, ledger and vCon of a call, for all
/// calls that a desk has at once.
const RESERVE_BYTES: u64 = 2 * MIB;

/// Free again from this far below the bound on, bytes: a spool at the edge must not stop one call after the other.
const HYSTERESIS_BYTES: u64 = MIB;

/// Bytes on their way to a disk that does not keep up; at 6 kB/s of sealed audio more than ten minutes of one call.
pub const MOST_PENDING_BYTES: u64 = 4 * MIB;

const MIB: u64 = 1_048_576;

/// The smallest bound that leaves room for a recording, bytes.
const LEAST_LIMIT_BYTES: u64 = 8 * MIB;

/// The spool's bounds, as the host configures them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SpoolConfig {
    /// Most bytes that wait on the disk; without it what the browser gives.
    pub limit_bytes: Option<u64>,
    /// Most bytes that wait in memory, where the browser gives no disk.
    pub memory_limit_bytes: u64,
}

impl Default for SpoolConfig {
    fn default() -> Self {
        // Some 45 minutes of calls whose store is away.
        Self { limit_bytes: None, memory_limit_bytes: 16 * MIB }
    }
}

impl SpoolConfig {
    /// Checks the bounds.
    ///
    /// # Errors
    /// [`crate::ErrorKind::ConfigInvalid`] if there is no room for a recording.
    pub fn validate(&self) -> Result<()> {
        let enough = |path: &str, bytes: u64| {
            if bytes >= LEAST_LIMIT_BYTES {
                Ok(())
            } else {
                Err(invalid(path, "must be 8388608 bytes or more"))
            }
        };
        enough("spool.memoryLimitBytes", self.memory_limit_bytes)?;
        self.limit_bytes.map_or(Ok(()), |bytes| enough("spool.limitBytes", bytes))
    }
}

/// Where the spool lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// On the disk: it outlives the page.
    #[default]
    Disk,
    /// In memory: it is gone with the page.
    Memory,
}

/// What the spool holds.
#[derive(Debug, Default)]
pub struct Space {
    place: Place,
    limit_bytes: Option<u64>,
    calls: BTreeMap<String, BTreeMap<String, u64>>,
    used_bytes: u64,
    pending_bytes: u64,
    free_bytes: Option<u64>,
    is_full: bool,
}

impl Space {
    /// An empty spool with these bounds.
    #[must_use]
    pub fn new(config: &SpoolConfig, place: Place) -> Self {
        let limit_bytes = match place {
            Place::Disk => config.limit_bytes,
            Place::Memory => Some(config.memory_limit_bytes),
        };
        Self { place, limit_bytes, ..Self::default() }
    }

    /// Where it lies.
    #[must_use]
    pub const fn place(&self) -> Place {
        self.place
    }

    /// A step was handed to whoever carries it out.
    pub fn handed_over(&mut self, call_id: &str, operation: &SpoolOperation) {
        let bytes = operation.size_bytes();
        let name = match operation {
            SpoolOperation::Whole { object, .. } | SpoolOperation::Complete(object) => &object.name,
            SpoolOperation::Append { name, .. } => name,
        };
        self.holds(call_id, name, bytes);
        self.pending_bytes = self.pending_bytes.saturating_add(bytes);
    }

    /// So many bytes of what was handed over are carried out, or never will be.
    pub const fn carried_out(&mut self, bytes: u64) {
        self.pending_bytes = self.pending_bytes.saturating_sub(bytes);
    }

    /// The spool holds this, from before.
    pub fn holds(&mut self, call_id: &str, name: &str, bytes: u64) {
        let files = self.calls.entry(call_id.to_owned()).or_default();
        let file = files.entry(name.to_owned()).or_default();
        *file = file.saturating_add(bytes);
        self.used_bytes = self.used_bytes.saturating_add(bytes);
    }

    /// These objects were let go.
    pub fn forgotten(&mut self, call_id: &str, names: &[String]) {
        if let Some(files) = self.calls.get_mut(call_id) {
            for bytes in names.iter().filter_map(|name| files.remove(name)) {
                self.used_bytes = self.used_bytes.saturating_sub(bytes);
            }
        }
    }

    /// A whole call was let go.
    pub fn call_forgotten(&mut self, call_id: &str) {
        let bytes = self.calls.remove(call_id).map_or(0, |files| files.values().sum());
        self.used_bytes = self.used_bytes.saturating_sub(bytes);
    }

    /// What the browser says is left for this origin, bytes.
    pub const fn left_on_disk(&mut self, bytes: u64) {
        self.free_bytes = Some(bytes);
    }

    /// Bytes that lie there, or are on their way.
    #[must_use]
    pub const fn used_bytes(&self) -> u64 {
        self.used_bytes
    }

    /// The bound, if there is one.
    #[must_use]
    pub const fn limit_bytes(&self) -> Option<u64> {
        self.limit_bytes
    }

    /// Whether recording more would be too much; asked again whenever time passes.
    pub fn judge(&mut self) -> bool {
        let margin =
            if self.is_full { RESERVE_BYTES.saturating_add(HYSTERESIS_BYTES) } else { RESERVE_BYTES };
        let too_much = |limit: u64| self.used_bytes.saturating_add(margin) > limit;
        let no_disk = self.free_bytes.is_some_and(|free| free < margin) && self.place == Place::Disk;
        let most_pending = if self.is_full { MOST_PENDING_BYTES / 2 } else { MOST_PENDING_BYTES };
        self.is_full = self.limit_bytes.is_some_and(too_much) || no_disk || self.pending_bytes > most_pending;
        self.is_full
    }

    /// Whether it was full when last judged.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.is_full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space(limit_bytes: u64) -> Space {
        Space::new(&SpoolConfig { limit_bytes: Some(limit_bytes), ..SpoolConfig::default() }, Place::Disk)
    }

    fn append(bytes: usize) -> SpoolOperation {
        SpoolOperation::Append { name: "c/0/000000.ogg.tink".into(), bytes: vec![0; bytes] }
    }

    #[test]
    fn it_is_full_before_the_bound_so_that_what_was_begun_can_be_closed_and_free_again_with_room_to_spare() {
        let mut space = space(10 * MIB);
        space.holds("c", "a", 8 * MIB);
        assert!(!space.judge());
        space.holds("c", "b", 1);
        assert!(space.judge());
        space.forgotten("c", &["b".to_owned()]);
        assert!(space.judge(), "not at the very edge");
        space.holds("d", "a", MIB);
        space.call_forgotten("c");
        assert!(!space.judge());
        assert_eq!(space.used_bytes(), MIB);
    }

    #[test]
    fn a_disk_that_does_not_keep_up_fills_no_memory() {
        let mut space = Space::new(&SpoolConfig::default(), Place::Disk);
        let piece = 65_536;
        let mut pieces = 0;
        while !space.judge() {
            space.handed_over("c", &append(piece));
            pieces += 1;
        }
        assert_eq!(pieces * piece as u64, MOST_PENDING_BYTES + piece as u64);
        (0..pieces).for_each(|_| space.carried_out(piece as u64));
        assert!(!space.judge());
        assert_eq!(space.used_bytes(), MOST_PENDING_BYTES + piece as u64, "it lies on the disk now");
    }

    #[test]
    fn a_full_disk_is_full_without_any_bound() {
        let mut space = Space::new(&SpoolConfig::default(), Place::Disk);
        space.left_on_disk(RESERVE_BYTES);
        assert!(!space.judge());
        space.left_on_disk(RESERVE_BYTES - 1);
        assert!(space.judge());
        space.left_on_disk(RESERVE_BYTES + HYSTERESIS_BYTES);
        assert!(!space.judge());
    }

    #[test]
    fn memory_has_a_bound_of_its_own() {
        let mut space = Space::new(&SpoolConfig::default(), Place::Memory);
        space.holds("c", "a", 15 * MIB);
        assert!(space.judge());
        assert!(SpoolConfig { memory_limit_bytes: MIB, ..SpoolConfig::default() }.validate().is_err());
        assert!(SpoolConfig { limit_bytes: Some(MIB), ..SpoolConfig::default() }.validate().is_err());
        assert!(SpoolConfig::default().validate().is_ok());
    }
}
