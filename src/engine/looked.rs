//! What a look came to beside what a step's work makes of it: whether anything answered at all, who refused, who said
//! "slower". Pure.

use crate::plan::Region;
use crate::service::home::{clear, home};
use crate::service::{Ask, Seen, Silence, Unanswered};
use crate::text::Clean;
use jiff::Timestamp;

/// One look of a step.
#[derive(Clone, Debug)]
pub(super) struct Looked {
    /// When it began: what it shows is not older than this.
    pub(super) began: Timestamp,
    /// The answers.
    pub(super) seen: Vec<Seen>,
    /// The region that the step acts in.
    pub(super) region: Region,
}

impl Looked {
    /// Whether anything answered: a refusal is an answer, and so is "too many requests". What asks nothing meets no silence.
    /// What another region said is no answer of the one that is acted in, where that one is asked at all: a fence looks at
    /// the replica too.
    pub(super) fn heard(&self) -> bool {
        let mut there = self.seen.iter().filter(|seen| seen.ask.place.region == self.region).peekable();
        let answered = |seen: &Seen| !is(seen, Silence::NoAnswer);
        match there.peek() {
            Some(_) => there.any(answered),
            None => self.seen.is_empty() || self.seen.iter().any(answered),
        }
    }

    /// Whether some of it was one question too many.
    pub(super) fn throttled(&self) -> bool {
        self.seen.iter().any(|seen| is(seen, Silence::Throttled))
    }

    /// What was answered that the credentials have expired.
    pub(super) fn expired(&self) -> Option<&Ask> {
        self.seen.iter().find(|seen| is(seen, Silence::Expired)).map(|seen| &seen.ask)
    }

    /// Who refused for good, when that is all that was not told. Beside a question that nobody answered it says nothing
    /// yet: the answer may be all that is wanted.
    pub(super) fn refusal(&self) -> Option<Refusal<'_>> {
        let mut silences = self.silences().peekable();
        let (ask, first) = *silences.peek()?;
        let is_refusal = |silence: &Unanswered| matches!(silence.because, Silence::Denied | Silence::Refused);
        silences.all(|(_, silence)| is_refusal(silence)).then_some(Refusal { ask, said: first })
    }

    /// Who did not tell, and how: `RDS in us-east-1 did not answer`; nothing when all was told.
    pub(super) fn who_did_not_tell(&self) -> Option<String> {
        let (ask, silence) = self.silences().min_by_key(|(_, silence)| worth(silence.because))?;
        let how = match silence.because {
            Silence::NoAnswer => "did not answer",
            Silence::Throttled => "answered only that it is asked too often",
            Silence::Denied | Silence::Refused => "refused to tell",
            Silence::Expired => "refused credentials that have expired",
            Silence::Error => "answered only with errors",
        };
        Some(format!("{} ({}) {how}", home(ask), ask.query.api_name()))
    }

    fn silences(&self) -> impl Iterator<Item = (&Ask, &Unanswered)> {
        self.seen.iter().filter_map(|seen| Some((&seen.ask, seen.answer.as_ref().err()?)))
    }
}

/// Who refused to be asked, and what was said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal<'a> {
    ask: &'a Ask,
    said: &'a Unanswered,
}

impl Refusal<'_> {
    /// `Route 53 in us-east-1 refused route53.GetChange: NoSuchHostedZone: …`.
    pub(super) fn words(&self) -> String {
        format!("{} refused {}: {}", home(self.ask), self.ask.query.api_name(), self.said.message)
    }

    /// What would clear it.
    pub(super) fn clear(&self) -> Clean {
        Clean::new(&clear(self.ask.query.api_name(), self.said))
    }
}

/// Of several that did not tell, the one that is spoken of: the smaller, the sooner.
fn worth(because: Silence) -> u8 {
    match because {
        Silence::NoAnswer => 0,
        Silence::Error => 1,
        Silence::Throttled => 2,
        Silence::Expired => 3,
        Silence::Denied | Silence::Refused => 4,
    }
}

fn is(seen: &Seen, because: Silence) -> bool {
    matches!(&seen.answer, Err(unanswered) if unanswered.because == because)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::{DnsQuery, Observation, Place, Query, RdsObservation, RdsQuery};

    fn looked(answers: &[Option<Silence>]) -> Looked {
        let place = Place { region: Region::new("eu-west-1"), account: None };
        let seen = answers.iter().enumerate().map(|(number, because)| {
            let query = match number {
                0 => Query::Dns(DnsQuery::RecordSets { zone: "Z1".into(), name: "a.".into(), resolve: false }),
                _ => Query::Rds(RdsQuery::DbInstance { id: number.to_string().as_str().into() }),
            };
            let said = |because: &Silence| Unanswered { because: *because, code: None, message: "no".into() };
            let answer = because
                .as_ref()
                .map_or(Ok(Observation::Rds(RdsObservation::DbInstance { instance: None })), |because| {
                    Err(said(because))
                });
            Seen { ask: Ask { place: place.clone(), query }, at: Timestamp::UNIX_EPOCH, answer }
        });
        let region = place.region.clone();
        Looked { began: Timestamp::UNIX_EPOCH, seen: seen.collect(), region }
    }

    #[test]
    fn what_another_region_said_is_no_answer_of_the_one_acted_in() {
        let mut fence = looked(&[Some(Silence::NoAnswer), Some(Silence::NoAnswer), None]);
        fence.seen[2].ask.place.region = Region::new("us-west-2");
        assert!(!fence.heard(), "the replica answered, the old side did not");
        fence.seen[1].answer = Ok(Observation::Rds(RdsObservation::DbInstance { instance: None }));
        assert!(fence.heard());
        // Of what is asked elsewhere alone, elsewhere answers.
        let mut elsewhere = looked(&[None]);
        elsewhere.seen[0].ask.place.region = Region::new("us-west-2");
        assert!(elsewhere.heard());
    }

    #[test]
    fn only_no_answer_of_any_kind_is_silence() {
        assert!(looked(&[]).heard() && looked(&[None]).heard());
        assert!(!looked(&[Some(Silence::NoAnswer), Some(Silence::NoAnswer)]).heard());
        for because in [Silence::Throttled, Silence::Denied, Silence::Refused, Silence::Expired, Silence::Error] {
            assert!(looked(&[Some(Silence::NoAnswer), Some(because)]).heard(), "{because:?} is an answer");
        }
    }

    #[test]
    fn a_refusal_counts_when_it_is_all_that_was_not_told() {
        assert!(looked(&[None, Some(Silence::Denied)]).refusal().is_some());
        assert!(looked(&[None, None]).refusal().is_none());
        for other in [Silence::NoAnswer, Silence::Throttled, Silence::Error, Silence::Expired] {
            assert!(looked(&[Some(Silence::Refused), Some(other)]).refusal().is_none(), "{other:?} may be told yet");
        }
    }

    #[test]
    fn who_is_meant_is_the_api_at_its_home() {
        let words = looked(&[Some(Silence::Refused)]).refusal().expect("a refusal").words();
        assert_eq!(words, "Route 53 in us-east-1 refused route53.ListResourceRecordSets: no");
        let who = looked(&[Some(Silence::Throttled), Some(Silence::NoAnswer)]).who_did_not_tell();
        assert_eq!(who.as_deref(), Some("RDS in eu-west-1 (rds.DescribeDBInstances) did not answer"));
    }
}
