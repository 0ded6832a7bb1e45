//! Keys of what should not have been recorded are taken away on every service, at whichever instance they arrive.

use crate::call::Call;
use crate::support::{Server, eventually, sha256};
use crate::{follow, put, serve, stores};
use callseal::ledger::ExposureEffect;
use callseal::names::ObjectName;
use tempfile::tempdir;

fn content<'a>(call: &'a Call, name: &ObjectName) -> &'a [u8] {
    call.source.iter().find(|(other, _)| *other == name).unwrap().1
}

fn is_there(server: &Server, name: &str) -> bool {
    let headers = [("authorization", &*Server::bearer())];
    server.ask("HEAD", &format!("/v1/objects/{name}"), &headers, b"").status == 200
}

#[test]
#[ignore = "needs services, see main.rs"]
fn the_envelopes_of_an_exposed_segment_are_taken_away_whichever_instance_takes_them() {
    for effect in [ExposureEffect::Destroy, ExposureEffect::Withhold] {
        let folder = tempdir().unwrap();
        for store in stores() {
            let servers = [serve(folder.path(), &store, "direct"), serve(folder.path(), &store, "direct")];
            let call = Call::exposed(effect, 1);
            let envelope = call.envelope(1);
            let bytes = content(&call, &envelope);
            // Granted before anybody knows of the demand.
            let early = servers[1].grant(&envelope.to_string(), bytes.len(), &sha256(bytes)).json(200);
            for (name, bytes) in call.source.iter().filter(|(name, _)| **name != envelope) {
                put(&servers[0], &name.to_string(), bytes);
            }
            follow(&servers[1], &early, bytes);
            let again = servers[1].grant(&envelope.to_string(), bytes.len(), &sha256(bytes));
            match effect {
                ExposureEffect::Destroy => again.refused(410, "store/exposed"),
                _ => assert_eq!(again.status, 200, "{store}"),
            }
            for server in &servers {
                assert!(eventually(|| !is_there(server, &envelope.to_string())), "{store}");
                assert!(
                    is_there(server, &envelope.to_string().replace("v1.jwe.json", "exposed.jws")),
                    "{store}"
                );
            }
        }
    }
}
