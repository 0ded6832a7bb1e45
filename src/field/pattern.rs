//! The small language of the phrase tables, and its matcher.
//!
//! Owns how a phrase is compared with a folded text (`text.rs`). A phrase is parts with spaces between them, a part one
//! or more words with `|` between them:
//!
//! * `card|cc number|num`: one of the first, then one of the second. The space may be missing in the text, so this is
//!   found in `ccnum` too. A phrase begins and ends where words do.
//! * `*karte`, in the first part: anything may stand before it in its word. `expir*`: anything behind it.
//! * `de|`: the part may be missing. `~`: up to three words may stand here.
//! * `=number`: nothing else is in the text.
//!
//! There is no look-around. Scripts that write without spaces have the end of a word everywhere.

use super::text::is_unspaced;

/// Words that may stand at `~`.
const MOST_GAP_WORDS: usize = 3;

/// A folded text, and where words begin in it.
pub(super) struct Words {
    text: String,
    starts: Vec<usize>,
    /// First bytes of words, and of all characters: most phrases are settled by these.
    first_bytes: Bytes,
    all_bytes: Bytes,
}

/// A set of bytes.
#[derive(Default, Clone, Copy)]
struct Bytes([u128; 2]);

impl Bytes {
    fn of(text: &str, starts: impl Iterator<Item = usize>) -> Self {
        let mut set = Self::default();
        for byte in starts.filter_map(|at| text.as_bytes().get(at)) {
            let [low, high] = &mut set.0;
            *(if *byte < 128 { low } else { high }) |= 1_u128 << (byte & 127);
        }
        set
    }

    const fn has(&self, byte: u8) -> bool {
        let [low, high] = self.0;
        (if byte < 128 { low } else { high }) >> (byte & 127) & 1 == 1
    }
}

impl Words {
    /// Of a text that `text.rs` folded.
    pub(super) fn new(text: String) -> Self {
        let starts: Vec<usize> = text
            .char_indices()
            .filter(|(at, character)| *character != ' ' && is_boundary(&text, *at))
            .map(|(at, _)| at)
            .collect();
        let first_bytes = Bytes::of(&text, starts.iter().copied());
        let all_bytes = Bytes::of(&text, text.char_indices().map(|(at, _)| at));
        Self { text, starts, first_bytes, all_bytes }
    }

    /// Whether some word of the phrase's first part begins with a byte that words of the text begin with.
    fn may_begin(&self, phrase: &str) -> bool {
        let mut is_start = true;
        let mut is_loose = false;
        for byte in phrase.bytes() {
            match byte {
                b'=' if is_start => {}
                b'*' if is_start => is_loose = true,
                // A word that may be missing.
                b'|' | b' ' if is_start => return true,
                b'|' => (is_start, is_loose) = (true, false),
                b' ' => return false,
                _ if is_start => {
                    if (if is_loose { &self.all_bytes } else { &self.first_bytes }).has(byte) {
                        return true;
                    }
                    is_start = false;
                }
                _ => {}
            }
        }
        false
    }

    /// How many words.
    pub(super) fn count(&self) -> usize {
        self.text.split(' ').filter(|word| !word.is_empty()).count()
    }

    /// Its first words.
    pub(super) fn first(&self, words: usize) -> Self {
        match self.text.match_indices(' ').nth(words.saturating_sub(1)) {
            Some((end, _)) => Self::new(self.text.get(..end).unwrap_or_default().to_owned()),
            None => Self { text: self.text.clone(), starts: self.starts.clone(), ..*self },
        }
    }

    /// Whether one of the phrases is in the text.
    pub(super) fn has_any(&self, phrases: &[&str]) -> bool {
        !self.text.is_empty() && phrases.iter().any(|phrase| self.has(phrase))
    }

    /// Whether the phrase is in the text.
    pub(super) fn has(&self, phrase: &str) -> bool {
        let text = self.text.as_str();
        if !self.may_begin(phrase) {
            return false;
        }
        if let Some(whole) = phrase.strip_prefix('=') {
            return goes_on(text, 0, whole, Place { in_word: false, to_the_end: true });
        }
        let place = Place { in_word: false, to_the_end: false };
        if self.starts.iter().any(|at| goes_on(text, *at, phrase, place)) {
            return true;
        }
        let first = phrase.split(' ').next().unwrap_or_default();
        let in_words = first.starts_with('*') || first.contains("|*");
        in_words
            && text.char_indices().any(|(at, _)| goes_on(text, at, phrase, Place { in_word: true, ..place }))
    }
}

#[derive(Clone, Copy)]
struct Place {
    /// The phrase would begin in the middle of a word.
    in_word: bool,
    /// It must reach to the end of the text.
    to_the_end: bool,
}

/// Whether all parts follow each other from here on.
fn goes_on(text: &str, at: usize, phrase: &str, place: Place) -> bool {
    let (part, rest) = match phrase.split_once(' ') {
        Some((part, rest)) => (part, Some(rest)),
        None => (phrase, None),
    };
    if part == "~" {
        return rest.is_some_and(|rest| after_gap(text, at, rest, place));
    }
    part.split('|').any(|word| {
        if place.in_word && !word.starts_with('*') {
            return false;
        }
        let letters = word.trim_matches('*');
        let Some(behind) = text.get(at..).and_then(|tail| tail.strip_prefix(letters)) else { return false };
        let end = text.len().saturating_sub(behind.len());
        let word_end = end.saturating_add(behind.find(' ').unwrap_or(behind.len()));
        follows(text, end, rest, place) || word.ends_with('*') && follows(text, word_end, rest, place)
    })
}

fn follows(text: &str, end: usize, rest: Option<&str>, place: Place) -> bool {
    match rest {
        Some(rest) => {
            let next = if text.get(end..).is_some_and(|tail| tail.starts_with(' ')) { 1 } else { 0 };
            goes_on(text, end.saturating_add(next), rest, Place { in_word: false, ..place })
        }
        None if place.to_the_end => end == text.len(),
        None => is_boundary(text, end),
    }
}

fn after_gap(text: &str, at: usize, rest: &str, place: Place) -> bool {
    let mut at = at;
    for _ in 0..=MOST_GAP_WORDS {
        if goes_on(text, at, rest, place) {
            return true;
        }
        let Some(space) = text.get(at..).and_then(|tail| tail.find(' ')) else { return false };
        at = at.saturating_add(space).saturating_add(1);
    }
    false
}

fn is_boundary(text: &str, at: usize) -> bool {
    let before = text.get(..at).and_then(|head| head.chars().next_back());
    let behind = text.get(at..).and_then(|tail| tail.chars().next());
    match (before, behind) {
        (Some(before), Some(behind)) => {
            before == ' ' || behind == ' ' || is_unspaced(before) || is_unspaced(behind)
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(phrase: &str, text: &str) -> bool {
        Words::new(text.to_owned()).has(phrase)
    }

    #[test]
    fn parts_may_be_glued_and_words_are_whole() {
        for text in ["cc num", "ccnum", "the card number", "cardnumber", "card number required"] {
            assert!(is_in("card|cc number|num", text), "{text}");
        }
        for text in ["accnum", "cc numeral", "number card", "ccn um"] {
            assert!(!is_in("card|cc number|num", text), "{text}");
        }
    }

    #[test]
    fn stars_open_a_word_on_their_side_only() {
        assert!(is_in("*karten nummer", "kreditkartennummer"));
        assert!(is_in("*karten nummer", "kreditkarten nummer"));
        assert!(!is_in("cid", "cidade"));
        assert!(!is_in("cid", "acid"));
        assert!(is_in("expir* month", "expiration month"));
        assert!(is_in("expir*", "expires"));
        assert!(!is_in("*karte|nr x", "anr x"));
    }

    #[test]
    fn gaps_and_missing_parts_are_short() {
        assert!(is_in("numero ~ carte", "numero de la carte"));
        assert!(is_in("numero ~ carte", "numero carte"));
        assert!(!is_in("numero ~ carte", "numero un deux trois quatre carte"));
        assert!(is_in("code|kod of| card", "code card"));
    }

    #[test]
    fn an_equals_sign_wants_the_whole_text() {
        assert!(is_in("=mm yy|yyyy", "mm yyyy"));
        assert!(!is_in("=mm yy|yyyy", "dd mm yyyy"));
        assert!(!is_in("=number", "phone number"));
    }

    #[test]
    fn scripts_without_spaces_have_the_end_of_a_word_everywhere() {
        assert!(is_in("カード 番号", "クレジットカード番号を入力"));
        assert!(is_in("卡号", "信用卡号"));
    }
}
