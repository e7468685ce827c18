//! What a file of the program names of the rest of it: every path that begins at `crate` or `super`, grouped or not.

use std::path::Path;

/// The module that a file under `src` is, outermost first.
pub fn module_of(file: &Path) -> Vec<String> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let within = file.strip_prefix(src).expect("a file of the program").with_extension("");
    let mut module: Vec<String> = within.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if module.last().is_some_and(|last| last == "mod" || last == "lib" || last == "main") {
        module.pop();
    }
    module
}

/// The paths that `code`, of the module `own`, names, each from the crate's root on.
pub fn named(code: &str, own: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, _) in code.char_indices() {
        let begins = |word: &str| {
            let free = code[..at].chars().next_back().is_none_or(|before| !is_part(before) && before != ':');
            free && code[at..].starts_with(word) && code[at + word.len()..].starts_with("::")
        };
        if begins("crate") || begins("super") {
            let mut paths = Vec::new();
            path(&code[at..], &[], &mut paths);
            found.extend(paths.into_iter().filter_map(|path| from_root(&path, own)));
        }
    }
    found
}

const fn is_part(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// Reads one path, and all that a group at its end names, each after `before`; gives what was not read.
fn path<'a>(text: &'a str, before: &[String], found: &mut Vec<Vec<String>>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start().trim_start_matches(',').trim_start();
            if let Some(after) = rest.strip_prefix('}') {
                return after;
            }
            let left = path(rest, before, found);
            // What is no path is passed over: the end of the text comes in any case.
            rest = if left.len() == rest.len() { left.get(1..).unwrap_or_default() } else { left };
            if rest.is_empty() {
                return rest;
            }
        }
    }
    let end = text.find(|letter| !is_part(letter)).unwrap_or(text.len());
    let whole: Vec<String> = before.iter().cloned().chain([text[..end].to_owned()]).collect();
    let rest = &text[end..];
    match rest.strip_prefix("::") {
        Some(after) if after.trim_start().starts_with('{') || after.starts_with(is_part) => path(after, &whole, found),
        Some(_) | None => {
            found.push(whole);
            rest
        }
    }
}

/// `path` from the crate's root on; none where it leads out of it.
fn from_root(path: &[String], own: &[String]) -> Option<Vec<String>> {
    let mut at = own.to_vec();
    let mut rest = path;
    if let Some(("crate", after)) = rest.split_first().map(|(first, after)| (first.as_str(), after)) {
        return Some(after.to_vec());
    }
    while let Some(("super", after)) = rest.split_first().map(|(first, after)| (first.as_str(), after)) {
        at.pop()?;
        rest = after;
    }
    Some(at.into_iter().chain(rest.iter().filter(|part| *part != "self").cloned()).collect())
}
