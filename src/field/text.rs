//! One form for every text: words in small letters without accents, one space between them.
//!
//! Owns folding and the splitting of names: `ccNum`, `card_number`, `Karten-Nr.` and `ＣＶＶ` become `cc num`,
//! `card number`, `karten nr` and `cvv`. Folding is for comparing only; it is no normalization form of Unicode, which
//! would cost more than the whole classifier.

use super::MOST_TEXT_CHARACTERS;

/// Letters that are folded to a plain one: Latin with its accents, Greek, Cyrillic and Arabic variants.
const FOLDS: &[(&str, &str)] = &[
    ("a", "àáâãäåāăąǎạảấầẩẫậắằẳẵặª"),
    ("c", "çćĉċč"),
    ("d", "ďđð"),
    ("e", "èéêëēĕėęěẹẻẽếềểễệ"),
    ("g", "ĝğġģ"),
    ("h", "ĥħ"),
    ("i", "ìíîïĩīĭįıịỉ"),
    ("j", "ĵ"),
    ("k", "ķ"),
    ("l", "ĺļľŀł"),
    ("n", "ñńņňŋ"),
    ("o", "òóôõöøōŏőơọỏốồổỗộớờởỡợº°"),
    ("r", "ŕŗř"),
    ("s", "śŝşšș"),
    ("t", "ţťŧț"),
    ("u", "ùúûüũūŭůűųưụủứừửữự"),
    ("w", "ŵ"),
    ("y", "ýÿŷỳỵỷỹ"),
    ("z", "źżž"),
    ("ae", "æ"),
    ("oe", "œ"),
    ("ss", "ß"),
    ("th", "þ"),
    ("α", "ά"),
    ("ε", "έ"),
    ("η", "ή"),
    ("ι", "ίϊΐ"),
    ("ο", "ό"),
    ("υ", "ύϋΰ"),
    ("ω", "ώ"),
    ("σ", "ς"),
    ("е", "ё"),
    ("ا", "أإآٱ"),
    ("ي", "ىی"),
    ("ه", "ة"),
    ("ك", "ک"),
];

/// Folds what a person reads: a label, a placeholder, a heading.
pub(super) fn fold_prose(text: &str) -> String {
    fold(text, false)
}

/// Folds what a program reads: a name, an id. A capital begins a word.
pub(super) fn fold_name(text: &str) -> String {
    fold(text, true)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Space,
    Digit,
    Lower,
    Upper,
}

fn fold(text: &str, split_capitals: bool) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut before = Kind::Space;
    let mut characters = text.chars().take(MOST_TEXT_CHARACTERS).map(halve).peekable();
    while let Some(character) = characters.next() {
        if is_dropped(character) {
            continue;
        }
        if matches!(character, '#' | '№') {
            push_space(&mut folded);
            folded.push_str("no ");
            before = Kind::Space;
            continue;
        }
        let kind = kind_of(character);
        if kind == Kind::Space {
            push_space(&mut folded);
            before = kind;
            continue;
        }
        let begins = match (before, kind) {
            (Kind::Digit, Kind::Lower | Kind::Upper) | (Kind::Lower | Kind::Upper, Kind::Digit) => true,
            (Kind::Lower, Kind::Upper) => split_capitals,
            // The last capital of several belongs to the word behind them: `CVVCode`.
            (Kind::Upper, Kind::Upper) => {
                split_capitals && characters.peek().is_some_and(|next| kind_of(*next) == Kind::Lower)
            }
            _ => false,
        };
        if begins {
            push_space(&mut folded);
        }
        push_folded(&mut folded, character);
        before = kind;
    }
    folded.truncate(folded.trim_end().len());
    folded
}

fn push_space(folded: &mut String) {
    if !folded.is_empty() && !folded.ends_with(' ') {
        folded.push(' ');
    }
}

fn push_folded(folded: &mut String, character: char) {
    if character.is_ascii() {
        folded.push(character.to_ascii_lowercase());
        return;
    }
    for lower in character.to_lowercase() {
        match FOLDS.iter().find(|(_, variants)| variants.contains(lower)) {
            Some((plain, _)) => folded.push_str(plain),
            None if is_dropped(lower) => {}
            None => folded.push(lower),
        }
    }
}

/// Full-width forms are ordinary ones.
fn halve(character: char) -> char {
    match character {
        '\u{ff01}'..='\u{ff5e}' => {
            let code = u32::from(character).saturating_sub(0xfee0);
            char::from_u32(code).unwrap_or(character)
        }
        _ => character,
    }
}

/// Marks over and under letters, vowel points, what only steers the display.
fn is_dropped(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{640}'
            | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
    )
}

fn kind_of(character: char) -> Kind {
    // Signs of the Indic scripts and Thai are parts of words, though not all of them are letters.
    if matches!(character, '\u{900}'..='\u{dff}' | '\u{e00}'..='\u{eff}') {
        Kind::Lower
    } else if character.is_numeric() && !matches!(character, 'º' | '一'..='龥') {
        Kind::Digit
    } else if character.is_uppercase() {
        Kind::Upper
    } else if character.is_alphabetic() || character == '°' {
        Kind::Lower
    } else {
        Kind::Space
    }
}

/// Whether a script writes without spaces, so that every place in it may be the end of a word.
pub(super) fn is_unspaced(character: char) -> bool {
    matches!(
        character,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
            | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_style_become_the_same_words() {
        for name in [
            "cardNumber",
            "card_number",
            "card-number",
            "CardNumber",
            "CARD_NUMBER",
            "card.number",
            "card[number]",
        ] {
            assert_eq!(fold_name(name), "card number", "{name}");
        }
        assert_eq!(fold_name("kartenNr"), "karten nr");
        assert_eq!(fold_name("numeroTarjeta"), "numero tarjeta");
        assert_eq!(fold_name("txtCVVCode2"), "txt cvv code 2");
        assert_eq!(fold_name("ctl00$Main$tbCardNum"), "ctl 00 main tb card num");
    }

    #[test]
    fn accents_width_and_case_make_no_difference() {
        assert_eq!(fold_prose("Numéro de carte"), "numero de carte");
        assert_eq!(fold_prose("Nume\u{301}ro"), "numero");
        assert_eq!(fold_prose("Prüfziffer / Straße"), "prufziffer strasse");
        assert_eq!(fold_prose("ＣＶＶ"), "cvv");
        assert_eq!(fold_prose("N° de carte"), "no de carte");
        assert_eq!(fold_prose("Card #"), "card no");
        assert_eq!(fold_prose("ΑΡΙΘΜΌΣ Κάρτας"), "αριθμοσ καρτασ");
        assert_eq!(fold_prose("İstanbul IŞIK"), "istanbul isik");
        assert_eq!(fold_prose("C.V.V."), "c v v");
        assert_eq!(fold_prose("  "), "");
    }

    #[test]
    fn scripts_keep_their_signs() {
        assert_eq!(fold_prose("कार्ड नंबर"), "कार्ड नंबर");
        assert_eq!(fold_prose("カード番号"), "カード番号");
        assert_eq!(fold_prose("بِطاقة"), "بطاقه");
    }
}
