//! "Looks like a secret", the one function that a plan, what programs say and what clouds hold are judged by: by what a
//! value is called, or by its form.

/// Endings of names, without separators and in small letters. A bare `key` is none.
const NAMES: &[&str] = &[
    "pass",
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "credential",
    "credentials",
    "apikey",
    "accesskey",
    "privatekey",
    "secretkey",
    "encryptionkey",
    "signingkey",
    "authkey",
    "appkey",
    "hmackey",
    "sharedkey",
    "pwd",
    "signature",
    "webhook",
    "webhookurl",
];
/// Names that are none: the folder that a shell is in.
const PLACES: &[&str] = &["pwd", "oldpwd"];
/// Words that only end like one.
const WORDS: &[&str] = &["bypass", "compass", "encompass", "overpass", "surpass", "trespass", "underpass"];
/// Headers that hold a secret whatever they are called elsewhere.
const HEADERS: &[&str] = &["authorization", "proxyauthorization", "cookie", "setcookie"];
/// Values that answer a question: `ALLOW_EMPTY_PASSWORD=yes`.
const ANSWERS: &[&str] = &["true", "false", "yes", "no"];

/// Beginnings of keys that their makers have given a form, and how many letters, digits, `-` and `_` follow at least.
const FORMS: &[(&str, usize)] = &[
    // Amazon Web Services: an access key and a temporary one.
    ("AKIA", 16),
    ("ASIA", 16),
    // GitHub, GitLab, Slack, Stripe, Google.
    ("ghp_", 36),
    ("gho_", 36),
    ("ghs_", 36),
    ("github_pat_", 22),
    ("glpat-", 20),
    ("xoxb-", 10),
    ("xoxp-", 10),
    ("sk_live_", 16),
    ("AIza", 35),
];

/// Whether what is called so looks like a secret, in any case and with any separators.
pub fn name_is_secret(name: &str) -> bool {
    let bare = bare(name);
    NAMES.iter().any(|ending| bare.ends_with(ending))
        && !PLACES.contains(&bare.as_str())
        && !WORDS.iter().any(|word| is_last_word(name, &bare, word))
}

/// Whether a header of this name holds a secret.
pub fn header_is_secret(name: &str) -> bool {
    name_is_secret(name) || HEADERS.contains(&bare(name).as_str())
}

/// Whether `value`, called `name`, looks like a secret. An address of one, as an ARN is, is none.
pub fn is_secret(name: &str, value: &str) -> bool {
    (name_is_secret(name) && may_be_one(value)) || !super::scan::forms(value).is_empty()
}

/// Whether a value of a secret's name is one, and no answer, no address and not nothing.
pub(super) fn may_be_one(value: &str) -> bool {
    let value = value.trim();
    !value.is_empty() && !value.starts_with("arn:") && !ANSWERS.iter().any(|answer| value.eq_ignore_ascii_case(answer))
}

/// How many bytes of `text`, from its beginning, are a key of a known form; none when it is none.
pub(super) fn form(text: &str) -> Option<usize> {
    let (beginning, least) = FORMS.iter().find(|(beginning, _)| text.starts_with(beginning))?;
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let rest = text[beginning.len()..].find(|c| !is_part(c)).unwrap_or(text.len() - beginning.len());
    (rest >= *least).then_some(beginning.len() + rest)
}

fn bare(name: &str) -> String {
    let bare: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    // The second of two is one like the first: `PASSWORD_2`.
    bare.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned()
}

/// Whether `name` ends in `word` as a whole word: `COMPASS` and `use_bypass`, and not `bitcompass`.
fn is_last_word(name: &str, bare: &str, word: &str) -> bool {
    let last: String = name.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_lowercase();
    bare.ends_with(word) && (last == word || bare == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_by_their_end_in_any_case_and_with_any_separators() {
        for name in [
            "pass",
            "DB_PASS",
            "dbpass",
            "password",
            "Password",
            "MYSQL_ROOT_PASSWORD",
            "mysql.root.password",
            "passwd",
            "--password",
            "-password",
            "client-secret",
            "clientSecret",
            "TOKEN",
            "x-auth-token",
            "X-Vault-Token",
            "githubToken",
            "credential",
            "credentials",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "api_key",
            "apiKey",
            "API KEY",
            "x-api-key",
            "apikey",
            "aws_secret_access_key",
            "SecretAccessKey",
            "accesskey",
            "private_key",
            "privateKey",
            "PRIVATE-KEY",
            "password2",
            "TOKEN_1",
            "/user/password",
            "passphrase",
            "DJANGO_SECRET_KEY",
            "MYSQL_PWD",
            "APP_KEY",
            "JWT_SIGNING_KEY",
            "SLACK_WEBHOOK_URL",
            "X-Amz-Signature",
            "пароль_password",
        ] {
            assert!(name_is_secret(name), "{name}");
        }
        for name in [
            "",
            "key",
            "KEY",
            "public_key",
            "primary_key",
            "sort-key",
            "AWS_ACCESS_KEY_ID",
            "password_file",
            "tokens",
            "secrets",
            "secret_name",
            "token_url",
            "passage",
            "user",
            "compass",
            "BYPASS",
            "use_bypass",
            "keyboard",
            "PWD",
            "OLDPWD",
            "hash_key",
            "range-key",
            "monkey",
            "region",
        ] {
            assert!(!name_is_secret(name), "{name}");
        }
        assert!(
            header_is_secret("Authorization") && header_is_secret("proxy-authorization") && header_is_secret("Cookie")
        );
        assert!(!header_is_secret("Accept"));
    }

    #[test]
    fn a_value_is_judged_by_its_name_and_by_its_form() {
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
        let pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----";
        for (name, value) in [
            ("DB_PASSWORD", "x"),
            ("ID", "AKIAIOSFODNN7EXAMPLE"),
            ("ID", "ASIAIOSFODNN7EXAMPLE"),
            ("AUTH", jwt),
            ("CERT", pem),
            ("HOOK", "ghp_abcdefghijklmnopqrstuvwxyz0123456789"),
        ] {
            assert!(is_secret(name, value), "{name}={value}");
        }
        for (name, value) in [
            ("DB_PASSWORD", ""),
            ("DB_PASSWORD", " "),
            ("ALLOW_EMPTY_PASSWORD", "Yes"),
            ("DB_PASSWORD", "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf"),
            ("DB_HOST", "db.example.com"),
            ("NAME", "AKIA"),
            ("NAME", "xAKIAIOSFODNN7EXAMPLE"),
            ("NAME", "eyJ.eyJ"),
        ] {
            assert!(!is_secret(name, value), "{name}={value}");
        }
    }
}
