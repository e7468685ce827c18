//! Reads what a capture asks, by the caller: whole answers, of which the inventory takes what it names. Within a budget a
//! service, many services at once.

mod budget;
pub(super) mod services;

use super::assume::Signature;
use super::audit::Audit;
use super::caller::Protocol;
use super::clients::{Book, Clients, Elsewhere};
use super::desk::Eye;
use super::guard::May;
use super::trouble::{Sort, Trouble};
use crate::cloud::Evidence;
use crate::cloud::read::Inquire;
use crate::inventory::{Answer, Api, Ask, Operation, Unread, pick};
use crate::plan::{AccountName, Plan, Region};
use crate::service::Place;
use async_trait::async_trait;
use budget::Budget;
use futures::future::{BoxFuture, join_all};
use futures::stream;
use futures::{FutureExt, StreamExt};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How many calls of one service are under way at once.
const AT_ONCE: usize = 12;
/// The most pages of one list.
const PAGES: usize = 2_000;
/// For how long a call is sent again and again that is said to be too many: it makes a capture slow, and no gap. Nothing but
/// that for longer is a service that takes no calls at all.
const PATIENCE: Duration = Duration::from_secs(900);
/// The longest pause before a call is sent again.
const PAUSE: Duration = Duration::from_secs(5);

/// Reads AWS, in one region with one account's credentials, and cannot do anything else.
pub struct AwsReader {
    book: Book,
    place: Place,
    home: Place,
    budget: Budget,
}

impl AwsReader {
    /// A reader of `region` with the credentials of `account`; `home` is where the partition has what is of all regions.
    pub fn connect(
        plan: &Plan,
        (region, home): (&Region, &Region),
        account: Option<&AccountName>,
        elsewhere: Elsewhere,
        signature: Signature,
    ) -> Self {
        let place = |region: &Region| Place { region: region.clone(), account: account.cloned() };
        let book = Book::new(plan, May::Look(&[super::sts::READS]), elsewhere, signature);
        Self { book, place: place(region), home: place(home), budget: Budget::default() }
    }

    async fn answer(&self, ask: &Ask, evidence: &Evidence) -> Answer {
        let place = if ask.at_home { &self.home } else { &self.place };
        let clients = self.book.at(place).await.map_err(|trouble| unread(&trouble))?;
        let eye = Eye { clients: &clients, region: &place.region, evidence };
        super::sts::belongs(eye).await.map_err(|trouble| unread(&trouble))?;
        let operation = ask.operation;
        let mut request = ask.request.clone();
        let mut items: Vec<Value> = Vec::new();
        for _ in 0..PAGES {
            let page = self.page(eye, ask, &request).await?;
            if operation.list.is_empty() {
                return Ok(page);
            }
            if !has_its_list(operation, &page) {
                return Err(unread(&Trouble::hollow()));
            }
            items.extend(pick::list(&page, operation.list).into_iter().cloned());
            let next: Vec<(&str, &str)> =
                operation.pages.iter().filter_map(|(asked, told)| Some((*asked, pick::text(&page, told)?))).collect();
            let is_last = ["IsTruncated", "Truncated"].iter().any(|member| {
                matches!(page.get(*member), Some(Value::Bool(false))) || page.get(*member) == Some(&"false".into())
            });
            if next.is_empty() || is_last {
                return Ok(items.into());
            }
            let before = request.clone();
            for (asked, _) in operation.pages {
                request[*asked] = Value::Null;
            }
            for (asked, told) in next {
                request[asked] = told.into();
            }
            if request == before {
                return Err(Unread::Told("the same page again and again".to_owned()));
            }
        }
        Err(Unread::Told(format!("more than {PAGES} pages")))
    }

    /// One page; a call that is said to be too many is sent again, more slowly.
    async fn page(&self, eye: Eye<'_>, ask: &Ask, request: &Value) -> Answer {
        let of = (ask.operation.api, ask.at_home);
        let (mut tries, begun) = (0_u32, Instant::now());
        loop {
            if self.budget.is_dark(of) {
                return Err(Unread::Told("no answer".to_owned()));
            }
            self.budget.turn(of).await;
            let trouble = match call(eye, ask, request).await {
                Ok(answer) => {
                    self.budget.went(of);
                    return Ok(answer);
                }
                Err(trouble) => trouble,
            };
            tries += 1;
            let again = match trouble.sort {
                Sort::Throttled => {
                    self.budget.slowed(of);
                    begun.elapsed() < PATIENCE
                }
                Sort::NoAnswer | Sort::NotSent | Sort::Failing => {
                    self.budget.was_silent(of);
                    tries < 2
                }
                Sort::Refused | Sort::Denied | Sort::Expired | Sort::Unsendable => {
                    self.budget.went(of);
                    false
                }
            };
            if !again {
                return Err(unread(&trouble));
            }
            sleep(Duration::from_millis(100).saturating_mul(1 << tries.min(6)).min(PAUSE)).await;
        }
    }
}

/// Whether `page` tells of what was asked for by its ids, or by its tags, be it that there is none: an answer without its list
/// tells nothing, and would read as everything being gone.
fn has_its_list(operation: &Operation, page: &Value) -> bool {
    if operation.many.is_none() && operation.api != Api::Tagging {
        return true;
    }
    let is_json = matches!(services::service(operation.api).protocol, Protocol::Json { .. } | Protocol::RestJson);
    match page.get(operation.list.split('.').next().unwrap_or_default()) {
        None => false,
        Some(list) => list.is_array() || (!is_json && !list.is_string()),
    }
}

/// Sends one call.
async fn call(eye: Eye<'_>, ask: &Ask, request: &Value) -> Result<Value, Trouble> {
    let Clients { inventory, .. } = eye.clients;
    let (api, name) = (ask.operation.api, ask.operation.name);
    let audit = Audit::look(eye, api.word());
    let way = services::route(api, name);
    let call = inventory.raw(services::service(api), name, way.map(|(route, _)| route), request.clone(), audit.clone());
    let answer = audit.settle(call).await?;
    let root = way.map_or("", |(_, root)| root);
    if root.is_empty() {
        return Ok(answer);
    }
    // Anything else is a page of somebody on the way.
    answer.get(root).cloned().ok_or_else(Trouble::hollow)
}

/// Why it was not told, without a word that may hold a value.
fn unread(trouble: &Trouble) -> Unread {
    let is_word =
        |code: &str| code.len() <= 100 && code.chars().all(|c| c.is_ascii_alphanumeric() || "._:-".contains(c));
    let words = match (&trouble.code, trouble.sort) {
        (Some(code), _) if is_word(code) => code.to_string(),
        (Some(_), _) => "refused".to_owned(),
        (None, Sort::NotSent) => "it could not be sent".to_owned(),
        (None, Sort::Unsendable) => "it may not be sent".to_owned(),
        (None, Sort::NoAnswer | Sort::Failing) => "no answer".to_owned(),
        (None, Sort::Refused | Sort::Denied | Sort::Expired | Sort::Throttled) => "refused".to_owned(),
    };
    Unread::Told(words)
}

#[async_trait]
impl Inquire for AwsReader {
    async fn read(&self, asks: &[Ask], evidence: &Evidence) -> Vec<Answer> {
        // Each service has its own turns: one that is slow holds up no other.
        let mut lanes: BTreeMap<(Api, bool), Vec<BoxFuture<'_, (usize, Answer)>>> = BTreeMap::new();
        for (place, ask) in asks.iter().enumerate() {
            let answer = self.answer(ask, evidence).map(move |answer| (place, answer)).boxed();
            lanes.entry((ask.operation.api, ask.at_home)).or_default().push(answer);
        }
        let lanes = lanes.into_values().map(|lane| stream::iter(lane).buffer_unordered(AT_ONCE).collect::<Vec<_>>());
        let told = join_all(lanes).await;
        let mut told: Vec<(usize, Answer)> = told.into_iter().flatten().collect();
        told.sort_by_key(|(place, _)| *place);
        told.into_iter().map(|(_, answer)| answer).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::registry;
    use serde_json::json;

    #[test]
    fn an_answer_without_the_list_that_was_asked_for_is_none() {
        let mut seen = 0;
        for operation in registry::calls().into_iter().filter(|one| one.many.is_some() || one.api == Api::Tagging) {
            let first = operation.list.split('.').next().unwrap_or_default();
            assert!(!has_its_list(operation, &json!({})), "{}", operation.name);
            assert!(!has_its_list(operation, &json!({ first: "no" })), "{}", operation.name);
            assert!(has_its_list(operation, &json!({ first: [] })), "{}", operation.name);
            seen += 1;
        }
        assert!(seen > 10, "{seen}");
    }

    #[test]
    fn a_code_that_is_no_word_is_not_kept() {
        let of = |code: &str| unread(&Trouble { sort: Sort::Refused, code: Some(code.into()), message: "x".into() });
        assert_eq!(of("AccessDenied"), Unread::Told("AccessDenied".to_owned()));
        for code in ["hunter2 is wrong", "\u{1b}[2J", &"x".repeat(300)] {
            assert_eq!(of(code), Unread::Told("refused".to_owned()));
        }
    }
}
