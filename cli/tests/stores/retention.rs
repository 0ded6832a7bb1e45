//! What is demanded of the store is read back from it at the start, however often it is demanded.

use crate::support::{Server, TOKEN, name};
use crate::{put, stores};
use tempfile::tempdir;

#[test]
#[ignore = "needs services, see main.rs"]
fn retention_and_holds_are_demanded_alone_and_together() {
    let folder = tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, format!("{TOKEN}\n")).unwrap();
    let stores = stores();
    let mut pairs = stores.iter().filter_map(|store| store.split_once(',')).peekable();
    assert!(
        pairs.peek().is_some(),
        "CALLSEAL_TEST_STORES names a bucket with Object Lock and a store for envelopes"
    );
    for (locked, envelopes) in pairs {
        let demands: [&[&str]; 4] = [
            &["--legal-hold"],
            &["--retention-days", "1"],
            &["--retention-days", "1", "--legal-hold"],
            &["--retention-days", "1", "--retention-mode", "governance"],
        ];
        for (index, demand) in demands.into_iter().enumerate() {
            let place =
                ["--store", locked, "--envelope-store", envelopes, "--token-file", token.to_str().unwrap()];
            let server = Server::start_exactly(&[&place[..], demand].concat());
            assert_eq!(
                put(&server, &name(index as u32), b"ciphertext")["status"],
                "already_stored",
                "{demand:?}"
            );
        }
    }
}
