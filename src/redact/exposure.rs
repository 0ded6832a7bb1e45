//! Exposure: what of a demanded stretch had been encoded before it was demanded.
//!
//! Owns the arithmetic only. What becomes of it is policy ([`crate::ledger::ExposureEffect`]). Must never call a sample
//! covered that was kept.

/// Pieces one demand is told in at most; more become one piece that covers them all.
const MOST_PIECES: usize = 32;

/// What is left of the stretch `whole` (first sample, sample behind the last) without what lies in `covered`, in order.
#[must_use]
pub fn without(whole: (u64, u64), covered: impl Iterator<Item = (u64, u64)>) -> Vec<(u64, u64)> {
    let (from, to) = whole;
    if from >= to {
        return Vec::new();
    }
    let mut covered: Vec<(u64, u64)> = covered.filter(|(first, behind)| first < behind).collect();
    covered.sort_unstable();
    let mut left = Vec::new();
    let mut at = from;
    for (first, behind) in covered {
        let first = first.min(to);
        if first > at {
            left.push((at, first));
        }
        at = at.max(behind);
    }
    if at < to {
        left.push((at, to));
    }
    match (left.first(), left.last()) {
        (Some((first, _)), Some((_, last))) if left.len() > MOST_PIECES => vec![(*first, *last)],
        _ => left,
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers of the test")]
mod tests {
    use super::without;
    use proptest::prelude::*;

    #[test]
    fn an_empty_stretch_leaves_nothing_and_one_that_nothing_covers_stays_whole() {
        assert!(without((5, 5), core::iter::empty()).is_empty());
        assert!(without((6, 5), core::iter::empty()).is_empty());
        assert_eq!(without((5, 9), core::iter::once((7, 7))), [(5, 9)]);
    }

    #[test]
    fn more_pieces_than_are_told_become_one_that_covers_them() {
        let covered = (0..100).map(|index| (index * 10, index * 10 + 5));
        assert_eq!(without((0, 1_000), covered), [(5, 1_000)]);
    }

    proptest! {
        #[test]
        fn every_sample_is_either_covered_or_left(
            from in 0_u64..60,
            to in 0_u64..60,
            covered in proptest::collection::vec((0_u64..60, 0_u64..20), 0..8),
        ) {
            let covered: Vec<_> = covered.into_iter().map(|(first, length)| (first, first + length)).collect();
            let left = without((from, to), covered.iter().copied());
            prop_assert!(left.windows(2).all(|pair| pair[0].1 < pair[1].0));
            for sample in 0..60 {
                let inside = |(first, behind): &(u64, u64)| (*first..*behind).contains(&sample);
                let expected = (from..to).contains(&sample) && !covered.iter().any(inside);
                prop_assert_eq!(left.iter().any(inside), expected, "sample {}", sample);
            }
        }
    }
}
