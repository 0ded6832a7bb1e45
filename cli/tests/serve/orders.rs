//! Orders of officers whom the server was told of are carried out, and of nobody else.

use crate::call::Call;
use crate::support::{Answer, Server, eventually, files, sha256, store};
use callseal::archive::{Trust, Wish, order};
use callseal::ledger::{OrderReason, ShredClaim};
use callseal::names::ObjectName;
use callseal::seal::{SigningKey, VerifyingKey};
use std::path::Path;
use std::process::Command;
use tempfile::tempdir;

const CALL: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";

fn key(byte: u8) -> SigningKey {
    SigningKey::from_random(&[byte; 32]).unwrap()
}

/// A server that knows the officer `key(1)`, and has the call.
fn serving(folder: &Path, call: &Call) -> Server {
    let server = Server::start_with(folder, &["--officer", &key(1).public().thumbprint()]);
    for (name, content) in call.source.iter() {
        server.put(&server.granted(&name.to_string(), content), content).json(201);
    }
    server
}

fn give(server: &Server, order: &str) -> Answer {
    let bearer = Server::bearer();
    let headers = [("authorization", &*bearer), ("content-type", "application/jose")];
    server.ask("POST", "/v1/orders", &headers, order.as_bytes())
}

/// The order of the officer, as `call` is now; it is put into `call` too.
fn ordered(call: &mut Call, officer: &SigningKey, wish: Wish) -> String {
    let reason = OrderReason::LegalClaim;
    let (name, content) =
        order(&call.source, &Trust::default(), officer, wish, reason, 1_790_000_000_000).unwrap();
    call.source.insert(name, content.clone().into_bytes());
    content
}

fn left(folder: &Path) -> Vec<String> {
    files(folder).into_iter().filter(|file| file.starts_with(CALL)).collect()
}

fn has_audio(folder: &Path) -> bool {
    left(folder).iter().any(|file| file.contains("tink") || file.contains("jwe"))
}

#[test]
fn an_officers_request_destroys_the_call_and_is_confirmed_under_the_servers_key() {
    let folder = tempdir().unwrap();
    let mut call = Call::whole_and_signed();
    let server = serving(folder.path(), &call);
    let request = ordered(&mut call, &key(1), Wish::Shred);
    let answer = give(&server, &request).json(201);
    assert_eq!(answer["status"], "confirmed");
    let (claim, jws) = ShredClaim::read(answer["confirmation"].as_str().unwrap().as_bytes()).unwrap();
    let set = server.ask("GET", "/v1/keys", &[], b"").json(200);
    assert!(jws.is_signed_by(&VerifyingKey::from_jwk(&set["keys"][0]).unwrap()));
    assert_eq!((claim.call_id, claim.head), (call.id, sha256(request.as_bytes())));
    assert!(!has_audio(folder.path()));
    assert!(left(folder.path()).contains(&format!("{CALL}/shred.request.jws")));
    // Asked again after a lost answer, and what arrives late.
    assert_eq!(give(&server, &request).json(201)["confirmation"], answer["confirmation"]);
    server.grant(&call.envelope(0).to_string(), 3, &sha256(b"abc")).refused(410, "store/shredded");
}

#[test]
fn while_a_call_is_held_neither_officer_nor_ledger_shreds_it() {
    let folder = tempdir().unwrap();
    let mut call = Call::to_be_shredded(0, 1);
    let server = Server::start_with(folder.path(), &["--officer", &key(1).public().thumbprint()]);
    let (last, before) = {
        let mut names: Vec<ObjectName> = call.source.iter().map(|(name, _)| *name).collect();
        names.sort_by_key(|name| matches!(name, ObjectName::LedgerChunk { .. }));
        let last = names.pop().unwrap();
        (last, names)
    };
    let put = |call: &Call, name: &ObjectName| {
        let content = call.source.iter().find(|(other, _)| *other == name).unwrap().1;
        server.put(&server.granted(&name.to_string(), content), content)
    };
    before.iter().for_each(|name| drop(put(&call, name).json(201)));
    // Held when the last chunk, with the demand, has not arrived yet.
    let mut early = Call::to_be_shredded(0, 1);
    let chunk = call.source.iter().find(|(name, _)| **name == last).unwrap().1.clone();
    early.source = call.source.clone();
    early.source.remove(&last);
    let hold = ordered(&mut early, &key(1), Wish::Hold);
    assert_eq!(give(&server, &hold).json(201)["status"], "stored");
    assert!(put(&call, &last).json(201).get("confirmation").is_none(), "it waits");
    assert!(has_audio(folder.path()) && !chunk.is_empty());
    let request = ordered(&mut call, &key(1), Wish::Shred);
    give(&server, &request).refused(409, "order/held");
    call.source.insert(ObjectName::Hold { call_id: call.id, number: 1 }, hold.into_bytes());
    call.source.remove(&ObjectName::ShredRequest { call_id: call.id });
    // Over a restart too.
    server.stop();
    let server = Server::start_with(folder.path(), &["--officer", &key(1).public().thumbprint()]);
    assert!(has_audio(folder.path()));
    let release = ordered(&mut call, &key(1), Wish::Release(None));
    assert_eq!(give(&server, &release).json(201)["status"], "confirmed", "what has waited is done");
    assert!(eventually(|| !has_audio(folder.path())));
}

#[test]
fn nobody_else_orders_anything() {
    let folder = tempdir().unwrap();
    let mut call = Call::whole_and_signed();
    let server = serving(folder.path(), &call);
    let strangers = ordered(&mut call, &key(2), Wish::Shred);
    give(&server, &strangers).refused(403, "order/unknown-officer");
    give(&server, "x").refused(400, "order/invalid");
    server.ask("POST", "/v1/orders", &[], strangers.as_bytes()).refused(401, "auth/required");
    for name in ["shred.request.jws", "hold.1.jws", "release.1.jws"] {
        server.grant(&format!("{CALL}/{name}"), 3, &sha256(b"abc")).refused(400, "request/invalid-name");
    }
    // Nor who puts it straight into the store.
    std::fs::write(store(folder.path()).join(format!("{CALL}/shred.request.jws")), strangers).unwrap();
    std::fs::create_dir_all(store(folder.path()).join(".callseal/shred")).unwrap();
    std::fs::write(store(folder.path()).join(format!(".callseal/shred/{CALL}")), b"").unwrap();
    server.stop();
    let server = Server::start_with(folder.path(), &["--officer", &key(1).public().thumbprint()]);
    std::thread::sleep(std::time::Duration::from_millis(500));
    server.stop();
    assert!(has_audio(folder.path()));
}

#[test]
fn an_order_counts_for_its_own_call_and_for_the_state_that_the_officer_saw() {
    let folder = tempdir().unwrap();
    let mut call = Call::whole_and_signed();
    let chunks: Vec<ObjectName> = call
        .source
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| matches!(name, ObjectName::LedgerChunk { .. }))
        .collect();
    let last = *chunks.last().unwrap();
    let mut earlier = Call::whole_and_signed();
    earlier.source.remove(&last);
    let stale = ordered(&mut earlier, &key(1), Wish::Shred);
    let server = serving(folder.path(), &call);
    give(&server, &stale).refused(409, "order/stale");
    let mut other = Call::to_be_shredded(4_102_444_800_000, 9);
    let others = ordered(&mut other, &key(1), Wish::Shred);
    give(&server, &others).refused(409, "order/stale");
    let release = {
        ordered(&mut call, &key(1), Wish::Hold);
        ordered(&mut call, &key(1), Wish::Release(None))
    };
    give(&server, &release).refused(409, "order/no-hold");
    assert!(has_audio(folder.path()));
}

#[test]
fn the_command_hands_a_request_to_the_server_and_tells_it_as_done_when_it_is() {
    let folder = tempdir().unwrap();
    let call = Call::whole_and_signed();
    let server = serving(folder.path(), &call);
    let copy = folder.path().join("copy");
    for (name, content) in
        call.source.iter().filter(|(name, _)| matches!(name, ObjectName::LedgerChunk { .. }))
    {
        let path = copy.join(name.to_string());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    std::fs::write(folder.path().join("officer.jwk"), &*key(1).to_jwk()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_callseal"));
    command.current_dir(folder.path()).arg("shred").arg(copy.join(CALL));
    command.args(["--sign-key", "officer.jwk", "--reason", "erasure-request", "--token-file", "token"]);
    let output = command.args(["--post", &format!("http://{}", server.host())]).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(told.find("requested").unwrap() < told.find("confirmed:").unwrap(), "{told}");
    assert!(!has_audio(folder.path()));
}
