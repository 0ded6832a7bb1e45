//! The whole calls of `tests/vectors/calls`, which another implementation of the format has made and damaged.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test code")]

use base64ct::{Base64, Encoding as _};
use callseal::archive::{Level, MemorySource, OpenOptions, open, verify};
use callseal::names::{CallId, ObjectName};
use callseal::seal::PrivateKey;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

type Objects = BTreeMap<String, Vec<u8>>;

/// A call that nothing was done to.
struct Base {
    call_id: String,
    owner: Value,
    objects: Objects,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

fn bytes(base64: &Value) -> Vec<u8> {
    Base64::decode_vec(&text(base64)).unwrap()
}

/// Every file of the folder whose name does or does not begin so.
fn files(is_base: bool) -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/calls");
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if name.starts_with("base-") == is_base {
            let name = name.trim_start_matches("base-").to_owned();
            found.insert(name, serde_json::from_slice(&fs::read(&path).unwrap()).unwrap());
        }
    }
    found
}

fn bases() -> BTreeMap<String, Base> {
    let base = |file: Value| Base {
        call_id: text(&file["call_id"]),
        owner: file["private"].clone(),
        objects: file["objects"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, content)| (name.clone(), bytes(content)))
            .collect(),
    };
    files(true).into_iter().map(|(name, file)| (name, base(file))).collect()
}

fn apply(objects: &mut Objects, edit: &Value, bases: &BTreeMap<String, Base>) {
    let object = text(&edit["object"]);
    let content = objects.get(&object).cloned().unwrap_or_default();
    let number = |name: &str| usize::try_from(edit[name].as_u64().unwrap()).unwrap();
    match text(&edit["do"]).as_str() {
        "put" => drop(objects.insert(object, bytes(&edit["base64"]))),
        "remove" => drop(objects.remove(&object)),
        "rename" => {
            objects.remove(&object);
            objects.insert(text(&edit["to"]), content);
        }
        "copy" => {
            let content = edit["of"].as_str().map_or(content, |of| bases[of].objects[&object].clone());
            objects.insert(text(&edit["to"]), content);
        }
        "exchange" => {
            let other = objects.insert(text(&edit["with"]), content).unwrap();
            objects.insert(object, other);
        }
        "cut" => objects.get_mut(&object).unwrap().truncate(number("to")),
        "append" => objects.get_mut(&object).unwrap().extend(bytes(&edit["base64"])),
        "flip" => objects.get_mut(&object).unwrap()[number("at")] ^= 1,
        other => panic!("nothing knows how to {other}"),
    }
}

/// The first fault that `verify` names, or none, and what `open` says.
#[test]
fn calls() {
    let bases = bases();
    let calls = files(false);
    assert!(calls.len() >= 20, "the vectors are there");
    let mut wrong = Vec::new();
    for (name, call) in calls {
        let base = &bases[call["base"].as_str().unwrap()];
        let mut objects = base.objects.clone();
        for edit in call["edits"].as_array().unwrap() {
            apply(&mut objects, edit, &bases);
        }
        let mut source = MemorySource::new(CallId::parse(&base.call_id).unwrap());
        for (object, content) in objects {
            source.insert(ObjectName::parse(&format!("{}/{object}", base.call_id)).unwrap(), content);
        }
        let owner = PrivateKey::from_jwk(&base.owner).unwrap();
        let allow_unterminated = call["allow_unterminated"].as_bool().unwrap();
        let options = OpenOptions { allow_unterminated, ..OpenOptions::default() };
        let opened = open(&source, &owner, options);
        let (report, _) = verify(&source, Some(&owner)).unwrap();
        let found = match (&opened, report.errors.first()) {
            (Err(error), Some(first)) if first.code == error.code() => {
                format!(
                    "{} {}",
                    first.code,
                    first.object.trim_start_matches(&base.call_id).trim_start_matches('/')
                )
            }
            (Ok(opened), None) => format!("opened, cut: {}", opened.level == Level::Cut),
            (Ok(opened), Some(first)) if allow_unterminated && first.code == "open/unterminated" => {
                format!("opened, cut: {}", opened.level == Level::Cut)
            }
            (opened, first) => format!("open and verify differ: {:?}, {first:?}", opened.as_ref().err()),
        };
        let expect = &call["expect"];
        let wanted = match expect["code"].as_str() {
            Some(code) => format!("{code} {}", text(&expect["object"])),
            None => format!("opened, cut: {}", expect["is_cut"]),
        };
        if found != wanted {
            wrong.push(format!("{name}: {found}, but wanted {wanted}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
