//! What is sealed opens as it was, however it was pushed; with anything changed it does not open.
#![no_main]

use callseal::seal::{DataKey, TinkWriter, read_stream, read_unterminated_stream};
use callseal_fuzz::{ASSOCIATED_DATA, Bytes};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes(data);
    let piece = bytes.below(9000).max(1);
    let (place, change) = (bytes.below(65_536), bytes.byte());
    let repeated = usize::from(bytes.byte()).min(40).max(1);
    let plaintext = bytes.0.repeat(repeated);
    let key = DataKey::from_bytes(&[0x4b; 32]).expect("32 bytes");
    let mut writer = TinkWriter::new(&key, ASSOCIATED_DATA).expect("a writer");
    let mut stream = Vec::new();
    for piece in plaintext.chunks(piece) {
        writer.push(piece, &mut stream).expect("room");
    }
    if plaintext.is_empty() {
        return;
    }
    writer.finish(&mut stream).expect("an end");
    assert_eq!(*read_stream(&key, ASSOCIATED_DATA, &stream).expect("it opens"), plaintext);
    let place = place % stream.len();
    let cut = read_unterminated_stream(&key, ASSOCIATED_DATA, &stream[..place]);
    assert!(cut.is_err() || plaintext.starts_with(&cut.expect("read").plaintext));
    assert!(read_stream(&key, ASSOCIATED_DATA, &stream[..place]).is_err());
    if change != 0 {
        stream[place] ^= change;
        assert!(read_stream(&key, ASSOCIATED_DATA, &stream).is_err());
    }
});
