//! What went wrong with a call, sorted by what it says about the thing called for: nothing, or that it did not happen.
//! Four words, never mixed: it said no, it said not yet, it did not answer, we do not know.

use crate::service::{Reply, Silence, Unanswered};
use crate::text::Clean;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::error::Error;

/// A call that did not give what it was made for.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    pub(super) sort: Sort,
    pub(super) code: Option<Clean>,
    pub(super) message: Clean,
}

/// Sorts of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// The cloud refused it as it is: it did not do it, and will not.
    Refused,
    /// These credentials may not.
    Denied,
    /// These credentials have expired, or are no longer known: not done, and to be asked again once they are renewed.
    Expired,
    /// Too many requests, or one before it is not over: not done.
    Throttled,
    /// The cloud answered that something went wrong with it: it may have been done all the same.
    Failing,
    /// It never left: no connection, no name, no credentials. It may leave another time.
    NotSent,
    /// It never left and never will: the request cannot be written, our own guard, or no such account.
    Unsendable,
    /// Sent, and no answer, or one that does not say whether it was done.
    NoAnswer,
}

/// How much of an error without words of its own is kept, in characters.
const LONGEST: usize = 400;

/// How many characters a value has at least to be taken out of what is said: shorter ones are words too.
const TELLING: usize = 4;

/// Codes that mean "slow down" whoever says them (AWS General Reference, "Common errors").
const THROTTLING: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "SlowDown",
    "BandwidthLimitExceeded",
    "ProvisionedThroughputExceededException",
];

/// Codes that mean "not yet" of one service only, by its API reference and its short name here. `LimitExceededException`
/// stands in the row of DynamoDB alone ("too many table operations at once"): of all others that have it (Secrets Manager,
/// KMS, IAM, ACM, EventBridge, Global Accelerator, Application Auto Scaling, ECS) it means a quota, which no waiting raises.
/// `autoscaling` is Application Auto Scaling; that of EC2 is `ec2autoscaling`.
const NOT_YET: &[(&str, &[&str])] = &[
    ("route53", &["PriorRequestNotComplete"]),
    ("autoscaling", &["ConcurrentUpdateException"]),
    // The latter comes with a 500, and is no failure of the service.
    ("ec2autoscaling", &["ScalingActivityInProgress", "ResourceContention"]),
    ("dynamodb", &["LimitExceededException", "ResourceInUseException"]),
    // "An update is under way", and of event source mappings "in use".
    ("lambda", &["ResourceConflictException", "ResourceInUseException"]),
    ("ssm", &["TooManyUpdates", "ConflictException"]),
    ("acm", &["ConflictException"]),
    ("events", &["ConcurrentModificationException"]),
    // "Updating or deleting the resource can cause an inconsistent state": another change is under way.
    ("scheduler", &["ConflictException"]),
    ("eks", &["ResourceInUseException"]),
    ("route53-recovery-cluster", &["EndpointTemporarilyUnavailableException", "ConflictException"]),
    ("s3", &["ConditionalRequestConflict", "OperationAborted"]),
];

/// Codes that mean "these credentials may not".
const DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "AuthFailure",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "IncompleteSignature",
    "RequestTimeTooSkewed",
    "MissingAuthenticationToken",
    "OptInRequired",
];

/// Codes that mean "these credentials have had their time".
const EXPIRED: &[&str] = &["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"];

/// Codes that mean "nobody has these credentials": wrong from the start, or taken away since.
const UNKNOWN_KEYS: &[&str] = &["InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId"];

/// Codes that mean "it did not come whole": whether it was done is not known.
const HALFWAY: &[&str] = &["RequestTimeout", "RequestTimeoutException"];

/// A call that went wrong, as far as it is known beside the error itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Called {
    /// The service's short name.
    pub(super) service: &'static str,
    /// Whether any attempt was handed over to a connection.
    pub(super) handed_over: bool,
    /// Whether calls with these credentials have worked before.
    pub(super) proven: bool,
}

impl Trouble {
    /// Sorts the SDK's error of a call.
    pub(super) fn of<E>(error: &SdkError<E, Response>, called: Called) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        if let Some(trouble) = without_credentials(error, called.proven) {
            return trouble;
        }
        // A code that the SDK made of a status alone is the service's only where the answer is.
        let is_nobodys = error.raw_response().is_some_and(|raw| is_empty(raw) && request_id(raw).is_none());
        let code = error.code().filter(|_| !is_nobodys).map(Clean::new);
        let message = match (error.message(), error.raw_response()) {
            (Some(message), _) => Clean::new(message),
            (None, Some(raw)) if code.is_none() && is_empty(raw) && !is_nobodys => wordless(raw.status().as_u16()),
            (None, Some(raw)) if code.is_none() => foreign(raw.status().as_u16()),
            (None, _) => causes(error),
        };
        let sort = match error {
            SdkError::ConstructionFailure(_) => Sort::Unsendable,
            _ if !called.handed_over => Sort::NotSent,
            SdkError::TimeoutError(_) => Sort::NoAnswer,
            SdkError::DispatchFailure(_) if never_connected(error) => Sort::NotSent,
            SdkError::DispatchFailure(_) => Sort::NoAnswer,
            _ => match (error.raw_response(), code.as_deref()) {
                (Some(raw), Some(code)) => sort_of_code(called, code, raw.status().as_u16()),
                (Some(raw), None) => {
                    sort_without_code(called.service, raw.status().as_u16(), request_id(raw).is_some())
                }
                (None, _) => Sort::NoAnswer,
            },
        };
        Self { sort, code, message }
    }

    /// An answer with nothing in it that is not the service's: nothing is known by it.
    pub(super) fn hollow() -> Self {
        Self { sort: Sort::NoAnswer, code: None, message: foreign(200) }
    }

    /// Whether the code is one of `codes`.
    pub(super) fn is(&self, codes: &[&str]) -> bool {
        self.code.as_deref().is_some_and(|code| codes.contains(&code))
    }

    /// The same without these values, should the cloud have repeated one of them.
    pub(super) fn without<'v>(self, values: impl IntoIterator<Item = &'v String>) -> Self {
        let mut longest: Vec<&String> = values.into_iter().filter(|value| value.chars().count() >= TELLING).collect();
        longest.sort_by_key(|value| std::cmp::Reverse(value.len()));
        let message =
            longest.into_iter().fold(self.message.to_string(), |words, value| words.replace(value.as_str(), "…"));
        Self { message: Clean::new(&message), ..self }
    }

    /// As the lack of an answer to a question.
    pub(super) fn unanswered(&self) -> Unanswered {
        let because = match self.sort {
            Sort::Refused | Sort::Unsendable => Silence::Refused,
            Sort::Denied => Silence::Denied,
            Sort::Expired => Silence::Expired,
            Sort::Failing => Silence::Error,
            Sort::Throttled => Silence::Throttled,
            Sort::NotSent | Sort::NoAnswer => Silence::NoAnswer,
        };
        Unanswered { because, code: self.code.clone(), message: self.words() }
    }

    /// The same, met by a question before an act: whatever became of the question, the act was not sent.
    pub(super) fn before_it_was_sent(self) -> Self {
        match self.sort {
            Sort::NoAnswer | Sort::Failing => Self { sort: Sort::NotSent, ..self },
            _ => self,
        }
    }

    /// As the reply to an act.
    pub(super) fn reply(&self) -> Reply {
        match self.sort {
            Sort::Refused | Sort::Denied | Sort::Unsendable => {
                Reply::Refused { code: self.code.clone(), message: self.message.clone() }
            }
            Sort::Expired => Reply::Expired { message: self.words() },
            Sort::Throttled => Reply::NotNow { message: self.words(), throttled: true },
            Sort::NotSent => Reply::NotNow { message: self.words(), throttled: false },
            Sort::Failing | Sort::NoAnswer => Reply::NoAnswer { message: self.words() },
        }
    }

    /// What came back, in words.
    pub(super) fn words(&self) -> Clean {
        match &self.code {
            Some(code) if !self.message.starts_with(code.as_str()) => Clean::new(&format!("{code}: {}", self.message)),
            _ => self.message.clone(),
        }
    }
}

/// The service's id of the request: every answer of AWS has one, a proxy's page has none.
pub(super) fn request_id(raw: &Response) -> Option<&str> {
    let headers = raw.headers();
    headers.get("x-amzn-requestid").or_else(|| headers.get("x-amz-request-id"))
}

/// By its status alone: a reply that has no body, or one cut short.
fn sort_without_code(service: &str, status: u16, is_the_services_own: bool) -> Sort {
    match status {
        // What a proxy on the way says is no answer of the service.
        _ if !is_the_services_own => Sort::NoAnswer,
        // What S3 answers to HEAD has no body, and so no code: absent, of another region, not as it was said to be.
        301 | 404 | 412 if service == "s3" => Sort::Refused,
        429 => Sort::Throttled,
        401 | 403 => Sort::Denied,
        500.. => Sort::Failing,
        // What it refused, and whether it did, was in the part that is missing.
        _ => Sort::NoAnswer,
    }
}

fn sort_of_code(called: Called, code: &str, status: u16) -> Sort {
    let is_not_yet = |(service, codes): &(&str, &[&str])| *service == called.service && codes.contains(&code);
    match code {
        _ if THROTTLING.contains(&code) || NOT_YET.iter().any(is_not_yet) => Sort::Throttled,
        _ if EXPIRED.contains(&code) => Sort::Expired,
        _ if UNKNOWN_KEYS.contains(&code) => {
            if called.proven {
                Sort::Expired
            } else {
                Sort::Denied
            }
        }
        _ if DENIED.contains(&code) => Sort::Denied,
        _ if HALFWAY.contains(&code) => Sort::NoAnswer,
        _ if status == 429 => Sort::Throttled,
        _ if status == 403 => Sort::Denied,
        // A 5xx may come after the work was done.
        _ if status >= 500 => Sort::Failing,
        _ => Sort::Refused,
    }
}

/// What is said where no credentials were found at all.
pub(super) const NO_CREDENTIALS: &str = "no credentials";

/// What kept credentials from being found, when it was that. Told apart because waiting mends only some of it, and a
/// person's login some.
fn without_credentials(error: &(dyn Error + 'static), proven: bool) -> Option<Trouble> {
    let found = chain(error).find_map(|cause| cause.downcast_ref::<CredentialsError>())?;
    let assumed = chain(found).find_map(|cause| cause.downcast_ref::<SdkError<AssumeRoleError, Response>>());
    if let Some(assumed) = assumed {
        let called = Called { service: "sts", handed_over: true, proven };
        let Trouble { sort, code, message } = Trouble::of(assumed, called);
        // Whatever became of the session, the call it was wanted for was not sent.
        let sort = if matches!(sort, Sort::NoAnswer | Sort::Failing) { Sort::NotSent } else { sort };
        return Some(Trouble { sort, code, message: Clean::new(&format!("the role cannot be assumed: {message}")) });
    }
    let sort = match found {
        CredentialsError::ProviderTimedOut(_) => Sort::NotSent,
        // There were some: a file is being written anew, or they were taken away.
        CredentialsError::CredentialsNotLoaded(_) | CredentialsError::InvalidConfiguration(_) if proven => {
            Sort::Expired
        }
        CredentialsError::CredentialsNotLoaded(_) | CredentialsError::InvalidConfiguration(_) => Sort::Denied,
        _ if is_the_network(found) => Sort::NotSent,
        // An expired sign-in, a program that gives none: the SDK says them in several ways and may add others.
        _ => Sort::Expired,
    };
    Some(Trouble { sort, code: None, message: Clean::new(&format!("{NO_CREDENTIALS}: {}", causes(found))) })
}

/// Whether whoever gives out credentials could not be reached, or did not answer in time.
fn is_the_network(error: &(dyn Error + 'static)) -> bool {
    let unreached = ["dispatch failure", "timeout", "timed out", "client error (Connect)", "error trying to connect"];
    chain(error).any(|cause| {
        let words = cause.to_string();
        unreached.iter().any(|unreached| words.contains(unreached))
    })
}

/// An answer that is not the service's own: a page of a proxy on the way, or a reply cut short.
fn foreign(status: u16) -> Clean {
    Clean::new(&format!("HTTP {status} with a body that is not the service's: a proxy's page, or a reply cut short"))
}

/// The service's own answer to a HEAD, which has a status and no more.
fn wordless(status: u16) -> Clean {
    Clean::new(&format!("HTTP {status}, without a word of why"))
}

fn is_empty(raw: &Response) -> bool {
    raw.body().bytes().is_some_and(<[u8]>::is_empty)
}

/// An error and what caused it, outermost first.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

/// The error in words with its causes: the outermost says only that something failed.
fn causes(error: &(dyn Error + 'static)) -> Clean {
    let mut words: Vec<String> = chain(error).map(ToString::to_string).collect();
    words.dedup();
    Clean::new(&words.join(": ").chars().take(LONGEST).collect::<String>())
}

/// Whether a dispatch failure happened while connecting, before a byte of the request was written. Only the connector
/// can know: the same operating system errors (host unreachable, say) also end connections that were in use. Its
/// error types are private, so they are known by their words; words we do not know mean "it may have been sent".
fn never_connected(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(|cause| {
        let words = cause.to_string();
        words.starts_with("client error (Connect)") || words.starts_with("HTTP connect timeout")
    })
}

/// That credentials have expired, or that there are none: what renews them comes first, then what was said.
pub(super) fn told_with(said: &Clean, renewal: &str) -> Clean {
    let words = match said.starts_with(NO_CREDENTIALS) {
        true => format!("there are no credentials: {renewal} ({said})"),
        false => format!("the credentials have expired: {renewal} (the cloud said {said})"),
    };
    Clean::new(&words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sort(service: &'static str, code: &str, status: u16) -> Sort {
        sort_of_code(Called { service, handed_over: true, proven: false }, code, status)
    }

    #[test]
    fn a_code_is_not_yet_only_where_the_service_says_so() {
        let table = [
            ("route53", "PriorRequestNotComplete", Sort::Throttled),
            ("rds", "PriorRequestNotComplete", Sort::Refused),
            ("autoscaling", "ConcurrentUpdateException", Sort::Throttled),
            ("autoscaling", "LimitExceededException", Sort::Refused),
            ("ecs", "LimitExceededException", Sort::Refused),
            ("cloudwatch", "LimitExceeded", Sort::Refused),
            ("ecs", "ThrottlingException", Sort::Throttled),
            ("rds", "Throttling", Sort::Throttled),
            ("dynamodb", "LimitExceededException", Sort::Throttled),
            ("dynamodb", "ProvisionedThroughputExceededException", Sort::Throttled),
            ("secretsmanager", "LimitExceededException", Sort::Refused),
            ("kms", "LimitExceededException", Sort::Refused),
            ("iam", "LimitExceededException", Sort::Refused),
            ("acm", "LimitExceededException", Sort::Refused),
            ("events", "LimitExceededException", Sort::Refused),
            ("ec2autoscaling", "ScalingActivityInProgress", Sort::Throttled),
            ("ec2autoscaling", "ResourceContention", Sort::Throttled),
            ("autoscaling", "ScalingActivityInProgress", Sort::Refused),
            ("lambda", "ResourceConflictException", Sort::Throttled),
            ("ecs", "ResourceInUseException", Sort::Refused),
            ("ssm", "TooManyUpdates", Sort::Throttled),
            ("ssm", "ParameterMaxVersionLimitExceeded", Sort::Refused),
            ("acm", "ConflictException", Sort::Throttled),
            ("ecs", "ConflictException", Sort::Refused),
            ("events", "ConcurrentModificationException", Sort::Throttled),
            ("scheduler", "ConflictException", Sort::Throttled),
            ("scheduler", "ServiceQuotaExceededException", Sort::Refused),
            ("eks", "ResourceInUseException", Sort::Throttled),
            ("eks", "ResourceLimitExceededException", Sort::Refused),
            ("s3", "ConditionalRequestConflict", Sort::Throttled),
            ("s3", "PreconditionFailed", Sort::Refused),
        ];
        for (service, code, wanted) in table {
            assert_eq!(sort(service, code, 400), wanted, "{service} {code}");
        }
    }

    #[test]
    fn a_value_that_was_sent_is_taken_out_of_what_is_said() {
        let said = Trouble { sort: Sort::Refused, code: None, message: "no hunter2, hunter22 or abc".into() };
        let values = ["hunter2", "hunter22", "abc"].map(str::to_owned);
        assert_eq!(said.without(&values).message.as_str(), "no …, … or abc");
    }

    #[test]
    fn refused_denied_expired_and_failing_are_four_things() {
        let table = [
            ("NoSuchHostedZone", 404, Sort::Refused),
            ("ValidationError", 400, Sort::Refused),
            ("AccessDeniedException", 400, Sort::Denied),
            ("SomethingNew", 403, Sort::Denied),
            ("RequestTimeTooSkewed", 403, Sort::Denied),
            ("ExpiredTokenException", 400, Sort::Expired),
            ("ExpiredToken", 403, Sort::Expired),
            ("RequestExpired", 400, Sort::Expired),
            ("InternalFailure", 500, Sort::Failing),
            ("ServiceUnavailable", 503, Sort::Failing),
            ("RequestTimeout", 400, Sort::NoAnswer),
        ];
        for (code, status, wanted) in table {
            assert_eq!(sort("ecs", code, status), wanted, "{code} {status}");
        }
    }

    #[test]
    fn a_page_of_a_proxy_is_no_answer_whatever_its_status() {
        for status in [200, 302, 403, 404, 429, 502] {
            assert_eq!(sort_without_code("s3", status, false), Sort::NoAnswer, "{status}");
        }
        let own = [
            (200, Sort::NoAnswer),
            (403, Sort::Denied),
            (429, Sort::Throttled),
            (404, Sort::NoAnswer),
            (500, Sort::Failing),
        ];
        for (status, wanted) in own {
            assert_eq!(sort_without_code("ecs", status, true), wanted, "{status}");
        }
        for (status, wanted) in [
            (404, Sort::Refused),
            (301, Sort::Refused),
            (412, Sort::Refused),
            (403, Sort::Denied),
            (503, Sort::Failing),
        ] {
            assert_eq!(sort_without_code("s3", status, true), wanted, "{status} of a HEAD");
        }
    }

    #[test]
    fn keys_that_nobody_knows_have_expired_only_if_they_were_ever_known() {
        for code in ["InvalidClientTokenId", "UnrecognizedClientException"] {
            let sort = |proven| sort_of_code(Called { service: "sts", handed_over: true, proven }, code, 403);
            assert_eq!((sort(false), sort(true)), (Sort::Denied, Sort::Expired), "{code}");
        }
    }

    #[test]
    fn a_sign_in_that_has_ended_is_no_silence_and_one_that_cannot_be_reached_is() {
        let of = |error: CredentialsError, proven| without_credentials(&error, proven).map(|trouble| trouble.sort);
        let ended = || CredentialsError::provider_error("the SSO session has expired");
        assert_eq!(of(ended(), false), Some(Sort::Expired));
        assert_eq!(of(CredentialsError::unhandled("session expired"), false), Some(Sort::Expired));
        assert_eq!(of(CredentialsError::provider_error("dispatch failure"), true), Some(Sort::NotSent));
        assert_eq!(
            of(CredentialsError::provider_timed_out(std::time::Duration::from_secs(5)), true),
            Some(Sort::NotSent)
        );
        assert_eq!(of(CredentialsError::not_loaded_no_source(), false), Some(Sort::Denied));
        assert_eq!(of(CredentialsError::not_loaded_no_source(), true), Some(Sort::Expired));
    }
}
