//! Credentials that have expired in the middle of a run: who waits for them, who looks whether they were renewed, and
//! that they are still the same account's. Decides nothing about the run: the events say it, and nothing new starts.

use super::hearing::Witness;
use super::observer::Observer;
use crate::cloud::Clock;
use crate::plan::AccountName;
use crate::recovery::What;
use crate::service::{Ask, Observation, Place, Query, Seen, Silence, StsObservation, StsQuery};
use crate::text::Clean;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// How many seconds after they expired they are first looked at again; then twice as long each time.
const FIRST_SECONDS: f64 = 2.0;
/// How many seconds lie between two looks at most. A `credential_process` is run for each.
const LONGEST_SECONDS: f64 = 15.0;

/// An account by its name in the plan; the ambient credentials have none.
type Account = Option<AccountName>;

/// What is known of every account's credentials. Cheap to clone: all clones are one.
#[derive(Clone)]
pub struct Credentials(Arc<Shared>);

struct Shared {
    clock: Clock,
    seen: Witness,
    held: watch::Sender<BTreeMap<Account, Held>>,
    /// The numbers of the accounts that credentials were of when they worked.
    numbers: Mutex<HashMap<Account, Clean>>,
    /// When an account's credentials were last seen to work again.
    renewed: Mutex<HashMap<Account, Timestamp>>,
}

/// Credentials that are waited for.
#[derive(Clone, Debug)]
struct Held {
    why: Clean,
    /// Whether new ones are there that are another account's, and not merely none yet.
    others: bool,
    /// What was refused for them, at each place: asked again to know whether they were renewed.
    refused: BTreeMap<Place, Ask>,
}

impl Credentials {
    pub(super) fn new(clock: Clock, seen: Witness) -> Self {
        let (held, numbers, renewed) = (watch::Sender::default(), Mutex::default(), Mutex::default());
        Self(Arc::new(Shared { clock, seen, held, numbers, renewed }))
    }

    /// Takes in answers to what was asked at `asked`: whose credentials these are, and whether they have expired.
    pub(super) fn learn(&self, answers: &[Seen], asked: Timestamp, observer: &Observer) {
        for seen in answers {
            match &seen.answer {
                Ok(Observation::Sts(StsObservation::Identity(identity))) => {
                    let mut numbers = self.0.numbers.lock().unwrap_or_else(PoisonError::into_inner);
                    numbers.entry(seen.ask.place.account.clone()).or_insert_with(|| identity.account.clone());
                }
                Err(silence) if silence.because == Silence::Expired => {
                    self.expired(seen.ask.clone(), asked, &silence.message, observer);
                }
                Ok(_) | Err(_) => {}
            }
        }
    }

    /// The credentials used for `ask`, made at `asked`, have expired, says the cloud. Who is told first looks until they
    /// work again. What was asked before they were renewed tells of the old ones, however late its answer comes.
    pub(super) fn expired(&self, ask: Ask, asked: Timestamp, why: &Clean, observer: &Observer) {
        let account = ask.place.account.clone();
        let renewed = self.0.renewed.lock().unwrap_or_else(PoisonError::into_inner).get(&account).copied();
        if renewed.is_some_and(|renewed| asked < renewed) {
            return;
        }
        let mut is_new = false;
        self.0.held.send_modify(|held| {
            let entry = held.entry(account.clone()).or_insert_with(|| {
                is_new = true;
                Held { why: why.clone(), others: false, refused: BTreeMap::new() }
            });
            entry.refused.insert(ask.place.clone(), ask);
        });
        if is_new {
            let told = What::CredentialsExpired { account: account.clone(), why: why.clone() };
            let _ = self.0.seen.send(told);
            tokio::spawn(self.clone().wait_for(account, observer.clone()));
        }
    }

    /// Why the credentials of one of `accounts` are waited for; nothing when all of them work, as far as is known.
    pub(super) fn why(&self, accounts: &[Account]) -> Option<Clean> {
        let held = self.0.held.borrow();
        accounts.iter().find_map(|account| held.get(account)).map(|held| held.why.clone())
    }

    /// Waits until those of all `accounts` work.
    pub(super) async fn work(&self, accounts: &[Account]) {
        let mut held = self.0.held.subscribe();
        // The sender is ours: it cannot be gone.
        let _ = held.wait_for(|held| accounts.iter().all(|account| !held.contains_key(account))).await;
    }

    async fn wait_for(self, account: Account, observer: Observer) {
        let mut wait = FIRST_SECONDS;
        while !self.0.seen.is_closed() {
            self.0.clock.sleep(wait).await;
            wait = (wait * 2.0).min(LONGEST_SECONDS);
            let Some(Held { why, others, refused }) = self.0.held.borrow().get(&account).cloned() else { return };
            let asks = refused.into_iter().flat_map(|(place, ask)| {
                let identity = Ask { place, query: Query::Sts(StsQuery::Identity) };
                if ask == identity { vec![ask] } else { vec![identity, ask] }
            });
            let seen = observer.look(asks.collect(), None).await;
            match self.judge(&account, &seen) {
                Standing::Renewed(identities) => {
                    let now = self.0.clock.now();
                    self.0.renewed.lock().unwrap_or_else(PoisonError::into_inner).insert(account.clone(), now);
                    self.0.held.send_modify(|held| drop(held.remove(&account)));
                    for what in identities {
                        let _ = self.0.seen.send(what);
                    }
                    let _ = self.0.seen.send(What::CredentialsRenewed { account });
                    return;
                }
                // In other words it is no news: a profile that is just being written is read without what renews it.
                Standing::Expired(now) if others => self.tell_anew(&account, now, false),
                Standing::Others(now) if !others || now != why => self.tell_anew(&account, now, true),
                Standing::Expired(_) | Standing::Others(_) | Standing::NotTold => {}
            }
        }
    }

    fn tell_anew(&self, account: &Account, why: Clean, others: bool) {
        self.0.held.send_modify(|held| {
            if let Some(held) = held.get_mut(account) {
                (held.why, held.others) = (why.clone(), others);
            }
        });
        let _ = self.0.seen.send(What::CredentialsExpired { account: account.clone(), why });
    }

    /// Whether they work, and are the same account's as before: another account's would look at, and change, other things.
    fn judge(&self, account: &Account, seen: &[Seen]) -> Standing {
        let expired = |seen: &Seen| match &seen.answer {
            Err(silence) if silence.because == Silence::Expired => Some(silence.message.clone()),
            Ok(_) | Err(_) => None,
        };
        if let Some(why) = seen.iter().find_map(expired) {
            return Standing::Expired(why);
        }
        let identities: Vec<_> = seen
            .iter()
            .filter_map(|seen| match &seen.answer {
                Ok(Observation::Sts(StsObservation::Identity(identity))) => Some(identity),
                Ok(_) | Err(_) => None,
            })
            .collect();
        let numbers = self.0.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        let other = numbers.get(account).and_then(|number| {
            let other = identities.iter().find(|identity| identity.account != *number)?;
            Some(format!(
                "the new credentials are of account {} ({}), and this run is on {number}: renew those of {number}",
                other.account, other.arn
            ))
        });
        let something_is_told = seen.iter().any(|seen| seen.answer.is_ok());
        match other {
            Some(other) => Standing::Others(Clean::new(&other)),
            // Whose the first were is not known either: there is nothing to hold them against.
            None if identities.is_empty() && (numbers.contains_key(account) || !something_is_told) => Standing::NotTold,
            None => {
                Standing::Renewed(identities.into_iter().cloned().map(|identity| What::Identity { identity }).collect())
            }
        }
    }
}

/// What a look at them came to.
enum Standing {
    /// They work again; whose they are.
    Renewed(Vec<What>),
    /// They do not.
    Expired(Clean),
    /// There are new ones, which are another account's.
    Others(Clean),
    /// Nobody told.
    NotTold,
}
