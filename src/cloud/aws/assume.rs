//! The credentials of a role that is assumed, and the name in which it is. The SDK's own provider knows no source identity.

use crate::plan::Account;
use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::attributes::AccountId;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use aws_sdk_sts::config::IdentityCache;
use aws_sdk_sts::operation::assume_role::builders::AssumeRoleFluentBuilder;
use std::time::SystemTime;

/// Who calls, as CloudTrail has it of a role that was assumed: the name of the role's session, and its source identity
/// where the plan wants one.
#[derive(Clone, Debug)]
pub struct Signature {
    session: String,
    person: String,
}

impl Signature {
    /// That of `run`, driven by `by`; whoever only looks has no run.
    pub fn of(run: Option<&str>, by: &str) -> Self {
        let words = match run {
            Some(run) => format!("landfall-{run}-{by}"),
            None => format!("landfall-{by}"),
        };
        // What STS takes of both: 2 to 64 letters, digits and a few signs (API reference, AssumeRole).
        let sign = |sign: char| if sign.is_ascii_alphanumeric() || "_+=,.@-".contains(sign) { sign } else { '-' };
        let taken = |words: &str| words.chars().map(sign).take(64).collect::<String>();
        Self { session: taken(&words), person: format!("{:-<2}", taken(by)) }
    }

    /// The name of the role's session.
    fn session(&self) -> &str {
        &self.session
    }

    /// Whoever drives or looks.
    fn person(&self) -> &str {
        &self.person
    }
}

/// Assumes a role at the STS of the region that its credentials are for: another one may be dark.
#[derive(Debug)]
pub(super) struct Assumed(AssumeRoleFluentBuilder);

impl Assumed {
    /// Of `account`'s role, asked for with what `config` has; `None` of an account without one.
    pub(super) fn of(account: &Account, signature: &Signature, config: &SdkConfig) -> Option<Self> {
        let role = account.role.as_ref()?;
        // Whoever keeps the role's credentials keeps what they were got with: a cache between would serve what expired.
        let config = aws_sdk_sts::config::Builder::from(config).identity_cache(IdentityCache::no_cache()).build();
        // STS takes from 15 minutes to 12 hours, and the plan's reader no others.
        #[expect(clippy::cast_possible_truncation, reason = "at most 43,200")]
        let seconds = account.session_seconds.map(|seconds| seconds as i32);
        let asked = aws_sdk_sts::Client::from_conf(config)
            .assume_role()
            .role_arn(role.as_str())
            .role_session_name(signature.session())
            .set_external_id(account.external_id.as_ref().map(ToString::to_string))
            .set_source_identity(account.source_identity.then(|| signature.person().to_owned()))
            .set_duration_seconds(seconds);
        Some(Self(asked))
    }

    async fn ask(&self) -> Result<Credentials, CredentialsError> {
        let assumed = self.0.clone().send().await.map_err(CredentialsError::provider_error)?;
        let hollow = || CredentialsError::unhandled("STS gave no credentials");
        let given = assumed.credentials.ok_or_else(hollow)?;
        let expiry = SystemTime::try_from(given.expiration).map_err(CredentialsError::unhandled)?;
        let account = assumed.assumed_role_user.as_ref().and_then(|user| user.arn.split(':').nth(4));
        let mut credentials = Credentials::builder()
            .access_key_id(given.access_key_id)
            .secret_access_key(given.secret_access_key)
            .session_token(given.session_token)
            .expiry(expiry)
            .provider_name("AssumeRole");
        credentials.set_account_id(account.map(AccountId::from));
        Ok(credentials.build())
    }
}

impl ProvideCredentials for Assumed {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.ask())
    }
}

#[cfg(test)]
mod tests {
    use super::Signature;

    #[test]
    fn a_session_has_the_run_and_its_driver_in_what_sts_takes() {
        let of = |run: Option<&str>, by: &str| Signature::of(run, by).session;
        assert_eq!(of(Some("7f3c"), "ana"), "landfall-7f3c-ana");
        assert_eq!(of(None, "ana"), "landfall-ana");
        assert_eq!(of(Some("7f3c"), "Ana Lovelace / 夜"), "landfall-7f3c-Ana-Lovelace----");
        assert_eq!(of(Some("7f3c"), &"a".repeat(200)).len(), 64);
        let person = |by: &str| Signature::of(Some("7f3c"), by).person;
        assert_eq!(
            (person("ana@example.com"), person("夜"), person("")),
            ("ana@example.com".into(), "--".into(), "--".into())
        );
    }
}
