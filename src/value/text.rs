//! A typed text in plain form: one byte per character, groups of digits and what joins them.
//!
//! Owns which characters are digits, letters and separators, in any script people type numbers in. The plain form is
//! wiped when it is dropped and never grows, so that no copy is left behind. Must never print what it holds.

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Separators in a row that may stand between two groups of one number: " - ", or a line break with an indentation.
const LONGEST_GAP_BYTES: usize = 4;

/// The fewest digits any value has: an Indian PAN has four.
const FEWEST_DIGITS: usize = 4;

/// The most digits of one number: a card's, ISO/IEC 7812-1.
pub(super) const MOST_DIGITS: usize = 19;

/// The most digits of a telephone number with its country code, ITU-T E.164.
const LONGEST_TELEPHONE_DIGITS: usize = 15;

/// Characters before and behind a number in which a word counts as beside it: a label with an article and a colon, or
/// the line above.
const BEFORE_BYTES: usize = 40;
const BEHIND_BYTES: usize = 20;

/// A letter outside of A to Z.
pub(super) const OTHER_LETTER: u8 = b'w';

/// Digit zero of the scripts whose digits phones and desktops type (Unicode, category Nd): Arabic, Persian, Devanagari,
/// Bengali, Gujarati, Tamil, Telugu, Thai, fullwidth.
const ZEROS: [u32; 9] = [0x0660, 0x06F0, 0x0966, 0x09E6, 0x0AE6, 0x0BE6, 0x0C66, 0x0E50, 0xFF10];

/// What joins a group of digits to the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joint {
    /// Nothing: another number begins.
    Apart,
    Space,
    Dash,
    Dot,
    Slash,
    /// A line break.
    Line,
    /// Several kinds, in a stretch of groups.
    Mixed,
}

/// Digits in a row: bytes `from` to before `to`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) joint: Joint,
}

impl Group {
    pub(super) const fn len(&self) -> usize {
        self.to.saturating_sub(self.from)
    }
}

/// The digits of one number.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct Digits {
    cells: [u8; MOST_DIGITS],
    count: usize,
}

impl Digits {
    pub(super) const fn new() -> Self {
        Self { cells: [0; MOST_DIGITS], count: 0 }
    }

    fn push(&mut self, digit: u8) {
        if let Some(cell) = self.cells.get_mut(self.count) {
            *cell = digit;
            self.count = self.count.saturating_add(1);
        }
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        self.cells.get(..self.count).unwrap_or_default()
    }

    /// The number that the digits `from` to before `to` are.
    pub(super) fn number(&self, from: usize, to: usize) -> u64 {
        number(self.as_slice().get(from..to).unwrap_or_default())
    }
}

/// The number that digits are.
pub(super) fn number(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |number: u64, digit| number.saturating_mul(10).saturating_add(u64::from(*digit)))
}

/// A text in plain form.
pub(super) struct Text {
    bytes: Zeroizing<Vec<u8>>,
    groups: Vec<Group>,
    digits: usize,
}

impl Text {
    pub(super) fn new(text: &str) -> Self {
        let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
        // Every character has at least one byte, so the plain form fits and never moves.
        bytes.extend(text.chars().filter_map(plain));
        let mut text = Self { bytes, groups: Vec::new(), digits: 0 };
        text.group();
        text
    }

    fn group(&mut self) {
        let mut open: Option<usize> = None;
        for (at, byte) in self.bytes.iter().copied().chain([b' ']).enumerate() {
            match (byte.is_ascii_digit(), open) {
                (true, None) => open = Some(at),
                (false, Some(from)) => {
                    let before = self.groups.last().map(|group| group.to);
                    let gap = before.and_then(|before| self.bytes.get(before..from));
                    let joint = gap.map_or(Joint::Apart, joint);
                    self.groups.push(Group { from, to: at, joint });
                    self.digits = self.digits.saturating_add(at.saturating_sub(from));
                    open = None;
                }
                _ => {}
            }
        }
    }

    pub(super) const fn may_hold_a_value(&self) -> bool {
        self.digits >= FEWEST_DIGITS
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The byte before position `at`.
    pub(super) fn before(&self, at: usize) -> Option<u8> {
        self.bytes.get(at.checked_sub(1)?).copied()
    }

    /// The byte at position `at`.
    pub(super) fn at(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    /// Whether a letter touches the bytes `from` to before `to`.
    pub(super) fn touches_letter(&self, from: usize, to: usize) -> bool {
        self.before(from).is_some_and(is_letter) || self.at(to).is_some_and(is_letter)
    }

    /// The windows of groups that begin with group `first` and hold at most [`MOST_DIGITS`] digits, the shortest first.
    pub(super) fn windows(&self, first: usize) -> impl Iterator<Item = Window<'_>> {
        let groups = self.groups.get(first..).unwrap_or_default();
        let mut joint = None;
        let mut length: usize = 0;
        groups.iter().enumerate().map_while(move |(index, group)| {
            if index > 0 {
                if group.joint == Joint::Apart {
                    return None;
                }
                joint = Some(merge(joint, group.joint));
            }
            length = length.saturating_add(group.len());
            if length > MOST_DIGITS {
                return None;
            }
            let end = first.saturating_add(index).saturating_add(1);
            Some(Window { text: self, first, end, joint: joint.unwrap_or(Joint::Apart), length })
        })
    }

    /// Whether one of `words` stands beside the bytes `from` to before `to`, with no other number between. A word that
    /// ends with `=` has to stand directly before it.
    pub(super) fn beside(&self, from: usize, to: usize, words: &[&str]) -> bool {
        let before = self.bytes.get(from.saturating_sub(BEFORE_BYTES)..from).unwrap_or_default();
        let before = before.rsplit(u8::is_ascii_digit).next().unwrap_or_default();
        let end = to.saturating_add(BEHIND_BYTES).min(self.bytes.len());
        let behind = self.bytes.get(to..end).unwrap_or_default();
        let behind = behind.split(u8::is_ascii_digit).next().unwrap_or_default();
        let letters =
            before.iter().rposition(|byte| is_letter(*byte)).map_or(0, |last| last.saturating_add(1));
        let directly_before = before.get(..letters).unwrap_or_default();
        words.iter().any(|word| match word.strip_suffix('=') {
            Some(word) => holds_at_end(directly_before, word.as_bytes()),
            None => holds(before, word.as_bytes()) || holds(behind, word.as_bytes()),
        })
    }
}

/// Groups that may be one number.
pub(super) struct Window<'text> {
    text: &'text Text,
    first: usize,
    end: usize,
    /// The one kind that joins them; [`Joint::Apart`] if it is a single group.
    pub(super) joint: Joint,
    /// Digits in all.
    pub(super) length: usize,
}

impl Window<'_> {
    pub(super) fn groups(&self) -> &[Group] {
        self.text.groups.get(self.first..self.end).unwrap_or_default()
    }

    /// A copy of the digits, for one look at them.
    pub(super) fn digits(&self) -> Digits {
        let mut digits = Digits::new();
        for group in self.groups() {
            for byte in self.text.bytes.get(group.from..group.to).unwrap_or_default() {
                digits.push(byte.wrapping_sub(b'0'));
            }
        }
        digits
    }

    /// Lengths of the groups.
    pub(super) fn shape(&self) -> impl Iterator<Item = usize> + Clone {
        self.groups().iter().map(Group::len)
    }

    pub(super) fn from(&self) -> usize {
        self.groups().first().map_or(0, |group| group.from)
    }

    pub(super) fn to(&self) -> usize {
        self.groups().last().map_or(0, |group| group.to)
    }

    /// Whether it lies in a telephone number: a plus sign begins its row of groups, and up to its end that row is no
    /// longer than telephone numbers are.
    pub(super) fn is_telephone(&self) -> bool {
        let before = self.text.groups.get(..=self.first).unwrap_or_default();
        let row = before.iter().rposition(|group| group.joint == Joint::Apart).unwrap_or_default();
        let row = self.text.groups.get(row..self.end).unwrap_or_default();
        let digits = row.iter().map(Group::len).fold(0, usize::saturating_add);
        let begins = row.first().map_or(0, |group| group.from);
        let before = self.text.bytes.get(..begins).unwrap_or_default();
        let sign = before.iter().rev().find(|byte| !matches!(byte, b' ' | b'('));
        digits <= LONGEST_TELEPHONE_DIGITS && sign == Some(&b'+')
    }

    /// Whether no further group belongs to the same number: what is beside it is joined by a blank or a line break
    /// where these are not.
    pub(super) fn stands_alone(&self) -> bool {
        let before = self.groups().first().map_or(Joint::Apart, |group| group.joint);
        let behind = self.text.groups.get(self.end).map_or(Joint::Apart, |group| group.joint);
        [before, behind].into_iter().all(|beside| match beside {
            Joint::Apart => true,
            Joint::Space | Joint::Line => !matches!(self.joint, Joint::Mixed) && beside != self.joint,
            _ => false,
        })
    }
}

/// One kind of joint for a stretch of groups. A number may be split over a line break, whatever else joins its groups.
fn merge(so_far: Option<Joint>, next: Joint) -> Joint {
    match (so_far, next) {
        (None | Some(Joint::Line), next) => next,
        (Some(so_far), Joint::Line) => so_far,
        (Some(so_far), next) if so_far == next => so_far,
        _ => Joint::Mixed,
    }
}

fn joint(gap: &[u8]) -> Joint {
    if gap.len() > LONGEST_GAP_BYTES {
        return Joint::Apart;
    }
    let count = |kind: u8| gap.iter().filter(|byte| **byte == kind).count();
    let (spaces, lines, dashes) = (count(b' '), count(b'\n'), count(b'-'));
    let (dots, slashes) = (count(b'.'), count(b'/'));
    if spaces.saturating_add(lines).saturating_add(dashes).saturating_add(dots).saturating_add(slashes)
        < gap.len()
    {
        return Joint::Apart;
    }
    match (lines, dashes, dots, slashes) {
        (1.., _, 0, 0) => Joint::Line,
        (0, 0, 0, 0) => Joint::Space,
        (0, 1.., 0, 0) => Joint::Dash,
        // With a blank behind it, a dot ends a sentence.
        (0, 0, 1, 0) if spaces == 0 => Joint::Dot,
        (0, 0, 0, 1) => Joint::Slash,
        _ => Joint::Apart,
    }
}

pub(super) const fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic()
}

pub(super) const fn is_letter_or_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// Whether `word` stands in `text`, with no letter on either side.
fn holds(text: &[u8], word: &[u8]) -> bool {
    let mut starts = text.windows(word.len().max(1)).enumerate().filter(|(_, part)| *part == word);
    starts.any(|(at, _)| {
        let before = at.checked_sub(1).and_then(|at| text.get(at));
        let behind = text.get(at.saturating_add(word.len()));
        !before.is_some_and(|byte| is_letter(*byte)) && !behind.is_some_and(|byte| is_letter(*byte))
    })
}

/// Whether `text` ends with `word`, with no letter before it.
fn holds_at_end(text: &[u8], word: &[u8]) -> bool {
    text.strip_suffix(word).is_some_and(|before| !before.last().is_some_and(|byte| is_letter(*byte)))
}

/// The plain form of a character; `None` if it is invisible.
fn plain(character: char) -> Option<u8> {
    let code = u32::from(character);
    if let Ok(byte) = u8::try_from(code)
        && byte.is_ascii()
    {
        return Some(match byte {
            b'a'..=b'z' => byte.to_ascii_uppercase(),
            b'0'..=b'9' | b'A'..=b'Z' | b'-' | b'.' | b'/' | b'+' | b'\n' | b'(' => byte,
            b'\r' | 0x0B | 0x0C => b'\n',
            b'\t' | b' ' => b' ',
            b'_' => b'-',
            _ => b'?',
        });
    }
    match code {
        // Soft hyphen, zero-width and direction marks, byte order mark.
        0xAD | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x2064 | 0x2066..=0x2069 | 0xFEFF => None,
        0x85 | 0x2028 | 0x2029 => Some(b'\n'),
        // Hyphens, dashes, minus signs.
        0x2010..=0x2015 | 0x2043 | 0x2212 | 0xFE58 | 0xFE63 | 0xFF0D => Some(b'-'),
        // Middle dots, bullets, fullwidth full stop.
        0xB7 | 0x2022 | 0x2024 | 0x2219 | 0x30FB | 0xFF0E => Some(b'.'),
        0x2044 | 0x2215 | 0xFF0F => Some(b'/'),
        0xFF0B => Some(b'+'),
        0xFF21..=0xFF3A => letter(code.wrapping_sub(0xFF21)),
        0xFF41..=0xFF5A => letter(code.wrapping_sub(0xFF41)),
        _ => ZEROS
            .iter()
            .map(|zero| code.wrapping_sub(*zero))
            .find(|digit| *digit < 10)
            .and_then(|digit| u8::try_from(digit).ok())
            .map(|digit| digit.wrapping_add(b'0'))
            .or(Some(if character.is_alphabetic() {
                OTHER_LETTER
            } else if character.is_whitespace() {
                b' '
            } else {
                b'?'
            })),
    }
}

fn letter(index: u32) -> Option<u8> {
    u8::try_from(index).ok().map(|index| index.wrapping_add(b'A'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_and_separator_has_a_plain_form() {
        let text = Text::new("４１ ٤١\u{a0}۴۱–४१．ab\u{200b}Ｃé½");
        assert_eq!(text.bytes(), b"41 41 41-41.ABCw?");
    }

    #[test]
    fn what_joins_groups_is_what_stands_between_them() {
        let text = Text::new("1 2-3 - 4.5/6\r\n  7. 8,9     0");
        let joints: Vec<Joint> = text.groups().iter().map(|group| group.joint).collect();
        use Joint::{Apart, Dash, Dot, Line, Slash, Space};
        assert_eq!(joints, [Apart, Space, Dash, Dash, Dot, Slash, Line, Apart, Apart, Apart]);
    }

    #[test]
    fn the_plain_form_never_moves() {
        for text in ["", "4111 1111", "ﬀﬀﬀ", "\u{10ffff}\u{200b}é4"] {
            assert!(Text::new(text).bytes.len() <= text.len());
        }
    }

    #[test]
    fn a_word_is_beside_only_as_a_whole() {
        let text = Text::new("my ssn: 123456789 and passing");
        assert!(text.beside(8, 17, &["SSN"]));
        assert!(!text.beside(8, 17, &["SS", "PASS", "SIN"]));
        assert!(text.beside(8, 17, &["SSN="]));
        assert!(!text.beside(8, 17, &["MY=", "SN=", "AND="]));
        assert!(!Text::new("ssn of 2: 123456789").beside(10, 19, &["SSN"]), "another number lies between");
    }
}
