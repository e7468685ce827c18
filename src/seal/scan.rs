//! Where in a text a secret stands: in an address before the host, behind a name that says so, in a member of JSON, or
//! by its form. Errs on the side of finding too much: what is sealed for nothing works all the same.

use super::flags;
use super::looks::{self, header_is_secret, may_be_one, name_is_secret};
use super::parts::{Quote, boundary, line_end, name_before, unquoted_end};
use std::ops::Range;

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum As<'a> {
    /// The value of a field, a variable or a member of this name.
    Named(&'a str),
    /// The value of a header of this name.
    Header(&'a str),
    /// An argument of a program: what stands behind its first `=` is the value, with whatever is in it.
    Argument,
    /// What a program said, or a body.
    Output,
    /// What a person wrote for persons: a name and a colon are no reason yet.
    Words,
}

/// The secrets in `text`, in order and apart.
pub fn secrets(read: As<'_>, text: &str) -> Vec<Range<usize>> {
    let whole = match read {
        As::Named(name) => name_is_secret(name),
        As::Header(name) => header_is_secret(name),
        As::Argument | As::Output | As::Words => false,
    };
    if whole && may_be_one(text) {
        return std::iter::once(0..text.len()).collect();
    }
    let mut found = forms(text);
    if text.contains("://") || text.contains("@tcp(") || text.contains("@unix(") {
        found.extend(userinfo(text));
    }
    if text.contains('=') {
        found.extend(pairs(read, text));
    }
    if text.contains(':') {
        found.extend(behind_colons(read, text));
        found.extend(members(text));
    }
    if text.contains("</") {
        found.extend(elements(text));
    }
    if matches!(read, As::Argument | As::Output) && text.contains(" -") {
        found.extend(flags::within(text));
    }
    apart(found)
}

/// `text` with a dot for each character of a secret in it: for what is shown of a file that could not be read.
pub fn masked(text: &str) -> String {
    let found = secrets(As::Output, text);
    let is_secret = |at: usize| found.iter().any(|range| range.contains(&at));
    if found.is_empty() {
        return text.to_owned();
    }
    text.char_indices().map(|(at, c)| if is_secret(at) { '•' } else { c }).collect()
}

/// The secrets in each argument of a program: behind a flag that says so, and in the argument itself.
pub fn in_arguments(program: &[String]) -> Vec<Vec<Range<usize>>> {
    let name = program.first().map(|path| path.rsplit('/').next().unwrap_or(path)).unwrap_or_default();
    let mut found: Vec<Vec<Range<usize>>> = Vec::with_capacity(program.len());
    for (place, argument) in program.iter().enumerate() {
        let before = place.checked_sub(1).map_or("", |before| program[before].as_str());
        let is_flag = before.starts_with('-') && !before.contains('=') && place > 1;
        if is_flag && name_is_secret(before) && may_be_one(argument) {
            found.push(std::iter::once(0..argument.len()).collect());
            continue;
        }
        // A script is no argument: what stands behind its first name is not all there is.
        let is_script = (before.starts_with('-') && before.ends_with('c')) || before == "CMD-SHELL";
        let mut own = secrets(if is_script { As::Output } else { As::Argument }, argument);
        if place > 0 {
            own.extend(flags::known(name, before, argument));
        }
        found.push(apart(own));
    }
    found
}

/// What is a secret by its form: PEM blocks, JSON web tokens, keys as their makers write them.
pub fn forms(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find("-----BEGIN ").map(|at| from + at) {
        let end = text[at..].find("-----END ").map(|end| at + end + "-----END ".len());
        // One that is cut off reaches to the end.
        from = end.and_then(|end| Some(end + text[end..].find("-----")? + 5)).unwrap_or(text.len());
        found.push(at..from);
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let (mut before, mut known) = (None, 0);
    for (at, c) in text.char_indices() {
        let begins = !before.replace(c).is_some_and(is_part);
        if begins
            && at >= known
            && let Some(length) = looks::form(&text[at..]).or_else(|| web_token(&text[at..]))
        {
            known = at + length;
            found.push(at..known);
        }
    }
    found
}

/// How long the JSON web token is that `text` begins with: three parts or more, of which the first is JSON in base64.
fn web_token(text: &str) -> Option<usize> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !text.starts_with("eyJ") {
        return None;
    }
    let part = |from: usize| text[from..].find(|c| !is_part(c)).unwrap_or(text.len() - from);
    let first = part(0);
    if first < 10 || !text[first..].starts_with('.') {
        return None;
    }
    let second = part(first + 1);
    let behind = first + 1 + second;
    if second < 4 || !text[behind..].starts_with('.') {
        return None;
    }
    let rest = text[behind..].find(|c| !is_part(c) && c != '.').unwrap_or(text.len() - behind);
    Some(behind + rest)
}

/// How far from its sign a user's name and password are looked for, in bytes.
const FAR: usize = 4096;

fn near(text: &str, begin: usize) -> usize {
    text.floor_char_boundary(begin.saturating_add(FAR))
}

/// The user and the password before the host of every address in `text`.
fn userinfo(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("://") {
        let begin = at + 3;
        let near = &text[begin..near(text, begin)];
        // The next address speaks for itself.
        let near = near.split("://").next().unwrap_or(near);
        let whole = begin + near.find(boundary).unwrap_or(near.len());
        let authority = begin + text[begin..whole].find(['/', '?', '#']).unwrap_or(whole - begin);
        let host = text[begin..authority].rfind('@').map(|host| begin + host);
        // A password with a slash in it is no address, and is written all the same.
        let (_, behind) = text[begin..authority].split_once(':').unwrap_or_default();
        let is_port = behind.chars().all(|c| c.is_ascii_digit());
        let sloppy = || text[begin..whole].rfind('@').map(|host| begin + host).filter(|_| !is_port);
        if let Some(host) = host.or_else(sloppy) {
            found.extend(user_and_password(text, begin..host));
        }
    }
    for network in ["@tcp(", "@unix("] {
        let mut earlier = 0;
        for (at, _) in text.match_indices(network) {
            let far = text.floor_char_boundary(at.saturating_sub(FAR)).max(earlier);
            earlier = at + network.len();
            let last = text[far..at].char_indices().rev().find(|(_, c)| boundary(*c));
            let begin = last.map_or(far, |(before, c)| far + before + c.len_utf8());
            found.extend(user_and_password(text, begin..at));
        }
    }
    found
}

fn user_and_password(text: &str, whole: Range<usize>) -> Vec<Range<usize>> {
    let both = match text[whole.clone()].find(':') {
        Some(colon) => vec![whole.start..whole.start + colon, whole.start + colon + 1..whole.end],
        None => vec![whole],
    };
    both.into_iter().filter(|part| !part.is_empty()).collect()
}

/// What stands behind `name=` where the name says so.
fn pairs(read: As<'_>, text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, _) in text.match_indices('=') {
        if found.last().is_some_and(|last| at < last.end) {
            continue;
        }
        let Some(name) = name_before(text, at) else { continue };
        if !name_is_secret(&text[name.clone()]) {
            continue;
        }
        let begin = at + 1 + text[at + 1..].len() - text[at + 1..].trim_start_matches([' ', '\t']).len();
        let is_whole_argument = read == As::Argument && text[..name.start].chars().all(|c| c == '-') && begin == at + 1;
        let value = match Quote::at(text, begin) {
            Some(quote) if !is_whole_argument => quote.inside(text),
            _ if is_whole_argument => begin..text.len(),
            _ => begin..unquoted_end(text, begin),
        };
        if may_be_one(&text[value.clone()]) {
            found.push(value);
        }
    }
    found
}

/// What stands behind `Name: ` where the name says so: headers, YAML.
fn behind_colons(read: As<'_>, text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, _) in text.match_indices(':') {
        if found.last().is_some_and(|last| at < last.end) {
            continue;
        }
        let rest = &text[at + 1..];
        let begin = at + 1 + rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let is_apart = begin > at + 1;
        let Some(name) = name_before(text, at).filter(|_| is_apart || read == As::Argument) else { continue };
        // `curl -H X-Auth-Token:…`, and not `my/token:1.2`.
        let is_apart = is_apart || (name.start == 0 && text[name.clone()].contains('-'));
        let name = &text[name];
        let value = if header_is_secret(name) && !name_is_secret(name) {
            begin..line_end(text, begin)
        } else if name_is_secret(name) && is_apart {
            Quote::at(text, begin).map_or(begin..unquoted_end(text, begin), |quote| quote.inside(text))
        } else {
            continue;
        };
        let said = &text[value.clone()];
        let is_talk = read == As::Words && !(said.len() >= 4 && said.contains(|c: char| c.is_ascii_digit()));
        if may_be_one(said) && !is_talk {
            found.push(value);
        }
    }
    found
}

/// The members of JSON whose names say so, whatever JSON they stand in, as a text within JSON too.
fn members(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find(['"', '\'']).map(|at| from + at) {
        from = at + 1;
        let Some(quote) = Quote::at(text, at) else { continue };
        let name = quote.inside(text);
        let behind = (name.end + quote.width()).min(text.len());
        let colon = text[behind..].trim_start();
        if !colon.starts_with(':') {
            continue;
        }
        let rest = colon[1..].trim_start();
        let begin = text.len() - rest.len();
        from = begin;
        if !name_is_secret(&text[name]) {
            continue;
        }
        let value = match rest.chars().next() {
            Some('{' | '[') => begin..balanced_end(text, begin),
            _ => Quote::at(text, begin).map_or(begin..unquoted_end(text, begin), |quote| quote.inside(text)),
        };
        if may_be_one(&text[value.clone()]) {
            from = value.end;
            found.push(value);
        }
    }
    found
}

/// The elements of XML whose names say so.
fn elements(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices('<') {
        let Some(end) = text[at + 1..near(text, at + 1)].find('>').map(|end| at + 1 + end) else { continue };
        let name = text[at + 1..end].split_whitespace().next().unwrap_or_default();
        let begin = end + 1;
        let value = begin..begin + text[begin..].find('<').unwrap_or(text.len() - begin);
        if name_is_secret(name) && may_be_one(&text[value.clone()]) {
            found.push(value);
        }
    }
    found
}

/// The end of what is opened at `begin`; the end of the text where it is never closed.
fn balanced_end(text: &str, begin: usize) -> usize {
    let mut depth = 0_usize;
    let mut in_text = false;
    let mut escaped = false;
    for (at, c) in text[begin..].char_indices() {
        match c {
            _ if std::mem::take(&mut escaped) => {}
            '\\' => escaped = true,
            '"' => in_text = !in_text,
            '{' | '[' if !in_text => depth += 1,
            '}' | ']' if !in_text => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return begin + at + 1;
                }
            }
            _ => {}
        }
    }
    text.len()
}

/// The ranges in order, those that touch or overlap as one.
fn apart(mut found: Vec<Range<usize>>) -> Vec<Range<usize>> {
    found.sort_by_key(|range| (range.start, range.end));
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(found.len());
    for range in found {
        match apart.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => apart.push(range),
        }
    }
    apart
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `text` with what was found in it made visible.
    fn shown(read: As<'_>, text: &str) -> String {
        marked(text, &secrets(read, text))
    }

    fn marked(text: &str, found: &[Range<usize>]) -> String {
        let (mut shown, mut from) = (String::new(), 0);
        for range in found {
            shown.push_str(&text[from..range.start]);
            shown.push_str(&format!("«{}»", &text[range.clone()]));
            from = range.end;
        }
        shown + &text[from..]
    }

    #[test]
    fn addresses_lose_who_speaks_and_what_is_asked_with() {
        for (text, wanted) in [
            ("https://admin:s3cret@x.example.com/?token=t0p", "https://«admin»:«s3cret»@x.example.com/?token=«t0p»"),
            (
                "postgres://u:p%40ss@db:5432/shop?sslmode=require",
                "postgres://«u»:«p%40ss»@db:5432/shop?sslmode=require",
            ),
            ("https://ghtoken@github.com/a/b", "https://«ghtoken»@github.com/a/b"),
            ("redis://:pw@cache/0", "redis://:«pw»@cache/0"),
            ("amqp://u:p/w@host/vhost", "amqp://«u»:«p/w»@host/vhost"),
            ("mongodb://a:b@h1,c:d@h2/db", "mongodb://«a»:«b@h1,c:d»@h2/db"),
            ("see http://a:1@b and http://c:2@d", "see http://«a»:«1»@b and http://«c»:«2»@d"),
            ("u:p@tcp(db:3306)/shop", "«u»:«p»@tcp(db:3306)/shop"),
            ("postgres://u:${fetch.stdout}@${db.endpoint}/x", "postgres://«u»:«${fetch.stdout}»@${db.endpoint}/x"),
            ("https://x/cb#access_token=abc&state=1", "https://x/cb#access_token=«abc»&state=1"),
            ("https://x/?a=1&X-Amz-Security-Token=zz&b=2", "https://x/?a=1&X-Amz-Security-Token=«zz»&b=2"),
        ] {
            assert_eq!(shown(As::Named("URL"), text), wanted);
        }
        for text in
            ["https://host:8080/path@2x", "https://x.example.com/health?key=1", "s3://bucket/a", "http://", "a@b"]
        {
            assert_eq!(shown(As::Named("URL"), text), text);
        }
    }

    #[test]
    fn what_stands_behind_a_telling_name_is_found() {
        for (text, wanted) in [
            ("DB_PASSWORD=hunter2 other=1", "DB_PASSWORD=«hunter2» other=1"),
            ("export TOKEN='a b c'; x", "export TOKEN='«a b c»'; x"),
            ("password = \"p w\"", "password = \"«p w»\""),
            ("Server=x;Password=p;Pooling=1", "Server=x;Password=«p»;Pooling=1"),
            ("Authorization: Bearer abc.def", "Authorization: «Bearer abc.def»"),
            ("api-key: abc123\nother: x", "api-key: «abc123»\nother: x"),
            (
                r#"{"user":"u","password":"p\"w","n":{"api_key": 12}}"#,
                r#"{"user":"u","password":"«p\"w»","n":{"api_key": «12»}}"#,
            ),
            (r#"{"credentials":{"a":"b"},"c":1}"#, r#"{"credentials":«{"a":"b"}»,"c":1}"#),
            (r#"{"j":"{\"token\":\"x\"}"}"#, r#"{"j":"{\"token\":\"«x»\"}"}"#),
            ("{'token': 'x'}", "{'token': '«x»'}"),
            ("<root><password>x</password></root>", "<root><password>«x»</password></root>"),
            ("a AKIAIOSFODNN7EXAMPLE b", "a «AKIAIOSFODNN7EXAMPLE» b"),
            ("k -----BEGIN X----- a -----END X----- z", "k «-----BEGIN X----- a -----END X-----» z"),
            ("token=", "token="),
            ("password=${a.b} x", "password=«${a.b}» x"),
        ] {
            assert_eq!(shown(As::Output, text), wanted);
        }
        for text in
            ["passed: 12 of 12", "key=value", "a == b", "tokens: 5", "arn:aws:x:y:z:secret:a-b", "secret:x/token:1.2"]
        {
            assert_eq!(shown(As::Output, text), text);
        }
    }

    #[test]
    fn what_is_shown_of_a_file_keeps_its_places_and_hides_its_secrets() {
        for (text, wanted) in [
            ("env = { DB_PASSWORD = \"hunter2\" }", "env = { DB_PASSWORD = \"•••••••\" }"),
            ("url = \"postgres://u:größe@db\"", "url = \"postgres://•:•••••@db\""),
            ("desired = 6", "desired = 6"),
        ] {
            assert_eq!(masked(text), wanted);
            assert_eq!(masked(text).chars().count(), text.chars().count());
        }
    }

    #[test]
    fn persons_may_talk_of_passwords() {
        for text in ["ask for the token: then type it", "password: see the safe", "rotate the secret: now"] {
            assert_eq!(shown(As::Words, text), text);
        }
        assert_eq!(shown(As::Words, "password: hunter22"), "password: «hunter22»");
        assert_eq!(shown(As::Words, "log in with token=abc"), "log in with token=«abc»");
    }

    #[test]
    fn arguments_are_read_with_the_flags_before_them() {
        let program = |words: &[&str]| -> Vec<String> {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            let found = in_arguments(&words);
            words.iter().zip(&found).map(|(word, found)| marked(word, found)).collect()
        };
        assert_eq!(program(&["deploy", "--password", "a b"]), ["deploy", "--password", "«a b»"]);
        assert_eq!(program(&["deploy", "--password=a & b"]), ["deploy", "--password=«a & b»"]);
        assert_eq!(program(&["env", "TOKEN=x y", "cmd"]), ["env", "TOKEN=«x y»", "cmd"]);
        assert_eq!(program(&["tf", "-var", "db_password=x"]), ["tf", "-var", "db_password=«x»"]);
        assert_eq!(program(&["tf", "-var=db_password=x"]), ["tf", "-var=db_password=«x»"]);
        assert_eq!(program(&["/usr/bin/curl", "-u", "admin:pw", "https://x"])[2], "admin:«pw»");
        assert_eq!(program(&["curl", "-H", "X-Api-Key:abc"])[2], "X-Api-Key:«abc»");
        assert_eq!(program(&["curl", "-H", "Authorization:Bearer abc"])[2], "Authorization:«Bearer abc»");
        assert_eq!(program(&["curl", "-d", r#"{"password":"x"}"#])[2], r#"{"password":"«x»"}"#);
        assert_eq!(program(&["mysqldump", "-uroot", "-phunter2", "shop"])[2], "-p«hunter2»");
        assert_eq!(program(&["sh", "-c", "PGPASSWORD=x psql"])[2], "PGPASSWORD=«x» psql");
        assert_eq!(program(&["sh", "-c", "run --password x --port 1"])[2], "run --password «x» --port 1");
        assert_eq!(program(&["CMD-SHELL", "curl -u a:b localhost || exit 1"])[1], "curl -u a:«b» localhost || exit 1");
        // A program may be called so, and a flag's word is no secret.
        assert_eq!(program(&["rotate-token", "now"]), ["rotate-token", "now"]);
        assert_eq!(program(&["get-secret", "--name", "token"]), ["get-secret", "--name", "token"]);
    }

    #[test]
    fn names_decide_over_the_whole() {
        assert_eq!(shown(As::Named("DB_PASSWORD"), "a b"), "«a b»");
        assert_eq!(shown(As::Named("DB_PASSWORD"), "true"), "true");
        assert_eq!(shown(As::Header("Authorization"), "Basic x"), "«Basic x»");
        assert_eq!(shown(As::Header("Accept"), "text/html"), "text/html");
    }

    #[test]
    fn a_text_made_to_be_slow_is_not() {
        for unit in [
            "<",
            "<a",
            "eyJ.",
            "eyJaaaaaaaaaa.",
            "://",
            "@tcp(",
            "token=",
            "\"token\":[",
            "'",
            "\\\"",
            "-----BEGIN ",
            "a:",
            "${",
            "[{",
            " -p",
            "--token ",
            "curl -u ",
            " \"",
        ] {
            let text = unit.repeat(200_000 / unit.len());
            let began = std::time::Instant::now();
            secrets(As::Output, &text);
            assert!(began.elapsed().as_secs() < 10, "{unit}: {:?}", began.elapsed());
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(.|[=:\"'\\\\{}<>@&;#$-]|://|token|password|-----BEGIN |eyJ|AKIA|\\$\\{a\\.b\\}|⟦sealed-#1⟧){0,60}", name in "[a-z_]{0,12}") {
            for read in [As::Named(&name), As::Header(&name), As::Argument, As::Output, As::Words] {
                let mut last = 0;
                for range in secrets(read, &text) {
                    prop_assert!(last <= range.start && range.start < range.end && range.end <= text.len());
                    prop_assert!(text.get(range.clone()).is_some());
                    last = range.end;
                }
            }
            let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
            prop_assert_eq!(in_arguments(&words).len(), words.len());
        }

        #[test]
        fn a_secret_is_found_wherever_it_is_usual(secret in "[A-Za-z0-9_.+-]{1,20}", lead in "[a-z ]{0,10}") {
            for (text, read) in [
                (format!("{lead} DB_PASSWORD={secret}"), As::Output),
                (format!("{lead} https://u:{secret}@h/"), As::Output),
                (format!("{lead} https://h/?api_key={secret}&a=b"), As::Output),
                (format!("{{\"a\":\"{lead}\",\"client_secret\":\"{secret}\"}}"), As::Output),
                (format!("--token={secret}"), As::Argument),
                (secret.clone(), As::Named("MYSQL_PASSWORD")),
            ] {
                prop_assume!(may_be_one(&secret));
                let found = secrets(read, &text);
                let covered = found.iter().any(|range| text[range.clone()].contains(&secret));
                prop_assert!(covered, "{text}: {found:?}");
            }
        }
    }
}
