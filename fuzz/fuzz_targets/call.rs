//! Readers of whole calls: the fuzzer's bytes are edits of a call of the vectors, or a ledger that is put into it.
#![no_main]

use callseal::archive::{OpenOptions, inspect, open, verify};
use callseal::names::ObjectName;
use callseal_fuzz::{Base, Bytes, chained};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes(data);
    let base = Base::number(bytes.byte());
    let other = Base::number(2);
    let mut source = base.source();
    let options = bytes.byte();
    for _ in 0..bytes.byte().min(6) {
        let (name, content) = &base.objects[bytes.below(base.objects.len())];
        match bytes.byte() % 7 {
            0 => drop(source.remove(name)),
            1 => {
                let mut content = content.clone();
                content.truncate(bytes.below(content.len() + 1));
                source.insert(*name, content);
            }
            2 => {
                let mut content = content.clone();
                let at = bytes.below(content.len());
                if let Some(byte) = content.get_mut(at) {
                    *byte ^= bytes.byte();
                }
                source.insert(*name, content);
            }
            3 => {
                let to = base.objects[bytes.below(base.objects.len())].0;
                source.insert(to, content.clone());
            }
            4 => {
                let from = &other.objects[bytes.below(other.objects.len())].1;
                source.insert(*name, from.clone());
            }
            5 => {
                let length = bytes.below(4096).min(bytes.0.len());
                let (text, rest) = bytes.0.split_at(length);
                source.insert(*name, text.to_vec());
                bytes.0 = rest;
            }
            _ => {
                // One ledger in one chunk, whose chain holds.
                let chunks =
                    base.objects.iter().filter(|(name, _)| matches!(name, ObjectName::LedgerChunk { .. }));
                let mut whole: Vec<u8> = chunks.flat_map(|(_, content)| content.clone()).collect();
                for _ in 0..bytes.byte() % 8 {
                    let at = bytes.below(whole.len());
                    if let Some(byte) = whole.get_mut(at) {
                        *byte = bytes.byte();
                    }
                }
                for (name, _) in &base.objects {
                    if matches!(name, ObjectName::LedgerChunk { .. } | ObjectName::LedgerHead { .. }) {
                        source.remove(name);
                    }
                }
                let name = ObjectName::LedgerChunk { call_id: base.call_id, chunk: 0 };
                source.insert(name, chained(&base.call_id, &whole));
            }
        }
    }
    let owner = base.owner();
    let _ = inspect(&source);
    let (report, _) = verify(&source, Some(&owner)).expect("memory can be read");
    let strict = open(&source, &owner, OpenOptions::default());
    // What `verify` finds nothing wrong with opens, and the other way round; and both name the same damage.
    match (&strict, report.errors.first()) {
        (Ok(opened), None) => assert!(opened.samples > 0 || !opened.ogg.is_empty()),
        (Err(error), Some(first)) => assert_eq!(error.code(), first.code),
        (opened, first) => panic!("open and verify differ: {:?} {first:?}", opened.as_ref().err()),
    }
    let options = OpenOptions { allow_unterminated: options & 1 == 1, allow_missing: options & 2 == 2 };
    let _ = open(&source, &owner, options);
});
