//! Commands as a shell takes them.

use std::path::Path;

/// `path` as one word of a POSIX shell, whatever stands in it.
pub fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,=".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.into_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        for name in ["/runs/a.jsonl", "/a b/it's.jsonl", "/$HOME/`id`;x", "", "/é\n/\"q\"", "~/x", "-n"] {
            let quoted = quoted(Path::new(name));
            let echoed = std::process::Command::new("sh").args(["-c", &format!("printf %s {quoted}")]).output();
            assert_eq!(String::from_utf8_lossy(&echoed.expect("sh runs").stdout), name, "{quoted}");
        }
    }
}
