//! What counts as an acknowledgement, against stores of every kind that are played step by step.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

use callseal::session::report::ReportedObject;
use callseal::store::attempt::{Answer, Attempt, Body, Ended, Read, Request, Step};
use callseal::store::config::StoreConfig;
use callseal::store::meaning::Phase;
use callseal::store::queue::AttemptOutcome;
use callseal::store::trouble::Trouble;
use serde_json::{Value, json};

const NAME: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa/0/000000.ogg.tink";
const NOW: u64 = 1_790_000_000_000;
/// SHA-256 of nothing, once as stores write it in hexadecimal and once in base64.
const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const BASE64: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

fn object() -> ReportedObject {
    ReportedObject { name: NAME.into(), size_bytes: 10, sha256: HEX.into() }
}

fn store(value: Value) -> StoreConfig {
    serde_json::from_value(value).unwrap()
}

fn grants() -> StoreConfig {
    store(json!({"kind": "grants", "url": "/v1/grants", "token": "t"}))
}

fn template(confirm: &str) -> StoreConfig {
    let url = "https://dav.example/rec/{name}";
    store(json!({"kind": "template", "url": url, "headers": {"X-Key": "k"}, "confirm": confirm}))
}

fn status(status: u16) -> Answer {
    Answer { status, ..Answer::default() }
}

fn text(text: &Value) -> Answer {
    Answer { status: 200, text: text.to_string(), ..Answer::default() }
}

fn with(code: u16, headers: &[(&str, &str)]) -> Answer {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Answer { headers, ..status(code) }
}

fn content(size_bytes: u64, sha256: &str) -> Answer {
    Answer { content: Some((size_bytes, sha256.to_owned())), ..status(200) }
}

/// Plays an attempt; gives how it ended and the requests that were made, as `METHOD phase`.
fn play(config: StoreConfig, is_retry: bool, answers: Vec<Answer>) -> (AttemptOutcome, Vec<Request>) {
    let mut attempt = Attempt::new(config, object(), is_retry);
    let mut step = attempt.begin();
    let mut answers = answers.into_iter();
    let mut requests = Vec::new();
    loop {
        step = match step {
            Step::End(Ended { outcome, .. }) => {
                assert!(answers.next().is_none(), "not everything was asked: {requests:?}");
                return (outcome, requests);
            }
            Step::Request(request) => {
                let answer = answers.next().unwrap_or_else(|| panic!("one request too many: {request:?}"));
                let phase = request.phase;
                requests.push(*request);
                attempt.answered(phase, &answer, NOW)
            }
            Step::AskHost => {
                let answer = answers.next().unwrap();
                attempt.granted((answer.status == 200).then_some(answer.text.as_str()), NOW)
            }
            Step::Resume { .. } => {
                let answer = answers.next().unwrap();
                let refused = if answer.status == 0 { None } else { Some(answer.status) };
                attempt.resumed(if answer.text.is_empty() { Err(refused) } else { Ok(answer.text) })
            }
        };
    }
}

fn methods(requests: &[Request]) -> Vec<&str> {
    requests.iter().map(|request| request.method.as_str()).collect()
}

fn granted(more: Value) -> Answer {
    let mut grant = json!({"status": "granted", "method": "PUT", "url": "/o", "headers": {"x": "1"}});
    grant.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    text(&grant)
}

fn already(size_bytes: u64, sha256: &str) -> Answer {
    text(&json!({"status": "already_stored", "size_bytes": size_bytes, "sha256": sha256}))
}

const fn failed(trouble: Trouble) -> AttemptOutcome {
    AttemptOutcome::Failed { trouble, retry_after_ms: None }
}

#[test]
fn a_call_that_another_person_began_is_told_apart_from_a_name_that_is_taken() {
    let refused = |code: &str| Answer {
        text: json!({"error": {"code": code, "message": "…"}}).to_string(),
        ..status(409)
    };
    for (answer, trouble) in [
        (refused("store/call-bound"), Trouble::CallBound),
        (refused("store/name-taken"), Trouble::NameTaken),
        (Answer { text: "<html>store/call-bound".into(), ..status(409) }, Trouble::NameTaken),
    ] {
        assert_eq!(play(grants(), false, vec![answer]).0, AttemptOutcome::Refused(trouble));
    }
    let gone = Answer { status: 410, ..refused("store/call-bound") };
    assert_eq!(
        play(grants(), false, vec![gone]).0,
        AttemptOutcome::Refused(Trouble::Destroyed),
        "only a refusal for a conflict is read"
    );
}

#[test]
fn a_store_that_hashes_what_it_takes_is_believed() {
    let stored = text(&json!({"size_bytes": 10, "sha256": HEX}));
    let (outcome, requests) = play(grants(), false, vec![granted(json!({})), stored]);
    assert_eq!(outcome, AttemptOutcome::Stored);
    assert_eq!(methods(&requests), ["POST", "PUT"]);
    assert!(
        requests[1].body == Body::Object && requests[1].headers == BTreeMap::from([("x".into(), "1".into())])
    );
    assert_eq!(requests[1].base, "/v1/grants", "a relative address is one of the endpoint's");
    let other = text(&json!({"size_bytes": 9, "sha256": HEX}));
    assert_eq!(play(grants(), false, vec![granted(json!({})), other]).0, failed(Trouble::NotConfirmed));
    let page = Answer { text: "<html>".into(), ..status(200) };
    assert_eq!(play(grants(), false, vec![granted(json!({})), page]).0, failed(Trouble::AnswerInvalid));
}

#[test]
fn a_grant_that_has_to_be_confirmed_is_no_acknowledgement_before_the_endpoint_has_seen_the_object() {
    let confirm = || granted(json!({"confirm": true}));
    let xml = || Answer { text: "<xml/>".into(), ..status(200) };
    let (outcome, requests) = play(grants(), false, vec![confirm(), xml(), already(10, HEX)]);
    assert_eq!(outcome, AttemptOutcome::Stored);
    assert_eq!(methods(&requests), ["POST", "PUT", "POST"]);
    assert_eq!(play(grants(), false, vec![confirm(), xml(), confirm()]).0, failed(Trouble::NotConfirmed));
    let cut = play(grants(), false, vec![confirm(), xml(), already(9, HEX)]).0;
    assert_eq!(cut, AttemptOutcome::Refused(Trouble::NameTaken));
    assert_eq!(play(grants(), false, vec![confirm(), xml(), status(503)]).0, failed(Trouble::Unavailable));
}

#[test]
fn already_there_is_believed_only_from_the_endpoint_with_the_same_size_and_hash() {
    for code in [403, 409, 412] {
        let answers = vec![granted(json!({})), status(code), already(10, HEX)];
        assert_eq!(play(grants(), false, answers).0, AttemptOutcome::Stored, "{code}");
        let answers = vec![granted(json!({})), status(code), already(10, "00")];
        assert_eq!(play(grants(), false, answers).0, AttemptOutcome::Refused(Trouble::NameTaken), "{code}");
    }
    let answers = vec![granted(json!({})), status(403), granted(json!({}))];
    assert_eq!(play(grants(), false, answers).0, failed(Trouble::GrantExpired));
    let answers = vec![granted(json!({})), status(412), granted(json!({}))];
    assert_eq!(play(grants(), false, answers).0, failed(Trouble::NotConfirmed));
}

#[test]
fn a_grant_that_expired_while_waiting_is_renewed_and_differing_clocks_do_not_end_sending() {
    let old = || granted(json!({"expires_at_ms": NOW}));
    let stored = || Answer { status: 201, ..Answer::default() };
    let (outcome, requests) =
        play(grants(), false, vec![old(), granted(json!({"expires_at_ms": NOW + 1})), stored()]);
    assert_eq!((outcome, methods(&requests)), (AttemptOutcome::Stored, vec!["POST", "POST", "PUT"]));
    let (outcome, requests) = play(grants(), false, vec![old(), old(), stored()]);
    assert_eq!((outcome, methods(&requests)), (AttemptOutcome::Stored, vec!["POST", "POST", "PUT"]));
}

#[test]
fn bytes_that_the_store_found_changed_may_be_right_the_next_time() {
    for code in [400, 422] {
        let (outcome, _) = play(grants(), false, vec![granted(json!({})), status(code)]);
        assert_eq!(outcome, AttemptOutcome::Doubted(Trouble::Refused));
    }
    let doubted = AttemptOutcome::Doubted(Trouble::Refused);
    assert_eq!(play(grants(), false, vec![status(400)]).0, doubted, "the request for a grant was changed");
    assert_eq!(play(grants(), false, vec![status(404)]).0, AttemptOutcome::Refused(Trouble::Refused));
}

#[test]
fn a_token_that_ran_out_is_no_fault_of_the_object() {
    for code in [401, 403] {
        assert_eq!(play(grants(), false, vec![status(code)]).0, AttemptOutcome::Denied);
        assert_eq!(play(template("get"), true, vec![status(code)]).0, AttemptOutcome::Denied);
    }
    assert_eq!(play(template("get"), false, vec![status(401)]).0, AttemptOutcome::Denied);
}

#[test]
fn the_hosts_function_gives_grants_like_an_endpoint() {
    let callback = || store(json!({"kind": "callback"}));
    let answers = vec![granted(json!({"confirm": true})), status(200), already(10, HEX)];
    let (outcome, requests) = play(callback(), false, answers);
    assert_eq!((outcome, methods(&requests)), (AttemptOutcome::Stored, vec!["PUT"]));
    assert_eq!(play(callback(), false, vec![status(500)]).0, failed(Trouble::HostFailed));
    assert_eq!(play(callback(), false, vec![text(&json!({}))]).0, failed(Trouble::AnswerInvalid));
}

#[test]
fn a_store_that_checks_nothing_is_read_back_before_the_spool_lets_go() {
    let (outcome, requests) = play(template("get"), false, vec![status(201), content(10, HEX)]);
    assert_eq!(outcome, AttemptOutcome::Stored);
    assert_eq!(methods(&requests), ["PUT", "GET"]);
    assert_eq!(requests[0].url, format!("https://dav.example/rec/{NAME}"));
    assert_eq!(requests[0].headers["if-none-match"], "*");
    assert_eq!((requests[1].read, requests[1].headers["X-Key"].as_str()), (Read::Hash, "k"));
    // Cut on the way, or changed: it is not overwritten.
    for other in [content(4, HEX), content(10, "00"), content(u64::MAX, "")] {
        let (outcome, requests) = play(template("get"), false, vec![status(201), other]);
        assert_eq!(outcome, AttemptOutcome::Refused(Trouble::NameTaken));
        assert_eq!(methods(&requests), ["PUT", "GET"]);
    }
    assert_eq!(play(template("get"), false, vec![status(201), status(404)]).0, failed(Trouble::NotConfirmed));
    assert_eq!(play(template("get"), false, vec![status(201), status(503)]).0, failed(Trouble::Unavailable));
    assert_eq!(play(template("none"), false, vec![status(201)]).0, AttemptOutcome::Stored);
}

#[test]
fn a_head_confirms_by_size_and_by_checksum_where_there_is_one() {
    let put = || status(201);
    let head = |headers: &[(&str, &str)]| play(template("head"), false, vec![put(), with(200, headers)]).0;
    assert_eq!(head(&[("content-length", "10")]), AttemptOutcome::Stored);
    assert_eq!(head(&[("x-amz-checksum-sha256", BASE64)]), AttemptOutcome::Stored);
    let other = AttemptOutcome::Refused(Trouble::NameTaken);
    assert_eq!(head(&[("content-length", "9")]), other);
    assert_eq!(head(&[("content-length", "10"), ("callseal-sha256", &"0".repeat(64))]), other);
    // It says nothing, or does not know HEAD: the object is read.
    for silent in
        [status(200), status(405), with(200, &[("content-length", "9"), ("content-encoding", "gzip")])]
    {
        let (outcome, requests) = play(template("head"), false, vec![put(), silent, content(10, HEX)]);
        assert_eq!((outcome, methods(&requests)), (AttemptOutcome::Stored, vec!["PUT", "HEAD", "GET"]));
    }
}

#[test]
fn before_a_further_try_a_store_is_looked_at_since_some_overwrite() {
    let (outcome, requests) = play(template("get"), true, vec![status(404), status(201), content(10, HEX)]);
    assert_eq!((outcome, methods(&requests)), (AttemptOutcome::Stored, vec!["HEAD", "PUT", "GET"]));
    let there = || with(200, &[("content-length", "10")]);
    let (outcome, requests) = play(template("none"), true, vec![there(), content(10, HEX)]);
    assert_eq!((outcome, methods(&requests)), (AttemptOutcome::Stored, vec!["HEAD", "GET"]));
    for answers in [vec![there(), content(10, "00")], vec![with(200, &[("content-length", "9")])]] {
        let (outcome, requests) = play(template("none"), true, answers);
        assert_eq!(outcome, AttemptOutcome::Refused(Trouble::NameTaken));
        assert!(!methods(&requests).contains(&"PUT"), "never overwritten");
    }
}

#[test]
fn a_store_that_lets_no_condition_through_is_looked_at_before_every_try() {
    let url = "https://dav.example/{name}";
    let dav = || store(json!({"kind": "template", "url": url, "ifNoneMatch": false}));
    let (outcome, requests) = play(dav(), false, vec![status(404), status(201), content(10, HEX)]);
    assert_eq!((outcome, methods(&requests)), (AttemptOutcome::Stored, vec!["HEAD", "PUT", "GET"]));
    assert!(!requests[1].headers.contains_key("if-none-match"));
    let there = with(200, &[("content-length", "11")]);
    let (outcome, requests) = play(dav(), false, vec![there]);
    let taken = AttemptOutcome::Refused(Trouble::NameTaken);
    assert_eq!((outcome, methods(&requests)), (taken, vec!["HEAD"]), "never overwritten");
}

#[test]
fn already_there_at_a_plain_store_is_believed_when_it_was_confirmed() {
    for code in [403, 409, 412] {
        let there = with(200, &[("content-length", "10")]);
        let (outcome, requests) = play(template("none"), false, vec![status(code), there, content(10, HEX)]);
        assert_eq!(
            (outcome, methods(&requests)),
            (AttemptOutcome::Stored, vec!["PUT", "HEAD", "GET"]),
            "{code}"
        );
        let other = with(200, &[("content-length", "11")]);
        let (outcome, _) = play(template("none"), false, vec![status(code), other]);
        assert_eq!(outcome, AttemptOutcome::Refused(Trouble::NameTaken), "{code}");
    }
    let (outcome, _) = play(template("get"), false, vec![status(403), status(404)]);
    assert_eq!(outcome, AttemptOutcome::Denied, "nothing is there: it was no permission");
    let (outcome, _) = play(template("get"), false, vec![status(412), status(404)]);
    assert_eq!(outcome, failed(Trouble::NotConfirmed));
}

#[test]
fn folders_are_made_where_the_host_wants_it_and_only_once() {
    let dav = |make: bool| {
        store(
            json!({"kind": "template", "url": "https://dav/{name}", "confirm": "none", "makeCollections": make}),
        )
    };
    let made = || vec![status(201), status(405), status(201)];
    let mut answers = vec![status(409), status(404)];
    answers.extend(made());
    let (outcome, requests) = play(dav(true), false, answers);
    assert_eq!(outcome, AttemptOutcome::Stored);
    assert_eq!(methods(&requests), ["PUT", "HEAD", "MKCOL", "MKCOL", "PUT"]);
    let call = NAME.split('/').next().unwrap();
    assert_eq!(requests[2].url, format!("https://dav/{call}/"));
    assert_eq!(requests[3].url, format!("https://dav/{call}/0/"));
    let mut answers = vec![status(404)];
    answers.extend(made());
    assert_eq!(methods(&play(dav(true), false, answers).1), ["PUT", "MKCOL", "MKCOL", "PUT"]);
    let answers = vec![status(404), status(201), status(201), status(404)];
    assert_eq!(play(dav(true), false, answers).0, AttemptOutcome::Refused(Trouble::Refused));
    assert_eq!(play(dav(false), false, vec![status(404)]).0, AttemptOutcome::Refused(Trouble::Refused));
}

#[test]
fn a_resumable_upload_is_done_when_the_servers_offset_is_the_objects_size() {
    let tus = || store(json!({"kind": "tus", "url": "https://tus/files"}));
    let at = || Answer { text: "https://tus/files/1".into(), ..status(200) };
    let whole = || with(200, &[("upload-offset", "10")]);
    let (outcome, requests) = play(tus(), false, vec![at(), whole(), content(10, HEX)]);
    assert_eq!((outcome, methods(&requests)), (AttemptOutcome::Stored, vec!["HEAD", "GET"]));
    assert!(requests.iter().all(|request| request.url == "https://tus/files/1"));
    // A server that gives nothing out is believed its offset; one that does is not.
    assert_eq!(play(tus(), false, vec![at(), whole(), status(404)]).0, AttemptOutcome::Stored);
    let other = play(tus(), false, vec![at(), whole(), content(10, "00")]).0;
    assert_eq!(other, AttemptOutcome::Refused(Trouble::NameTaken));
    let cut = play(tus(), false, vec![at(), with(200, &[("upload-offset", "9")])]).0;
    assert_eq!(cut, failed(Trouble::NotConfirmed));
    assert_eq!(play(tus(), false, vec![at(), status(404)]).0, failed(Trouble::NotConfirmed));
    assert_eq!(play(tus(), false, vec![status(413)]).0, AttemptOutcome::Refused(Trouble::TooLarge));
    assert_eq!(play(tus(), false, vec![status(401)]).0, AttemptOutcome::Denied);
    assert_eq!(play(tus(), false, vec![status(0)]).0, failed(Trouble::Unreachable));
}

#[test]
fn no_token_grant_or_answer_is_in_debug_output() {
    let secret = store(json!({"kind": "grants", "url": "https://canary", "token": "canary"}));
    let mut attempt = Attempt::new(secret, object(), false);
    let step = attempt.begin();
    assert!(!format!("{step:?}{attempt:?}").contains("canary"));
    let grant = granted(json!({"url": "https://canary?grant=canary", "headers": {"x": "canary"}}));
    let step = attempt.granted(Some(&grant.text), NOW);
    assert!(!format!("{step:?}{attempt:?}").contains("canary"));
    let mut tus = Attempt::new(
        store(json!({"kind": "tus", "url": "canary", "headers": {"a": "canary"}})),
        object(),
        false,
    );
    assert!(!format!("{:?}", tus.begin()).contains("canary"));
}

#[test]
fn a_tus_server_that_may_not_be_read_across_origins_is_believed_its_offset_and_nobody_else_is() {
    let mut attempt =
        Attempt::new(store(json!({"kind": "tus", "url": "https://tus/files"})), object(), false);
    let _ = attempt.begin();
    let _ = attempt.resumed(Ok("https://tus/files/1".into()));
    let step = attempt.answered(Phase::Confirm, &with(200, &[("upload-offset", "10")]), NOW);
    let Step::Request(request) = step else { panic!("{step:?}") };
    assert_eq!((request.phase, request.method.as_str()), (Phase::ReadBack, "GET"));
    let ended = |outcome| Step::End(Ended { outcome, confirmation: None });
    assert_eq!(attempt.unanswered(Phase::ReadBack), ended(AttemptOutcome::Stored));
    for phase in [Phase::Grant, Phase::Look, Phase::Put, Phase::Collection, Phase::Confirm] {
        assert_eq!(attempt.unanswered(phase), ended(failed(Trouble::Unreachable)));
    }
}

#[test]
fn a_cut_uploads_beginning_is_overwritten_where_the_store_lets_it_and_nothing_else_is() {
    let overwriting =
        || store(json!({"kind": "template", "url": "https://dav.example/{name}", "ifNoneMatch": false}));
    let short = || with(200, &[("content-length", "4")]);
    let left = |is_beginning| Answer { is_beginning, ..content(4, "00") };
    let (outcome, requests) =
        play(overwriting(), true, vec![short(), left(true), status(201), content(10, HEX)]);
    assert_eq!(outcome, AttemptOutcome::Stored);
    assert_eq!(methods(&requests), ["HEAD", "GET", "PUT", "GET"]);
    let (outcome, requests) = play(overwriting(), true, vec![short(), left(false)]);
    assert_eq!(outcome, AttemptOutcome::Refused(Trouble::NameTaken));
    assert_eq!(methods(&requests), ["HEAD", "GET"]);
    let (outcome, requests) = play(template("get"), true, vec![short()]);
    assert_eq!(outcome, AttemptOutcome::Refused(Trouble::NameTaken), "a store that takes a name once");
    assert_eq!(methods(&requests), ["HEAD"]);
}
