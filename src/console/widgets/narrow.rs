//! A list narrowed to what holds the words typed. Quick enough for ten thousand rows at every key.

/// What a list is narrowed to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrow {
    text: String,
    words: Vec<String>,
    shown: usize,
    of: usize,
}

impl Narrow {
    /// Narrows to `text`; nothing typed takes all. `false` when it is the same as before.
    pub fn set(&mut self, text: &str) -> bool {
        if self.text == text {
            return false;
        }
        self.text = text.to_owned();
        self.words = text.split_whitespace().map(str::to_lowercase).collect();
        true
    }

    /// Whether it takes all.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether `text` holds every word, in any order and whatever their case.
    pub fn takes(&self, text: &str) -> bool {
        self.is_empty() || {
            let text = text.to_lowercase();
            self.words.iter().all(|word| text.contains(word.as_str()))
        }
    }

    /// Keeps of `items` what it takes, and remembers how many that were.
    pub fn keep<T>(&mut self, items: &mut Vec<T>, text_of: impl Fn(&T) -> String) {
        self.of = items.len();
        if !self.is_empty() {
            items.retain(|item| self.takes(&text_of(item)));
        }
        self.shown = items.len();
    }

    /// Remembers that `shown` of `of` are taken, for a list that keeps them itself.
    pub fn count(&mut self, shown: usize, of: usize) {
        (self.shown, self.of) = (shown, of);
    }

    /// `base`, and what it is narrowed to: `Runbook 6/17 · filter: orders (4 of 31)`.
    pub fn title(&self, base: &str) -> String {
        if self.is_empty() {
            return base.to_owned();
        }
        format!("{base} · filter: {} ({} of {})", self.text, self.shown, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_must_be_there_in_any_order_and_case() {
        let mut narrow = Narrow::default();
        assert!(narrow.takes("anything"), "nothing typed takes all");
        assert!(narrow.set("DB  orders"));
        assert!(narrow.takes("promote Orders-db") && !narrow.takes("promote catalog-db"));
        assert!(!narrow.set("DB  orders"), "it is the same");
    }

    #[test]
    fn the_title_says_how_many_are_left() {
        let mut narrow = Narrow::default();
        let mut items = vec!["api", "web", "orders-db", "catalog-db"];
        narrow.set("db");
        narrow.keep(&mut items, |item| (*item).to_owned());
        assert_eq!(items, ["orders-db", "catalog-db"]);
        assert_eq!(narrow.title("Components"), "Components · filter: db (2 of 4)");
        narrow.set(" ");
        assert_eq!(narrow.title("Components"), "Components");
    }
}
