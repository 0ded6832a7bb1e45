//! SHA-256 as stores tell it in headers.
//!
//! Owns which headers are read. Must never take a checksum of another kind, such as an MD5 or an `ETag`, for one.

use std::collections::BTreeMap;

use base64ct::{Base64, Encoding};

/// The SHA-256 that a store tells of an object, lower-case hexadecimal: of `callseal serve`, of S3, or as RFC 9530 §3 and
/// RFC 3230 write it. A checksum of parts (S3 writes `…-2`) is none of the object.
#[must_use]
pub fn sha256_hex_of(headers: &BTreeMap<String, String>) -> Option<String> {
    let header = |name: &str| headers.get(name).map(|value| value.trim());
    if let Some(hex) = header("callseal-sha256") {
        let is_hash = hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        return is_hash.then(|| hex.to_ascii_lowercase());
    }
    let of_s3 = header("x-amz-checksum-sha256");
    let structured =
        header("repr-digest").and_then(|value| member(value, ":")).map(|value| value.trim_matches(':'));
    let base64 = of_s3.or(structured).or_else(|| header("digest").and_then(|value| member(value, "")))?;
    let bytes = Base64::decode_vec(base64).ok().filter(|bytes| bytes.len() == 32)?;
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The value of `sha-256` in a list; `quote` stands before it.
fn member<'a>(list: &'a str, quote: &str) -> Option<&'a str> {
    list.split(',').find_map(|entry| {
        let (name, value) = entry.trim().split_once('=')?;
        (name.eq_ignore_ascii_case("sha-256") && value.starts_with(quote)).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const BASE64: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    fn read(name: &str, value: &str) -> Option<String> {
        sha256_hex_of(&BTreeMap::from([(name.to_owned(), value.to_owned())]))
    }

    #[test]
    fn the_forms_of_serve_of_s3_and_of_the_standards_are_read() {
        for (name, value) in [
            ("callseal-sha256", HEX.to_owned()),
            ("x-amz-checksum-sha256", BASE64.to_owned()),
            ("repr-digest", format!("sha-512=:AAAA:, sha-256=:{BASE64}:")),
            ("digest", format!("SHA-256={BASE64}")),
        ] {
            assert_eq!(read(name, &value).as_deref(), Some(HEX), "{name}");
        }
    }

    #[test]
    fn anything_else_is_no_checksum() {
        for (name, value) in [
            ("etag", HEX.to_owned()),
            ("x-amz-checksum-sha256", format!("{BASE64}-2")),
            ("digest", "md5=1B2M2Y8AsgTpgAmY7PhCfg==".to_owned()),
            ("repr-digest", format!("sha-256={BASE64}")),
            ("callseal-sha256", "00".to_owned()),
        ] {
            assert_eq!(read(name, &value), None, "{name}");
        }
    }
}
