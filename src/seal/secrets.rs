//! The values of a run, in memory only: opens tokens where something is sent, seals what comes back. What is found on
//! the way (a password in a task definition, a key that a program printed) is learnt for as long as the session lasts.

use super::blot::{Blotter, forms};
use super::key::Key;
use super::looks;
use super::scan::{self, As};
use super::token::{Part, Token, disarmed, is_ours, parts};
use crate::text::Clean;
use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

/// How many characters something must have that was only found, to be blotted out wherever it is said again: shorter
/// ones are words too.
const LEARNT: usize = 8;

/// A value that is never written down. It has no written form: only [`Secret::reveal`] gives it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Takes the value.
    pub fn new(value: &str) -> Self {
        Self(value.into())
    }

    /// The value itself, for where it is sent, and for what is made of it to find it again.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A value that a text waits for and that is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the value of {name} is not there: {why}")]
pub struct Missing {
    /// What it is called: `api.environment.DB_PASSWORD`.
    pub name: String,
    /// Why it is not there.
    pub why: String,
}

/// A value of a run, or why it is not there.
#[derive(Clone, Debug)]
pub struct Value {
    /// What stands for it.
    pub token: Token,
    /// What it is called.
    pub name: String,
    /// The value.
    pub value: Result<Secret, String>,
    /// Whether it is blotted out of what programs say; else only what looks like a secret in it is.
    pub blots: bool,
}

/// The values of a run.
pub struct Secrets {
    key: Key,
    known: HashMap<Token, Secret>,
    /// The values of the plan themselves.
    held: Vec<(Token, Secret)>,
    absent: Vec<(Token, Missing)>,
    blotter: Blotter,
    learnt: RwLock<HashMap<Token, Secret>>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets")
            .field("known", &self.known.len())
            .field("absent", &self.absent)
            .finish_non_exhaustive()
    }
}

impl Secrets {
    /// The values of a run whose key is `key`.
    pub fn new(key: Key, values: Vec<Value>) -> Self {
        let (mut known, mut told) = (HashMap::new(), HashMap::new());
        let (mut held, mut absent) = (Vec::new(), Vec::new());
        for Value { token, name, value, blots } in values {
            match value {
                Ok(secret) => {
                    for form in telling_parts(&secret, blots).iter().flat_map(|part| forms(part)) {
                        let token = key.token(&form);
                        known.insert(token.clone(), Secret::new(&form));
                        told.insert(form, token);
                    }
                    known.insert(token.clone(), secret.clone());
                    held.push((token, secret));
                }
                Err(why) => {
                    absent.push((token, Missing { name, why }));
                }
            }
        }
        Self { key, known, held, absent, blotter: Blotter::new(told), learnt: RwLock::default() }
    }

    /// What stands for `value`.
    pub fn token(&self, value: &str) -> Token {
        self.key.token(value)
    }

    /// The values that are not there, in the order of the plan.
    pub fn absent(&self) -> impl Iterator<Item = &Missing> {
        self.absent.iter().map(|(_, missing)| missing)
    }

    /// `text` with every token in it opened: for what is sent, and nothing else.
    ///
    /// # Errors
    /// [`Missing`], for the first value that is not there.
    pub fn open(&self, text: &str) -> Result<Secret, Missing> {
        let mut opened = String::with_capacity(text.len());
        for part in parts(text) {
            match part {
                Part::Plain(plain) => opened.push_str(plain),
                Part::Sealed(token) => opened.push_str(self.value(&token)?.reveal()),
            }
        }
        Ok(Secret(opened.into()))
    }

    /// Whether everything that `text` waits for is there.
    ///
    /// # Errors
    /// As [`Secrets::open`].
    pub fn has(&self, text: &str) -> Result<(), Missing> {
        let sealed = parts(text).into_iter().filter_map(|part| match part {
            Part::Plain(_) => None,
            Part::Sealed(token) => Some(token),
        });
        sealed.into_iter().try_for_each(|token| self.value(&token).map(drop))
    }

    fn value(&self, token: &Token) -> Result<Secret, Missing> {
        if let Some(known) = self.known.get(token) {
            return Ok(known.clone());
        }
        let learnt = self.learnt.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(learnt) = learnt.get(token) {
            return Ok(learnt.clone());
        }
        let absent = self.absent.iter().find(|(absent, _)| absent == token).map(|(_, missing)| missing.clone());
        Err(absent.unwrap_or_else(|| Missing {
            name: token.to_string(),
            why: "it was seen in an earlier session and written down nowhere".to_owned(),
        }))
    }

    /// `value`, which is called `name`, as it may be written: the same for a wanted value and for one that was found, so
    /// that they compare.
    pub fn sealed(&self, name: &str, value: &str) -> String {
        if let Some(token) = self.blotter.whole(value) {
            return token.to_string();
        }
        self.replaced(value, &scan::secrets(As::Named(name), value), |rest| self.blotter.blot(rest))
    }

    /// What a program said, as it may be written: nothing known, and nothing that looks like a secret.
    pub fn said(&self, text: &str) -> String {
        self.read(As::Output, text)
    }

    /// What a cloud or a library says in words of what went wrong: `loading credentials: an error occurred` names no
    /// secret, and has to be read.
    pub fn told(&self, text: &str) -> String {
        self.read(As::Words, text)
    }

    fn read(&self, read: As<'_>, text: &str) -> String {
        let blotted = self.without_cut_values(&self.blotted(&disarmed(text)));
        let found = scan::secrets(read, &blotted);
        let apart: Vec<Range<usize>> = found.into_iter().filter(|range| !is_ours(&blotted[range.clone()])).collect();
        self.replaced(&blotted, &apart, str::to_owned)
    }

    /// A text may begin in the middle of a value, and end in the middle of one.
    fn without_cut_values(&self, text: &str) -> String {
        let parts = parts(text);
        let plain = |part: Option<&Part<'_>>| match part {
            Some(Part::Plain(plain)) => self.blotter.cut(plain),
            Some(Part::Sealed(_)) | None => (0, 0),
        };
        let (first, last) = (plain(parts.first()).0, plain(parts.last()).1);
        let mut cut: Vec<Range<usize>> = vec![0..first, text.len() - last..text.len()];
        cut.retain(|range| !range.is_empty());
        match cut.as_slice() {
            [one, other] if other.start < one.end => self.whole(text),
            cut => self.replaced(text, cut, str::to_owned),
        }
    }

    fn whole(&self, text: &str) -> String {
        let token = self.token(text);
        self.learn(&token, text);
        token.to_string()
    }

    /// The whole of what a program said, where the plan uses it as a secret.
    pub fn said_in_confidence(&self, text: &str) -> String {
        let text = text.trim();
        if text.is_empty() {
            return String::new();
        }
        self.whole(text)
    }

    /// What stands for the whole of `value`, whatever it looks like.
    pub fn in_confidence(&self, value: &str) -> String {
        if value.is_empty() { String::new() } else { self.whole(value) }
    }

    /// `text` with every known value in it blotted out, and nothing else changed.
    pub fn blotted(&self, text: &str) -> String {
        let blotted = on_plain(text, |plain| self.blotter.blot(plain));
        let learnt = self.learnt.read().unwrap_or_else(PoisonError::into_inner);
        let mut longest: Vec<(&Token, &Secret)> =
            learnt.iter().filter(|(_, value)| value.reveal().chars().count() >= LEARNT).collect();
        longest.sort_by_key(|(_, value)| std::cmp::Reverse(value.reveal().len()));
        longest.into_iter().fold(blotted, |text, (token, value)| {
            let forms = [value.reveal().to_owned(), Clean::new(value.reveal()).to_string()];
            forms.iter().fold(text, |text, form| on_plain(&text, |plain| plain.replace(form.as_str(), token.as_str())))
        })
    }

    /// A server's answer, as it may be read and told: as [`Secrets::said`], and JSON stays JSON.
    pub fn body(&self, text: &str) -> String {
        let blotted = self.blotter.blot_members(&self.blotted(&disarmed(text)));
        let found = scan::secrets(As::Output, &blotted);
        let apart: Vec<Range<usize>> = found.into_iter().filter(|range| !is_ours(&blotted[range.clone()])).collect();
        let sealed = self.replaced(&blotted, &apart, str::to_owned);
        if sealed.trim_start().starts_with(['{', '[']) { quoted(&sealed) } else { sealed }
    }

    /// The known values that stand somewhere in `text`.
    pub fn held_in(&self, text: &str) -> Vec<Token> {
        let held = self.held.iter().filter(|(_, value)| !value.reveal().is_empty() && text.contains(value.reveal()));
        held.map(|(token, _)| token.clone()).collect()
    }

    /// `text` with a token for each range, and what `rest` makes of what stands between.
    fn replaced(&self, text: &str, ranges: &[Range<usize>], rest: impl Fn(&str) -> String) -> String {
        let (mut sealed, mut from) = (String::with_capacity(text.len()), 0);
        for range in ranges {
            sealed.push_str(&rest(&text[from..range.start]));
            let token = self.token(&text[range.clone()]);
            self.learn(&token, &text[range.clone()]);
            sealed.push_str(token.as_str());
            from = range.end;
        }
        sealed.push_str(&rest(&text[from..]));
        sealed
    }

    fn learn(&self, token: &Token, value: &str) {
        if self.known.contains_key(token) {
            return;
        }
        let mut learnt = self.learnt.write().unwrap_or_else(PoisonError::into_inner);
        learnt.entry(token.clone()).or_insert_with(|| Secret::new(value));
    }
}

/// `text` with what `change` makes of it between its tokens.
fn on_plain(text: &str, change: impl Fn(&str) -> String) -> String {
    let parts = parts(text).into_iter();
    let changed = parts.map(|part| match part {
        Part::Plain(plain) => change(plain),
        Part::Sealed(token) => token.to_string(),
    });
    changed.collect()
}

/// JSON with its tokens in quotes where a number or a table stood.
fn quoted(json: &str) -> String {
    let (mut quoted, mut at) = (String::with_capacity(json.len()), 0);
    for part in parts(json) {
        let (text, is_token) = match &part {
            Part::Plain(plain) => (*plain, false),
            Part::Sealed(token) => (token.as_str(), true),
        };
        at += text.len();
        let is_bare = is_token
            && quoted.trim_end().ends_with([':', ',', '['])
            && json[at..].trim_start().starts_with([',', '}', ']']);
        let quote = if is_bare { "\"" } else { "" };
        quoted.push_str(&format!("{quote}{text}{quote}"));
    }
    quoted
}

/// What of a value is to be found again in what is said: the whole, or what in it looks like a secret; and of a header
/// what stands behind its scheme.
fn telling_parts(secret: &Secret, whole: bool) -> Vec<&str> {
    let value = secret.reveal();
    let mut parts: Vec<&str> = if whole { vec![value] } else { Vec::new() };
    parts.extend(scan::secrets(As::Output, value).into_iter().map(|range| &value[range]));
    if let Some((scheme, credential)) = value.trim().split_once(' ')
        && ["bearer", "basic", "token", "digest", "apikey", "negotiate"].contains(&scheme.to_lowercase().as_str())
    {
        parts.push(credential.trim());
    }
    parts.retain(|part| looks::may_be_one(part));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::key::LENGTH;
    use proptest::prelude::*;

    fn secrets(values: &[(&str, bool)]) -> Secrets {
        let key = Key::new([7; LENGTH]);
        let value = |(value, blots): &(&str, bool)| Value {
            token: key.token(value),
            name: "it".to_owned(),
            value: Ok(Secret::new(value)),
            blots: *blots,
        };
        Secrets::new(key.clone(), values.iter().map(value).collect())
    }

    #[test]
    fn words_about_credentials_stay_readable_and_values_among_them_do_not() {
        let secrets = Secrets::new(Key::new([7; 32]), Vec::new());
        let said = "no credentials: an error occurred while loading credentials: failed to load IMDS session token: dispatch \
                    failure: the user's password: was not given";
        assert_eq!(secrets.told(said), said);
        for secret in ["token: x7Hq29", "password=hunter2", "https://u:hunter2@h/", "AKIAIOSFODNN7EXAMPLE"] {
            assert_ne!(secrets.told(secret), secret);
        }
    }

    #[test]
    fn tokens_are_opened_and_nothing_else_is_changed() {
        let secrets = secrets(&[("hunter2", true)]);
        let token = secrets.token("hunter2");
        let text = format!("postgres://u:{token}@db/{token}");
        assert_eq!(secrets.open(&text).expect("it is there").reveal(), "postgres://u:hunter2@db/hunter2");
        assert_eq!(
            format!("{:?} {:?}", secrets.open(&text), secrets),
            "Ok(Secret(…)) Secrets { known: 3, absent: [], .. }"
        );
    }

    #[test]
    fn what_is_not_there_is_named() {
        let token = Token::unknown(0);
        let why = Err("the environment variable DBPW is not set".to_owned());
        let value = Value { token: token.clone(), name: "api.environment.DB".to_owned(), value: why, blots: true };
        let secrets = Secrets::new(Key::new([7; LENGTH]), vec![value]);
        let missing = secrets.open(&format!("x{token}")).expect_err("it is not there");
        assert_eq!(
            missing.to_string(),
            "the value of api.environment.DB is not there: the environment variable DBPW is not set"
        );
        assert!(secrets.has("x").is_ok() && secrets.has(token.as_str()).is_err());
        // Of another session.
        assert!(secrets.open(Key::new([8; LENGTH]).token("a").as_str()).is_err());
    }

    #[test]
    fn known_values_are_blotted_out_in_every_form_in_which_programs_repeat_them() {
        let secrets = secrets(&[
            ("p\"w d/ü", true),
            ("-----BEGIN K-----\nMIIEowIBAAKCAQEA\nabc\n-----END K-----", true),
            ("ab", true),
        ]);
        for text in [
            "x p\"w d/ü y",
            r#"{"a":"p\"w d/ü"}"#,
            "x?q=p%22w%20d%2F%C3%BC&",
            "base64 cCJ3IGQvw7w=",
            "base64 cCJ3IGQvw7wK",
            "-----BEGIN K----- MIIEowIBAAKCAQEA abc -----END K-----",
            "a line MIIEowIBAAKCAQEA of it",
            "pin ab.",
        ] {
            let said = secrets.said(text);
            for part in ["p\"w", "p\\\"w", "p%22w", "cCJ3IGQv", "MIIEow", " ab."] {
                assert!(!said.contains(part), "{text}: {said}");
            }
            // What others make of it is the very text that stood there.
            assert_eq!(secrets.open(&said).expect("all is known").reveal(), text);
        }
        assert_eq!(secrets.said("about cab"), "about cab", "two letters are no secret within a word");
    }

    #[test]
    fn what_only_looks_like_a_secret_is_sealed_and_learnt() {
        let secrets = secrets(&[]);
        let said = secrets.said("PATH=/bin\nAWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI\n");
        assert!(said.starts_with("PATH=/bin\n") && !said.contains("wJalr"), "{said}");
        assert!(!secrets.said("again wJalrXUtnFEMI, without its name").contains("wJalr"));
        assert_eq!(secrets.open(&said).expect("learnt").reveal(), "PATH=/bin\nAWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI\n");
        let token = secrets.token("wJalrXUtnFEMI");
        let echoed = secrets.said(&format!("see {token}"));
        assert_eq!(echoed, format!("see {token}").replace('⟦', "["), "a token that a program says is none");
    }

    #[test]
    fn a_wanted_value_and_one_that_was_found_compare() {
        let secrets = secrets(&[("hunter2", true)]);
        let token = secrets.token("hunter2");
        for (name, wanted, found, is_same) in [
            ("DB_PASSWORD", token.to_string(), "hunter2", true),
            ("DB_PASSWORD", token.to_string(), "hunter3", false),
            ("DATABASE_URL", format!("postgres://u:{token}@db"), "postgres://u:hunter2@db", true),
            ("DATABASE_URL", format!("postgres://u:{token}@db"), "postgres://u:other@db", false),
            ("DB_PASSWORD", format!("a{token}b"), "ahunter2b", true),
            ("LEVEL", "debug".to_owned(), "debug", true),
            ("LEVEL", "hunter2".to_owned(), "hunter2", true),
        ] {
            let wanted = secrets.sealed(name, secrets.open(&wanted).expect("it is there").reveal());
            let found = secrets.sealed(name, found);
            assert_eq!(wanted == found, is_same, "{name}: {wanted}, {found}");
            assert!(!wanted.contains("hunter") && !found.contains("hunter3"), "{name}: {wanted}, {found}");
            assert!(secrets.has(&wanted).is_ok());
        }
    }

    #[test]
    fn an_answer_in_json_stays_json_and_its_members_compare() {
        let secrets = secrets(&[("on", true), ("8080", true), ("hunter2", true)]);
        let body = r#"{"status":"ok","mode":"on","port":8080,"id":980801,"csrf_token":12,"credentials":{"a":[1]},"db":"x hunter2"}"#;
        let sealed = secrets.body(body);
        assert!(!sealed.contains("hunter2") && !sealed.contains("\"on\""), "{sealed}");
        let read: serde_json::Value = serde_json::from_str(&sealed).expect("it is JSON still");
        for (member, value) in [("mode", "on"), ("port", "8080"), ("csrf_token", "12"), ("credentials", "{\"a\":[1]}")]
        {
            assert_eq!(read[member].as_str(), Some(secrets.sealed(member, value).as_str()), "{member}: {sealed}");
        }
        assert_eq!((read["status"].as_str(), read["id"].as_u64()), (Some("ok"), Some(980801)));
        assert_eq!(secrets.held_in(body).len(), 3);
    }

    #[test]
    fn what_is_carried_is_not_looked_for_but_for_the_secrets_in_it() {
        let secrets = secrets(&[
            ("Bearer abc-def-ghi", false),
            (r#"{"user":"shop","password":"s3cr3t!"}"#, false),
            ("application/json", false),
        ]);
        let said = secrets.said("shop says abc-def-ghi and s3cr3t! in application/json");
        assert!(said.starts_with("shop says ⟦") && said.ends_with("in application/json"), "{said}");
        assert!(!said.contains("abc-def") && !said.contains("s3cr3t"), "{said}");
    }

    #[test]
    fn a_text_that_begins_or_ends_in_the_middle_of_a_value_gives_away_none_of_it() {
        let secrets = secrets(&[("0123456789abcdef", true)]);
        for text in ["6789abcdef then", "then 0123456", "6789abcdef0123456", "6789abcdef 0123456789abcdef 0123456"] {
            let said = secrets.said(text);
            assert!(!said.contains("abcdef") && !said.contains("01234"), "{text}: {said}");
            assert_eq!(secrets.open(&said).expect("learnt"), Secret::new(text));
        }
        assert_eq!(secrets.said("bcdef or 01234"), "bcdef or 01234", "a few letters are no secret");
    }

    #[test]
    fn an_output_that_is_used_as_a_secret_is_one_as_a_whole() {
        let secrets = secrets(&[]);
        let said = secrets.said_in_confidence("plain words\n");
        assert!(!said.contains("plain"));
        assert_eq!(secrets.open(&said).expect("learnt").reveal(), "plain words");
    }

    proptest! {
        #[test]
        fn no_known_value_is_ever_said(value in "[!-~äß€]{4,24}", before in "[ a-z=:\"]{0,12}", after in "[ a-z,}\"]{0,12}", name in "[A-Z_]{1,12}") {
            prop_assume!(looks::may_be_one(&value) && !is_ours(&value));
            let secrets = secrets(&[(&value, true)]);
            let text = format!("{before}{value}{after}");
            let said = secrets.said(&text);
            prop_assert!(!crate::seal::token::faceless(&said).contains(&value), "{said}");
            prop_assert_eq!(secrets.open(&said).expect("all is known"), Secret::new(&text));
            let sealed = secrets.sealed(&name, &text);
            prop_assert_eq!(secrets.open(&sealed).expect("all is known"), Secret::new(&text));
            prop_assert_eq!(secrets.sealed(&name, &text), sealed);
        }
    }
}
