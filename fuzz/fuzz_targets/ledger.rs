//! The readers of a ledger's chunks. With a first byte that is odd the chain is put right, so that what it says is read.
#![no_main]

use callseal::archive::{MemorySource, inspect, verify};
use callseal::ledger::{
    Chain, exposures, first_seq, head_of, is_last_chunk, read_chunk, read_own_chunk, shred_demand,
    whole_lines,
};
use callseal::names::{CallId, ObjectName};
use callseal_fuzz::{Bytes, CALL_ID, chained};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes(data);
    let is_mended = bytes.byte() & 1 == 1;
    let call_id = CallId::parse(CALL_ID).expect("an id");
    let chunk = if is_mended { chained(&call_id, bytes.0) } else { bytes.0.to_vec() };
    let mut chain = Chain::start(&call_id);
    let read = read_chunk(&mut chain, &chunk);
    if let Ok(entries) = &read {
        assert_eq!(chain.next_seq(), entries.len() as u64);
        assert_eq!(head_of(&chunk).expect("a last entry").1, chain.head());
        let mut own = Chain::start(&call_id);
        assert!(read_own_chunk(&mut own, &chunk).is_ok());
    }
    let _ = (first_seq(&chunk), is_last_chunk(&chunk), whole_lines(&chunk).len());
    let _ = shred_demand(&call_id, [chunk.as_slice()]);
    let _ = exposures(&call_id, [chunk.as_slice()]);
    let mut source = MemorySource::new(call_id);
    source.insert(ObjectName::LedgerChunk { call_id, chunk: 0 }, chunk);
    let (report, _) = verify(&source, None).expect("memory can be read");
    let _ = (report.ok, inspect(&source));
});
