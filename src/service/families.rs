//! Every family's words, for the tests that hold all of them to something. A word without an example fails here.

use super::family::examples::names;
pub use super::family::examples::{operations, questions};
use super::*;
use serde::Serialize;
use std::collections::BTreeSet;

/// Every question.
pub fn queries() -> Vec<Query> {
    let of_callers = [StsQuery::Identity, StsQuery::Reply].map(Query::Sts);
    questions().into_iter().map(|(query, _)| query).chain(of_callers).collect()
}

/// The answer that there is nothing of what `query` asks for.
pub fn nothing_of(query: &Query) -> Observation {
    let word = word(query, "query");
    let found = questions().into_iter().find(|(example, _)| self::word(example, "query") == word);
    found.map(|(_, nothing)| nothing).unwrap_or_else(|| panic!("no kind asks for {word}"))
}

/// The word for it in a journal.
pub fn word(of: &impl Serialize, tag: &str) -> String {
    let written = serde_json::to_value(of).expect("words are written down");
    written[tag].as_str().expect("every word has a name").to_owned()
}

#[test]
fn no_two_families_have_a_word_in_common() {
    for families in names() {
        assert!(families.iter().all(|names| !names.is_empty()), "{families:?}");
        let all = families.concat();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{all:?}");
    }
}

#[test]
fn every_word_has_an_example() {
    let [query_names, _, operation_names] = names();
    let of = |words: Vec<String>| words.into_iter().collect::<BTreeSet<_>>();
    let queries = queries().iter().map(|query| word(query, "query")).collect();
    assert_eq!(of(queries), of(query_names.concat()));
    let operations = operations().iter().map(|operation| word(operation, "operation")).collect();
    assert_eq!(of(operations), of(operation_names.concat()));
}

#[test]
fn every_word_is_read_back_as_it_was_written() {
    for query in queries() {
        let written = serde_json::to_string(&query).expect("text");
        assert_eq!(serde_json::from_str::<Query>(&written).expect("a query"), query, "{written}");
    }
    for operation in operations() {
        let written = serde_json::to_string(&operation).expect("text");
        assert_eq!(serde_json::from_str::<Operation>(&written).expect("an operation"), operation, "{written}");
    }
    for (_, nothing) in questions() {
        let written = serde_json::to_string(&nothing).expect("text");
        assert_eq!(serde_json::from_str::<Observation>(&written).expect("an observation"), nothing, "{written}");
    }
}

#[test]
fn every_api_is_called_by_its_name_where_it_is_at_home() {
    let place = Place { region: "eu-west-1".into(), account: None };
    let mut homes: Vec<(&str, String)> = queries()
        .into_iter()
        .map(|query| (query.api_name(), home::home(&Ask { place: place.clone(), query })))
        .collect();
    homes.extend(
        operations()
            .into_iter()
            .map(|operation| (operation.api_name(), home::home_of_act(&Act { place: place.clone(), operation }))),
    );
    for (api, home) in homes {
        let prefix = api.split('.').next().expect("a service");
        assert!(!home.starts_with(prefix), "{api} has no name: {home}");
    }
}

/// What a report tells of every act is a class, whose it is and how it stands; never what a secret or a parameter holds.
#[test]
fn what_an_act_makes_of_code_names_what_it_is_and_tells_no_value_that_may_be_secret() {
    let mut said = 0;
    for operation in operations() {
        let written = serde_json::to_value(&operation).expect("text");
        let held =
            written.get("value").into_iter().chain(written.get("set").and_then(|set| set.as_object()?.values().next()));
        let held: Vec<&str> = held.filter_map(|value| value.as_str()).filter(|value| !value.is_empty()).collect();
        for declared in operation.declared() {
            said += 1;
            assert!(declared.class.is_empty() || declared.class.starts_with("aws_"), "{declared:?}");
            assert!(!declared.id.is_empty() && !declared.now.is_empty(), "{declared:?}");
            assert!(held.iter().all(|value| !declared.now.contains(value)), "{declared:?} tells {held:?}");
        }
        assert!(!operation.is_proof() || operation.declared().is_empty(), "{operation:?} changes nothing");
    }
    assert!(said > 30, "{said}");
}
