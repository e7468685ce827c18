//! Secrets behind the flags of programs: as arguments of their own, and within what a shell is given.

use super::looks::{may_be_one, name_is_secret};
use super::parts::Quote;
use std::ops::Range;

/// Flags of well-known programs whose names do not say what stands behind them.
pub(super) fn known(program: &str, before: &str, argument: &str) -> Option<Range<usize>> {
    let is_mysql = program.starts_with("mysql") || program.starts_with("mariadb") || program == "sshpass";
    if is_mysql && argument.starts_with("-p") && argument.len() > 2 && !argument.starts_with("-p=") {
        return Some(2..argument.len());
    }
    match (program, before) {
        ("curl" | "wget", "-u" | "--user" | "-U" | "--proxy-user") => {
            let password = argument.find(':')? + 1;
            (password < argument.len()).then_some(password..argument.len())
        }
        ("redis-cli", "-a") | ("sshpass", "-p") => Some(0..argument.len()).filter(|all| !all.is_empty()),
        _ => None,
    }
}

/// What a shell is given: behind flags that say so, and behind those of well-known programs.
pub(super) fn within(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    // The program whose flags these are, and the word before.
    let (mut program, mut before) = ("", "");
    let mut at = 0;
    while let Some(begin) = text[at..].find(|c: char| !c.is_whitespace()).map(|begin| at + begin) {
        if text[at..begin].contains('\n') {
            (program, before) = ("", "");
        }
        let word = word(text, begin);
        at = word.end.max(begin + 1);
        // A quote behind a word stands for itself.
        at = text.ceil_char_boundary(at);
        let said = &text[word.clone()];
        let is_flag = before.starts_with('-') && !before.contains('=') && !said.starts_with('-');
        if is_flag && name_is_secret(before) && may_be_one(said) {
            found.push(word.clone());
        } else if let Some(part) = known(program, before, said) {
            found.push(word.start + part.start..word.start + part.end);
        }
        let ends = said.ends_with([';', '|', '&']);
        let name = said.rsplit('/').next().unwrap_or(said);
        if is_program(name) {
            program = name;
        }
        before = if ends { "" } else { said };
        if ends {
            program = "";
        }
    }
    found
}

/// Whether flags of it are known.
fn is_program(name: &str) -> bool {
    ["curl", "wget", "redis-cli", "sshpass"].contains(&name) || name.starts_with("mysql") || name.starts_with("mariadb")
}

/// The word that begins at `begin`: what a quote holds, or up to the next blank, without the signs of a shell behind it.
fn word(text: &str, begin: usize) -> Range<usize> {
    if text[begin..].starts_with(['"', '\''])
        && let Some(quote) = Quote::at(text, begin)
    {
        let inside = quote.inside(text);
        if !inside.is_empty() && !text[inside.clone()].contains('\n') {
            return inside;
        }
    }
    let end = begin + text[begin..].find(char::is_whitespace).unwrap_or(text.len() - begin);
    let bare = text[begin..end].trim_end_matches(['"', '\'', ')', '`']);
    begin..begin + bare.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_is_given_is_read_flag_by_flag() {
        for (text, wanted) in [
            ("run --password hunter2 --port 1", vec!["hunter2"]),
            ("exec /app --token 'a b' -v", vec!["a b"]),
            ("export A=1; mysql -uroot -phunter2 shop; echo -pnothing", vec!["hunter2"]),
            ("curl -fsS -u admin:hunter2 localhost || exit 1", vec!["hunter2"]),
            ("a --password\nb", vec![]),
            ("a --password --port 1", vec![]),
            ("tar -c x | curl --data -", vec![]),
            ("ls -p dir", vec![]),
            ("$(get --token hunter2)", vec!["hunter2"]),
        ] {
            let found: Vec<&str> = within(text).into_iter().map(|range| &text[range]).collect();
            assert_eq!(found, wanted, "{text}");
        }
    }
}
