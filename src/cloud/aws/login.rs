//! What a person does to renew the credentials of an account: the exact command, by where they come from. Reads the
//! same files as the SDK, and holds no secret.

use crate::plan::Account;
use aws_config::profile::{self, Profile, ProfileSet};
use std::borrow::Cow;

/// How many `source_profile`s are followed: more are a circle.
const SOURCES: usize = 8;

/// What renews the credentials of `account`; of the ambient ones when absent. They are read again by themselves.
pub(super) async fn renewal(account: Option<&Account>) -> String {
    let named = account.and_then(|account| account.profile.as_ref()).map(ToString::to_string);
    let is_of_the_environment = named.is_none() && has_environment_keys();
    let override_name = named.clone().map(Cow::Owned);
    let profiles =
        profile::load(&Default::default(), &Default::default(), &Default::default(), override_name).await.ok();
    let name = match (&named, &profiles) {
        (Some(name), _) => name.clone(),
        (None, Some(profiles)) => profiles.selected_profile().to_owned(),
        (None, None) => "default".to_owned(),
    };
    if is_of_the_environment {
        return format!(
            "those in the environment cannot be renewed from outside: give new ones to profile {name}, which are then \
             taken, or quit and resume with new ones"
        );
    }
    profiles
        .and_then(|profiles| of_profile(&profiles, &name))
        .unwrap_or_else(|| format!("give new ones to profile {name}"))
}

/// Whether the environment holds keys, which go before every profile that was not named.
pub(super) fn has_environment_keys() -> bool {
    std::env::var_os("AWS_ACCESS_KEY_ID").is_some_and(|key| !key.is_empty())
}

/// What renews those of the profile called `name`, or of the one it takes its own from.
fn of_profile(profiles: &ProfileSet, name: &str) -> Option<String> {
    let mut name = name;
    for _ in 0..SOURCES {
        let profile = profiles.get_profile(name)?;
        match profile.get("source_profile").filter(|source| *source != name) {
            Some(source) => name = source,
            None => return Some(command(profile)),
        }
    }
    None
}

fn command(profile: &Profile) -> String {
    let name = profile.name();
    let has = |key| profile.get(key).is_some_and(|value| !value.is_empty());
    if has("sso_session") || has("sso_start_url") {
        return format!("run `aws sso login --profile {name}`");
    }
    if has("login_session") {
        return format!("run `aws login --profile {name}`");
    }
    if let Some(process) = profile.get("credential_process") {
        // Its arguments may be secrets.
        let program = process.split_whitespace().next().unwrap_or(process);
        return format!("the credential_process of profile {name} ({program}) must give new ones: sign in to it");
    }
    if has("web_identity_token_file") {
        return format!("renew the token in the web_identity_token_file of profile {name}");
    }
    if has("credential_source") {
        return format!("the credential_source of profile {name} must give new ones");
    }
    format!("write new ones for profile {name}, or run `aws configure --profile {name}`")
}

#[cfg(test)]
mod tests {
    use super::*;
    // The SDK says to take these from a crate of its own; they are the same types, and tests alone name them.
    #[allow(deprecated)]
    use aws_config::profile::profile_file::{ProfileFileKind, ProfileFiles};

    const CONFIG: &str = "
[profile sso]
sso_session = corp
[sso-session corp]
sso_region = eu-west-1
sso_start_url = https://corp.example.com
[profile old-sso]
sso_start_url = https://corp.example.com
[profile console]
login_session = arn:aws:iam::1:user/ana
[profile tool]
credential_process = /opt/bin/creds --password hunter2
[profile static]
aws_access_key_id = AKIA
aws_secret_access_key = s
[profile role]
role_arn = arn:aws:iam::1:role/dr
source_profile = sso
[profile circle]
role_arn = a
source_profile = circle-2
[profile circle-2]
role_arn = b
source_profile = circle
";

    #[tokio::test]
    #[allow(deprecated)]
    async fn the_command_is_the_one_for_where_they_come_from() {
        let files = ProfileFiles::builder().with_contents(ProfileFileKind::Config, CONFIG).build();
        let set = profile::load(&Default::default(), &Default::default(), &files, None).await.expect("profiles");
        let told = |name: &str| of_profile(&set, name).unwrap_or_else(|| "nothing".to_owned());
        assert_eq!(told("sso"), "run `aws sso login --profile sso`");
        assert_eq!(told("old-sso"), "run `aws sso login --profile old-sso`");
        assert_eq!(told("console"), "run `aws login --profile console`");
        assert_eq!(told("role"), "run `aws sso login --profile sso`", "a role's are its source's");
        assert!(told("tool").contains("/opt/bin/creds") && !told("tool").contains("hunter2"), "{}", told("tool"));
        assert!(told("static").contains("aws configure --profile static"));
        assert_eq!(told("circle"), "nothing");
        assert_eq!(told("no-such"), "nothing");
    }
}
