//! How fast segments are sealed and opened: the Tink format as a whole, with key derivation, copies and wiping.
//!
//! `npm run bench:seal` runs it beside OpenSSL and Tink and compares; `docs/speed.md` has the figures.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, missing_docs, reason = "a benchmark")]

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use callseal::seal::{DataKey, TinkWriter, read_stream};
    use criterion::{BenchmarkId, Criterion, Throughput};
    use std::hint::black_box;

    const PLACE: &str = "callseal/1/0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa/0/000003";

    /// A segment of 20 s at 64 kbit/s, and a whole file.
    const LENGTHS: [usize; 2] = [160_000, 16 << 20];

    fn seal(key: &DataKey, plaintext: &[u8], stream: &mut Vec<u8>) {
        let mut writer = TinkWriter::new(key, PLACE).unwrap();
        writer.push(plaintext, stream).unwrap();
        writer.finish(stream).unwrap();
    }

    pub fn streams(criterion: &mut Criterion) {
        let key = DataKey::generate().unwrap();
        let mut group = criterion.benchmark_group("tink");
        for length in LENGTHS {
            let plaintext = vec![0x5a; length];
            group.throughput(Throughput::Bytes(u64::try_from(length).unwrap()));
            group.bench_function(BenchmarkId::new("seal", length), |bencher| {
                // Into the same buffer, as the engine does; a new one costs as much as the cipher.
                let mut stream = Vec::new();
                bencher.iter(|| {
                    stream.clear();
                    seal(&key, black_box(&plaintext), &mut stream);
                });
            });
            let mut stream = Vec::new();
            seal(&key, &plaintext, &mut stream);
            group.bench_function(BenchmarkId::new("open", length), |bencher| {
                bencher.iter(|| read_stream(&key, PLACE, black_box(&stream)).unwrap());
            });
        }
        group.finish();
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    let seconds = std::time::Duration::from_secs;
    let mut criterion =
        criterion::Criterion::default().sample_size(20).measurement_time(seconds(3)).configure_from_args();
    native::streams(&mut criterion);
    criterion.final_summary();
}

/// Criterion does not build for Wasm; what runs there is timed by `scripts/bench/seal.mjs`.
#[cfg(target_arch = "wasm32")]
const fn main() {}
