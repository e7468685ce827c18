//! JSON with its places: what is imported is told by line, so every value keeps where it stands. Stricter than most
//! readers: a key said twice is a mistake, since two programs would read two things.

use std::collections::HashSet;

/// How deep values may stand in each other; what people and their tools write stays far below.
const DEEPEST: usize = 128;

/// A value and where it begins, in bytes of the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub at: usize,
    pub what: What,
}

/// What a value is. A number keeps its digits: what it is worth is for whoever reads it to say.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    Null,
    Truth(bool),
    Number(String),
    Text(String),
    List(Vec<Node>),
    Table(Vec<(String, Node)>),
}

impl What {
    /// As others have it; a number that they cannot hold is its digits.
    pub fn value(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Truth(truth) => (*truth).into(),
            Self::Number(digits) => serde_json::from_str(digits).unwrap_or_else(|_| digits.as_str().into()),
            Self::Text(text) => text.as_str().into(),
            Self::List(items) => items.iter().map(|item| item.what.value()).collect(),
            Self::Table(entries) => {
                serde_json::Value::Object(entries.iter().map(|(key, node)| (key.clone(), node.what.value())).collect())
            }
        }
    }

    /// What it is called in a sentence.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Truth(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Table(_) => "an object",
        }
    }
}

/// Where a text stops to be JSON, and why. Says nothing of the values: they may be secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    pub at: usize,
    pub why: String,
}

/// Reads the one value that `text` is.
pub(super) fn parse(text: &str) -> Result<Node, Broken> {
    let mut reader = Reader { text, at: if text.starts_with('\u{feff}') { 3 } else { 0 } };
    reader.blank();
    let node = reader.value(0)?;
    reader.blank();
    if reader.at < text.len() { Err(reader.broken("there is more behind its end")) } else { Ok(node) }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn broken(&self, why: &str) -> Broken {
        let why = if self.at >= self.text.len() { "it ends too early: it is cut off, or empty" } else { why };
        Broken { at: self.at.min(self.text.len()), why: why.to_owned() }
    }

    fn next(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blank(&mut self) {
        while matches!(self.next(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn is(&mut self, wanted: u8) -> bool {
        let is = self.next() == Some(wanted);
        self.at += usize::from(is);
        is
    }

    fn value(&mut self, depth: usize) -> Result<Node, Broken> {
        if depth > DEEPEST {
            return Err(self.broken("values stand in each other more than 128 deep"));
        }
        let at = self.at;
        let what = match self.next() {
            Some(b'{') => self.table(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => What::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => What::Number(self.number()?),
            _ => self.word()?,
        };
        Ok(Node { at, what })
    }

    fn word(&mut self) -> Result<What, Broken> {
        let words = [("null", What::Null), ("true", What::Truth(true)), ("false", What::Truth(false))];
        for (word, what) in words {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(what);
            }
        }
        Err(self.broken("a value is wanted here"))
    }

    fn table(&mut self, depth: usize) -> Result<What, Broken> {
        self.at += 1;
        let (mut entries, mut seen) = (Vec::new(), HashSet::new());
        self.blank();
        if self.is(b'}') {
            return Ok(What::Table(entries));
        }
        loop {
            self.blank();
            let begin = self.at;
            if self.next() != Some(b'"') {
                return Err(self.broken("a key in quotes is wanted here"));
            }
            let key = self.string()?;
            if !seen.insert(key.clone()) {
                return Err(Broken { at: begin, why: format!("the key `{key}` is said twice in one object") });
            }
            self.blank();
            if !self.is(b':') {
                return Err(self.broken("a colon is wanted behind the key"));
            }
            self.blank();
            entries.push((key, self.value(depth + 1)?));
            self.blank();
            if self.is(b'}') {
                return Ok(What::Table(entries));
            }
            if !self.is(b',') {
                return Err(self.broken("a comma or the object's end is wanted here"));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<What, Broken> {
        self.at += 1;
        let mut items = Vec::new();
        self.blank();
        if self.is(b']') {
            return Ok(What::List(items));
        }
        loop {
            self.blank();
            items.push(self.value(depth + 1)?);
            self.blank();
            if self.is(b']') {
                return Ok(What::List(items));
            }
            if !self.is(b',') {
                return Err(self.broken("a comma or the list's end is wanted here"));
            }
        }
    }

    fn string(&mut self) -> Result<String, Broken> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find(|c: char| c == '"' || c == '\\' || c < ' ').unwrap_or(rest.len());
            text.push_str(&rest[..plain]);
            self.at += plain;
            match self.next() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escaped()?),
                _ => return Err(self.broken("a text must not hold a line's end or another control character")),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, Broken> {
        self.at += 1;
        let plain = match self.next() {
            Some(b'u') => return self.numbered(),
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            _ => return Err(self.broken("no such escape")),
        };
        self.at += 1;
        Ok(plain)
    }

    fn numbered(&mut self) -> Result<char, Broken> {
        let first = self.four()?;
        if !(0xd800..0xe000).contains(&first) {
            return char::from_u32(first).ok_or_else(|| self.broken("no such character"));
        }
        let is_high = first < 0xdc00 && self.text[self.at..].starts_with("\\u");
        if is_high {
            self.at += 1;
            let second = self.four()?;
            if (0xdc00..0xe000).contains(&second) {
                let number = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return char::from_u32(number).ok_or_else(|| self.broken("no such character"));
            }
        }
        Err(self.broken("half of a character"))
    }

    /// The four digits behind the `u` that is next.
    fn four(&mut self) -> Result<u32, Broken> {
        self.at += 1;
        let digits = self.text.get(self.at..self.at + 4).filter(|digits| digits.bytes().all(|c| c.is_ascii_hexdigit()));
        let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let number = number.ok_or_else(|| self.broken("four hexadecimal digits are wanted here"))?;
        self.at += 4;
        Ok(number)
    }

    fn number(&mut self) -> Result<String, Broken> {
        let begin = self.at;
        let _ = self.is(b'-');
        let leading = self.next();
        let whole = self.digits()?;
        if whole > 1 && leading == Some(b'0') {
            return Err(self.broken("a number does not begin with 0"));
        }
        if self.is(b'.') {
            self.digits()?;
        }
        if self.is(b'e') || self.is(b'E') {
            let _ = self.is(b'+') || self.is(b'-');
            self.digits()?;
        }
        Ok(self.text[begin..self.at].to_owned())
    }

    fn digits(&mut self) -> Result<usize, Broken> {
        let begin = self.at;
        while matches!(self.next(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == begin { Err(self.broken("a digit is wanted here")) } else { Ok(self.at - begin) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn why(text: &str) -> (usize, String) {
        let broken = parse(text).expect_err("it is no JSON");
        (broken.at, broken.why)
    }

    /// The same value as `serde_json` reads it; numbers by their digits.
    fn plain(node: &Node) -> serde_json::Value {
        match &node.what {
            What::Null => serde_json::Value::Null,
            What::Truth(truth) => (*truth).into(),
            What::Number(digits) => serde_json::from_str(digits).expect("a number"),
            What::Text(text) => text.as_str().into(),
            What::List(items) => items.iter().map(plain).collect(),
            What::Table(entries) => {
                serde_json::Value::Object(entries.iter().map(|(key, node)| (key.clone(), plain(node))).collect())
            }
        }
    }

    #[test]
    fn what_is_broken_is_told_with_its_place() {
        assert_eq!(why("").0, 0);
        assert_eq!(why("{\"a\": [1, 2").1, "it ends too early: it is cut off, or empty");
        assert_eq!(why("{\"a\": 1, \"a\": 2}"), (9, "the key `a` is said twice in one object".to_owned()));
        assert_eq!(why("[1] x").0, 4);
        assert_eq!(why("[01]").1, "a number does not begin with 0");
        assert_eq!(why("\"\\ud800\"").1, "half of a character");
        assert_eq!(why("[\"a\nb\"]").0, 3);
        assert_eq!(why("{a: 1}").1, "a key in quotes is wanted here");
        assert!(why(&"[".repeat(100_000)).1.contains("128 deep"));
        assert!(why(&"{\"a\":".repeat(100_000)).1.contains("128 deep"));
    }

    #[test]
    fn numbers_keep_their_digits_and_texts_their_characters() {
        let huge = "9".repeat(400);
        assert_eq!(parse(&huge).expect("a number").what, What::Number(huge));
        assert_eq!(parse("-1.5e+400").expect("a number").what, What::Number("-1.5e+400".to_owned()));
        assert_eq!(parse("\u{feff}\"\\ud83d\\ude80\\u00e9\\n\"").expect("a text").what, What::Text("🚀é\n".to_owned()));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(.|[\\[\\]{}\",:0-9eE.+-]|\\\\u|null|true|\n){0,80}") {
            if let Err(broken) = parse(&text) {
                prop_assert!(broken.at <= text.len());
            }
        }

        #[test]
        fn what_others_read_is_read_the_same(value in json()) {
            let text = value.to_string();
            prop_assert_eq!(plain(&parse(&text).expect("JSON")), value);
            for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
                let is_number = text[..end].parse::<f64>().is_ok();
                prop_assert!(is_number || parse(&text[..end]).is_err(), "cut at {}", end);
            }
        }
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            ".{0,8}".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                proptest::collection::btree_map(".{0,4}", inner, 0..4)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }
}
