//! The rules of the value detectors: which texts hold a value, and that nothing else does.
#![cfg(not(target_arch = "wasm32"))]

use callseal::value::detect_all;

#[test]
fn smoke() {
    for (text, want) in [
        ("4111 1111 1111 1111", "card_number"),
        ("DE89 3704 0044 0532 0130 00", "iban"),
        ("123-45-6789", "us_ssn"),
        ("AB 12 34 56 C", "uk_nino"),
        ("nhs 943 476 5919", "uk_nhs"),
        ("SIN 046 454 286", "ca_sin"),
        ("86 095 742 719", "de_tax_id"),
        ("1 85 05 78 006 084 91", "fr_nir"),
        ("12345678Z", "es_dni"),
        ("DNI 12.345.678 Z", "es_dni"),
        ("X1234567L", "es_dni"),
        ("RSSMRA85T10A562S", "it_codice_fiscale"),
        ("529.982.247-25", "br_cpf"),
        ("aadhaar 2341 2341 2346", "in_aadhaar"),
        ("ABCPE1234F", "in_pan"),
        ("bsn 111222333", "nl_bsn"),
        ("PESEL 44051401359", "pl_pesel"),
        ("811228-9874", "se_personnummer"),
        ("19811228-9874", "se_personnummer"),
        ("756.9217.0769.85", "ch_ahv"),
        ("routing 021000021", "us_routing"),
        ("912-70-1234", "us_itin"),
        ("2 72 05 2A 004 012 85", "fr_nir"),
    ] {
        let hits: Vec<_> = detect_all(text).iter().map(|h| h.class.as_str()).collect();
        println!("{text}: {hits:?} want {want}");
    }
}
