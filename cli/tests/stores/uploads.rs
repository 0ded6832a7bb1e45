//! Every service takes an object once, and what is acknowledged was read back.

use crate::support::{both, name, sha256};
use crate::{GRANTS, below, follow, put, serve, stores};
use tempfile::tempdir;

#[test]
#[ignore = "needs services, see main.rs"]
fn an_object_is_taken_once_and_acknowledged_from_what_the_store_reads_back() {
    let folder = tempdir().unwrap();
    for store in stores() {
        for grants in GRANTS {
            let store = store.split(',').map(|url| below(url, grants)).collect::<Vec<_>>().join(",");
            let server = serve(folder.path(), &store, grants);
            let content: Vec<u8> = (0..200_000_u32).map(|index| (index % 251) as u8).collect();
            let early = server.grant(&name(0), content.len(), &sha256(&content)).json(200);
            let stored = put(&server, &name(0), &content);
            assert_eq!(stored["status"], "already_stored", "{store}");
            assert_eq!(
                (&stored["size_bytes"], &stored["sha256"]),
                (&content.len().into(), &sha256(&content).into())
            );
            // With the grant of before: refused, and nothing is changed.
            assert!(matches!(follow(&server, &early, &content), 403 | 409 | 412), "{store}");
            server.grant(&name(0), 3, &sha256(b"abc")).refused(409, "store/name-taken");
        }
    }
}

#[test]
#[ignore = "needs services, see main.rs"]
fn bytes_that_are_not_the_granted_ones_are_never_acknowledged_and_do_not_block_the_name() {
    let folder = tempdir().unwrap();
    for store in stores() {
        let server = serve(folder.path(), &store, "direct");
        let (content, other) = (vec![1; 5_000], vec![2; 5_000]);
        let grant = server.grant(&name(0), content.len(), &sha256(&content)).json(200);
        // Whether the service can tell is its own business.
        follow(&server, &grant, &other);
        assert_eq!(
            server.grant(&name(0), content.len(), &sha256(&content)).json(200)["status"],
            "granted",
            "{store}"
        );
        assert_eq!(put(&server, &name(0), &content)["status"], "already_stored", "{store}");
    }
}

#[test]
#[ignore = "needs services, see main.rs"]
fn of_two_writers_racing_at_two_instances_exactly_one_wins_and_its_content_is_intact() {
    let folder = tempdir().unwrap();
    for store in stores() {
        let servers = [serve(folder.path(), &store, "direct"), serve(folder.path(), &store, "direct")];
        for round in 0..10 {
            let contents = [vec![b'a'; 60_000], vec![b'b'; 70_000]];
            let grants = [0, 1].map(|writer: usize| {
                servers[writer]
                    .grant(&name(round), contents[writer].len(), &sha256(&contents[writer]))
                    .json(200)
            });
            both(|writer| follow(&servers[writer], &grants[writer], &contents[writer]));
            let told = [0, 1].map(|writer: usize| {
                servers[writer].grant(&name(round), contents[writer].len(), &sha256(&contents[writer])).status
            });
            assert!(told == [200, 409] || told == [409, 200], "{store}: {told:?}");
        }
    }
}
