//! Values of others on their way into a page or a note.

/// `value` as HTML text or attribute value: the five characters of markup become references, characters that no page may
/// hold and those that reorder or hide text are left out, and it is cut to `most_characters`.
pub(super) fn html(value: &str, most_characters: usize) -> String {
    let mut escaped = String::with_capacity(value.len());
    for character in clip(value, most_characters).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// `value` as a piece of one line, cut to `most_characters`.
pub(super) fn line(value: &str, most_characters: usize) -> String {
    clip(value, most_characters)
}

/// One line of visible characters; a cut shows as an ellipsis.
fn clip(value: &str, most_characters: usize) -> String {
    let visible = value.chars().map(|character| if character.is_whitespace() { ' ' } else { character });
    let mut visible = visible.filter(|character| !character.is_control() && !is_invisible(*character));
    let mut text: String = visible.by_ref().take(most_characters).collect();
    if visible.next().is_some() {
        text.push('…');
    }
    text
}

/// Zero-width characters, the marks, embeddings and isolates that change the direction of text (Unicode Standard Annex 9), and
/// the line and paragraph separators.
const fn is_invisible(character: char) -> bool {
    matches!(character, '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::{html, line};
    use proptest::prelude::*;

    #[test]
    fn markup_becomes_text() {
        assert_eq!(
            html("<b title='x' a=\"y\">&</b>", 99),
            "&lt;b title=&#39;x&#39; a=&quot;y&quot;&gt;&amp;&lt;/b&gt;"
        );
    }

    #[test]
    fn text_that_hides_or_reorders_is_left_out() {
        assert_eq!(line("a\u{202e}b\u{0}c\nd\u{2028}e\u{200b}", 99), "abc d e");
    }

    #[test]
    fn long_values_are_cut() {
        assert_eq!(line("abcdef", 3), "abc…");
        assert_eq!(line("abc", 3), "abc");
    }

    proptest! {
        #[test]
        fn nothing_can_leave_its_place(value in any::<String>()) {
            let escaped = html(&value, 500);
            let dangerous = ['<', '>', '"', '\'', '\n', '\r', '\0'];
            prop_assert!(!escaped.contains(dangerous));
            prop_assert_eq!(line(&value, 500).lines().count() <= 1, true);
        }
    }
}
