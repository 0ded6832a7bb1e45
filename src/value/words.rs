//! Words that say what a number beside them is.
//!
//! Owns the words, in capitals, as the plain form of a text has them: `w` is any letter outside of A to Z, and behind `=`
//! the number must come at once. Must never hold a word that ordinary notes have beside ordinary numbers.

pub(super) const CARD: &[&str] = &[
    "CARD",
    "CARDS",
    "CREDIT",
    "DEBIT",
    "VISA",
    "MASTERCARD",
    "MAESTRO",
    "AMEX",
    "PAN",
    "CVV",
    "CVC",
    "KARTE",
    "KREDITKARTE",
    "KARTENNUMMER",
    "KREDITKARTENNUMMER",
    "CARTE",
    "TARJETA",
    "CARTA",
    "CARTAO",
    "CARTwO",
    "KAART",
    "KARTA",
    "KARTY",
    "KORT",
    "KORTNUMMER",
];
pub(super) const US_SSN: &[&str] = &["SSN", "SOCIAL", "SOC SEC", "SOCIAL SECURITY"];
pub(super) const US_ITIN: &[&str] = &["ITIN", "TAX ID", "TAXPAYER"];
pub(super) const US_ROUTING: &[&str] = &["ROUTING", "RTN", "ABA", "ACH"];
pub(super) const UK_NHS: &[&str] = &["NHS"];
pub(super) const CA_SIN: &[&str] =
    &["SIN=", "SIN NUMBER", "SIN NO", "SIN IS", "NAS=", "SOCIAL INSURANCE", "ASSURANCE SOCIALE"];
pub(super) const DE_TAX_ID: &[&str] = &[
    "STEUER-ID",
    "STEUERID",
    "STEUER ID",
    "IDNR",
    "STEUER-IDNR",
    "STEUER-IDENTIFIKATIONSNUMMER",
    "STEUERNUMMER",
    "STEUERIDENTIFIKATIONSNUMMER",
    "IDENTIFIKATIONSNUMMER",
    "TIN",
    "TAX ID",
];
pub(super) const FR_NIR: &[&str] = &[
    "NIR",
    "INSEE",
    "SECU",
    "SwCU",
    "SECURITE SOCIALE",
    "SwCURITw SOCIALE",
    "NUMERO DE SECU",
    "NUMwRO DE SwCU",
];
pub(super) const ES_DNI: &[&str] = &["DNI", "NIE", "NIF"];
pub(super) const BR_CPF: &[&str] = &["CPF"];
pub(super) const IN_AADHAAR: &[&str] = &["AADHAAR", "AADHAR", "ADHAR", "UIDAI", "UID"];
pub(super) const NL_BSN: &[&str] = &["BSN", "BURGERSERVICENUMMER", "SOFI", "SOFINUMMER"];
pub(super) const PL_PESEL: &[&str] = &["PESEL"];
pub(super) const SE_PERSONNUMMER: &[&str] =
    &["PERSONNUMMER", "PERSNR", "PERSONNR", "PNR", "SAMORDNINGSNUMMER"];
pub(super) const CH_AHV: &[&str] = &["AHV", "AVS", "AHVN13"];
