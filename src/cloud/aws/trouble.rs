//! What went wrong with a call, sorted by what it says about the thing called for: nothing, or that it did not happen.

use crate::service::{Reply, Silence, Unanswered};
use crate::text::Clean;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::display::DisplayErrorContext;
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
    /// The cloud answered with an error of its own: it did not do it.
    Refused,
    /// These credentials may not.
    Denied,
    /// Too many requests: not done.
    Throttled,
    /// It never left: no connection, no name, no credentials. It may leave another time.
    NotSent,
    /// It never left and never will: the request cannot be written, our own guard, or no such account.
    Unsendable,
    /// Sent, and no answer, or one that does not say whether it was done.
    NoAnswer,
}

/// Codes that mean "slow down", over all services used here (AWS General Reference, "Common errors", and each
/// service's own list).
const THROTTLING: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "PriorRequestNotComplete",
    "SlowDown",
    "BandwidthLimitExceeded",
    "LimitExceededException",
];

/// Codes that mean "these credentials may not".
const DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "SignatureDoesNotMatch",
    "MissingAuthenticationToken",
];

impl Trouble {
    /// Sorts the SDK's error of a call that was, or was not, `handed_over` to a connection.
    pub(super) fn of<E>(error: &SdkError<E, Response>, handed_over: bool) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let code = error.code().map(Clean::new);
        let message = match error.message() {
            Some(message) => Clean::new(message),
            None => Clean::new(&DisplayErrorContext(error).to_string().chars().take(400).collect::<String>()),
        };
        let sort = match error {
            SdkError::ConstructionFailure(_) => Sort::Unsendable,
            _ if !handed_over => Sort::NotSent,
            SdkError::TimeoutError(_) => Sort::NoAnswer,
            SdkError::DispatchFailure(_) if never_connected(error) => Sort::NotSent,
            SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => Sort::NoAnswer,
            SdkError::ServiceError(service) => {
                let status = service.raw().status().as_u16();
                sort_of_code(code.as_deref(), status)
            }
            _ => Sort::NoAnswer,
        };
        Self { sort, code, message }
    }

    /// Whether the code is one of `codes`.
    pub(super) fn is(&self, codes: &[&str]) -> bool {
        self.code.as_deref().is_some_and(|code| codes.contains(&code))
    }

    /// As the lack of an answer to a question.
    pub(super) fn unanswered(&self) -> Unanswered {
        let because = match self.sort {
            Sort::Refused | Sort::Unsendable => Silence::Error,
            Sort::Denied => Silence::Denied,
            Sort::Throttled => Silence::Throttled,
            Sort::NotSent | Sort::NoAnswer => Silence::NoAnswer,
        };
        Unanswered { because, code: self.code.clone(), message: self.words() }
    }

    /// As the reply to an act.
    pub(super) fn reply(&self) -> Reply {
        match self.sort {
            Sort::Refused | Sort::Denied | Sort::Unsendable => {
                Reply::Refused { code: self.code.clone(), message: self.message.clone() }
            }
            Sort::Throttled | Sort::NotSent => Reply::NotNow { message: self.words() },
            Sort::NoAnswer => Reply::NoAnswer { message: self.words() },
        }
    }

    fn words(&self) -> Clean {
        match &self.code {
            Some(code) if !self.message.starts_with(code.as_str()) => Clean::new(&format!("{code}: {}", self.message)),
            _ => self.message.clone(),
        }
    }
}

fn sort_of_code(code: Option<&str>, status: u16) -> Sort {
    match code {
        Some(code) if THROTTLING.contains(&code) => Sort::Throttled,
        Some(code) if DENIED.contains(&code) => Sort::Denied,
        _ if status == 429 => Sort::Throttled,
        _ if status == 403 => Sort::Denied,
        // A 5xx may come after the work was done; an error without a code is not the service's own (a proxy's page).
        _ if status >= 500 => Sort::NoAnswer,
        None => Sort::NoAnswer,
        Some(_) => Sort::Refused,
    }
}

/// Whether a dispatch failure happened while connecting, before a byte of the request was written. Only the connector
/// can know: the same operating system errors (host unreachable, say) also end connections that were in use. Its
/// error types are private, so they are known by their words; words we do not know mean "it may have been sent".
fn never_connected(error: &(dyn Error + 'static)) -> bool {
    let mut at: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(source) = at {
        let words = source.to_string();
        if words.starts_with("client error (Connect)") || words.starts_with("HTTP connect timeout") {
            return true;
        }
        at = source.source();
    }
    false
}
