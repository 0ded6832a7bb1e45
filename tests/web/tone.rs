//! How loud a tone is in samples: the Goertzel algorithm, shared by both browser tests.

/// Amplitude of the tone of `frequency_hz` in `samples` at 48 kHz: about 0.5 for a sine of amplitude 0.5.
pub fn amplitude(samples: &[f32], frequency_hz: f64) -> f64 {
    let step = core::f64::consts::TAU * frequency_hz / 48_000.0;
    let coefficient = 2.0 * step.cos();
    let (mut before, mut last) = (0.0, 0.0);
    for sample in samples {
        let next = f64::from(*sample) + coefficient * last - before;
        before = last;
        last = next;
    }
    let power = last * last + before * before - coefficient * last * before;
    2.0 * power.max(0.0).sqrt() / samples.len() as f64
}

/// The largest absolute sample.
pub fn peak(samples: &[f32]) -> f32 {
    samples.iter().fold(0.0, |peak, sample| peak.max(sample.abs()))
}
