//! Values that must not be recorded, recognised in what somebody types: cards, accounts, numbers a state knows a person by.
//!
//! Owns which numbers these are and when a text holds one. Pure: a text goes in, a class and a length come out, and
//! whatever is copied meanwhile is wiped. Must never tell the value or a part of it to anyone: no result, no `Debug` and
//! no error of this module holds a digit.
//!
//! A form counts by itself if nothing else is written so, or if about one in a hundred numbers of its shape would pass its
//! check at most; any other counts only with a word beside it, because agents type telephone and order numbers all day
//! (docs/values-and-keys.md has the list).

mod card;
mod check;
mod iban;
mod lettered;
mod numbered;
mod text;
mod words;

use text::Text;

/// Which kind of value a text holds. The order is the order of [`detect`]'s preference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValueClass {
    /// Primary account number of a payment card (ISO/IEC 7812).
    CardNumber,
    /// International bank account number (ISO 13616).
    Iban,
    /// Social security number of the United States.
    UsSsn,
    /// Individual taxpayer identification number of the United States.
    UsItin,
    /// ABA routing number of a bank in the United States.
    UsRouting,
    /// National insurance number of the United Kingdom.
    UkNino,
    /// NHS number of the United Kingdom.
    UkNhs,
    /// Social insurance number of Canada.
    CaSin,
    /// Steuerliche Identifikationsnummer of Germany.
    DeTaxId,
    /// Numéro d'inscription au répertoire of France, the social security number.
    FrNir,
    /// DNI or NIE of Spain.
    EsDni,
    /// Codice fiscale of Italy.
    ItCodiceFiscale,
    /// CPF of Brazil.
    BrCpf,
    /// Aadhaar of India.
    InAadhaar,
    /// Permanent account number of India's tax office.
    InPan,
    /// Burgerservicenummer of the Netherlands.
    NlBsn,
    /// PESEL of Poland.
    PlPesel,
    /// Personnummer or samordningsnummer of Sweden.
    SePersonnummer,
    /// AHV number of Switzerland.
    ChAhv,
}

impl ValueClass {
    /// Every class, in order.
    pub const ALL: &'static [Self] = &[
        Self::CardNumber,
        Self::Iban,
        Self::UsSsn,
        Self::UsItin,
        Self::UsRouting,
        Self::UkNino,
        Self::UkNhs,
        Self::CaSin,
        Self::DeTaxId,
        Self::FrNir,
        Self::EsDni,
        Self::ItCodiceFiscale,
        Self::BrCpf,
        Self::InAadhaar,
        Self::InPan,
        Self::NlBsn,
        Self::PlPesel,
        Self::SePersonnummer,
        Self::ChAhv,
    ];

    /// The stable word of this kind of number.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CardNumber => "card_number",
            Self::Iban => "iban",
            Self::UsSsn => "us_ssn",
            Self::UsItin => "us_itin",
            Self::UsRouting => "us_routing",
            Self::UkNino => "uk_nino",
            Self::UkNhs => "uk_nhs",
            Self::CaSin => "ca_sin",
            Self::DeTaxId => "de_tax_id",
            Self::FrNir => "fr_nir",
            Self::EsDni => "es_dni",
            Self::ItCodiceFiscale => "it_codice_fiscale",
            Self::BrCpf => "br_cpf",
            Self::InAadhaar => "in_aadhaar",
            Self::InPan => "in_pan",
            Self::NlBsn => "nl_bsn",
            Self::PlPesel => "pl_pesel",
            Self::SePersonnummer => "se_personnummer",
            Self::ChAhv => "ch_ahv",
        }
    }

    /// The word of the class that a field for such a value has, for spans and policies.
    #[must_use]
    pub const fn field_class(self) -> &'static str {
        match self {
            Self::CardNumber => "card_number",
            Self::Iban => "iban",
            Self::UsRouting => "bank_routing",
            Self::UsSsn => "social_security_number",
            Self::UsItin | Self::DeTaxId | Self::BrCpf | Self::InPan | Self::ItCodiceFiscale => "tax_id",
            Self::UkNhs => "health_number",
            Self::UkNino
            | Self::CaSin
            | Self::FrNir
            | Self::EsDni
            | Self::InAadhaar
            | Self::NlBsn
            | Self::PlPesel
            | Self::SePersonnummer
            | Self::ChAhv => "national_id",
        }
    }
}

/// What was found: never the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// Which kind of value.
    pub class: ValueClass,
    /// Its digits and letters, without separators.
    pub length_chars: u8,
}

/// A hit and the bytes of the plain text it covers.
struct Found {
    hit: Hit,
    from: usize,
    to: usize,
}

/// The values found so far: a later kind finds nothing where an earlier one did.
#[derive(Default)]
struct Finds(Vec<Found>);

impl Finds {
    fn is_free(&self, from: usize, to: usize) -> bool {
        self.0.iter().all(|found| found.to <= from || to <= found.from)
    }

    fn add(&mut self, class: ValueClass, length_chars: usize, from: usize, to: usize) {
        let length_chars = u8::try_from(length_chars).unwrap_or(u8::MAX);
        self.0.push(Found { hit: Hit { class, length_chars }, from, to });
    }
}

/// Finds the most sensitive value in `text`, anywhere in it. A value that is not complete is none. Takes time in
/// proportion to the text's length; the caller bounds it, to the last 4,096 characters.
#[must_use]
pub fn detect(text: &str) -> Option<Hit> {
    find(text).0.into_iter().map(|found| found.hit).min_by_key(|hit| hit.class)
}

/// Finds all values in `text`, in the order of the text.
#[must_use]
pub fn detect_all(text: &str) -> Vec<Hit> {
    let mut finds = find(text).0;
    finds.sort_by_key(|found| found.from);
    finds.into_iter().map(|found| found.hit).collect()
}

fn find(text: &str) -> Finds {
    let mut finds = Finds::default();
    let text = Text::new(text);
    if !text.may_hold_a_value() {
        return finds;
    }
    iban::find(&text, &mut finds);
    card::find(&text, &mut finds);
    lettered::find(&text, &mut finds);
    numbered::find(&text, &mut finds);
    finds
}
