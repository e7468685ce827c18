//! Every family's words, for the tests that hold all of them to something. A word without an example fails here.

use super::observation::*;
use super::operation::*;
use super::*;
use super::{
    autoscaling, certificate, cloudwatch, dynamodb, ecr, ecs, elasticache, kms, load_balancer, local, logs, parameter,
    rds, route53, secret, sts,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;

/// Every question but that for the identity, which no kind asks, and the answer that there is no such thing.
pub fn questions() -> Vec<(Query, Observation)> {
    fn of<Q: Into<Query>, O: Into<Observation>>(examples: Vec<(Q, O)>) -> Vec<(Query, Observation)> {
        examples.into_iter().map(|(query, nothing)| (query.into(), nothing.into())).collect()
    }
    [
        of(rds::words::examples()),
        of(cloudwatch::examples()),
        of(ecr::examples()),
        of(ecs::words::examples()),
        of(elasticache::words::examples()),
        of(parameter::words::examples()),
        of(secret::words::examples()),
        of(kms::words::examples()),
        of(dynamodb::words::examples()),
        of(autoscaling::words::examples()),
        of(load_balancer::words::examples()),
        of(certificate::words::examples()),
        of(route53::words::examples()),
        of(logs::examples()),
        of(local::examples()),
    ]
    .concat()
}

/// Every question.
pub fn queries() -> Vec<Query> {
    let identity = Query::Sts(sts::example());
    questions().into_iter().map(|(query, _)| query).chain([identity]).collect()
}

/// Every operation.
pub fn operations() -> Vec<Operation> {
    let all = [
        rds::words::operations().into_iter().map(Operation::Rds).collect::<Vec<_>>(),
        ecs::words::operations().into_iter().map(Operation::Ecs).collect(),
        route53::words::operations().into_iter().map(Operation::Dns).collect(),
        autoscaling::words::operations().into_iter().map(Operation::AutoScaling).collect(),
        elasticache::words::operations().into_iter().map(Operation::ElastiCache).collect(),
        kms::words::operations().into_iter().map(Operation::Kms).collect(),
        secret::words::operations().into_iter().map(Operation::Secret).collect(),
        parameter::words::operations().into_iter().map(Operation::Parameter).collect(),
        local::operations().into_iter().map(Operation::Local).collect(),
    ];
    all.concat()
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

/// The names that a family's words have in a journal, as its reader knows them.
fn names<Words: DeserializeOwned>(tag: &str) -> Vec<String> {
    let refused = serde_json::from_str::<Words>(&format!(r#"{{"{tag}":"?"}}"#)).err().expect("no family has this word");
    // "unknown variant `?`, expected `one`", or "expected one of `one`, `other`".
    refused.to_string().split('`').skip(3).step_by(2).map(str::to_owned).collect()
}

fn operation_names() -> Vec<Vec<String>> {
    // A family that is forgotten here does not compile, and one without examples is missed.
    let families: BTreeSet<u32> = operations()
        .iter()
        .map(|operation| match operation {
            Operation::Rds(_) => 0,
            Operation::Ecs(_) => 1,
            Operation::Dns(_) => 2,
            Operation::Local(_) => 3,
            Operation::ElastiCache(_) => 4,
            Operation::Parameter(_) => 5,
            Operation::Secret(_) => 6,
            Operation::Kms(_) => 7,
            Operation::AutoScaling(_) => 8,
        })
        .collect();
    let names = vec![
        names::<AutoScalingOperation>("operation"),
        names::<RdsOperation>("operation"),
        names::<EcsOperation>("operation"),
        names::<DnsOperation>("operation"),
        names::<ElastiCacheOperation>("operation"),
        names::<ParameterOperation>("operation"),
        names::<SecretOperation>("operation"),
        names::<KmsOperation>("operation"),
        names::<LocalOperation>("operation"),
    ];
    assert_eq!(families.len(), names.len());
    names
}

fn query_names() -> Vec<Vec<String>> {
    // A family that is forgotten here does not compile, and one without examples is missed.
    let families: BTreeSet<u32> = queries()
        .iter()
        .map(|query| match query {
            Query::Rds(_) => 0,
            Query::CloudWatch(_) => 1,
            Query::Ecs(_) => 2,
            Query::Elb(_) => 3,
            Query::Dns(_) => 4,
            Query::Logs(_) => 5,
            Query::Local(_) => 6,
            Query::Sts(_) => 7,
            Query::Ecr(_) => 8,
            Query::ElastiCache(_) => 9,
            Query::Parameter(_) => 10,
            Query::Secret(_) => 11,
            Query::AutoScaling(_) => 12,
            Query::Acm(_) => 13,
            Query::Kms(_) => 14,
            Query::DynamoDb(_) => 15,
        })
        .collect();
    let names = vec![
        names::<AutoScalingQuery>("query"),
        names::<RdsQuery>("query"),
        names::<CloudWatchQuery>("query"),
        names::<EcrQuery>("query"),
        names::<EcsQuery>("query"),
        names::<ElastiCacheQuery>("query"),
        names::<ParameterQuery>("query"),
        names::<SecretQuery>("query"),
        names::<KmsQuery>("query"),
        names::<DynamoDbQuery>("query"),
        names::<AcmQuery>("query"),
        names::<ElbQuery>("query"),
        names::<DnsQuery>("query"),
        names::<LogsQuery>("query"),
        names::<LocalQuery>("query"),
        names::<StsQuery>("query"),
    ];
    assert_eq!(families.len(), names.len());
    names
}

fn observation_names() -> Vec<Vec<String>> {
    // A family that is forgotten here does not compile, and one without examples is missed.
    let families: BTreeSet<u32> = questions()
        .iter()
        .map(|(_, nothing)| match nothing {
            Observation::Rds(_) => 0,
            Observation::CloudWatch(_) => 1,
            Observation::Ecs(_) => 2,
            Observation::Elb(_) => 3,
            Observation::Dns(_) => 4,
            Observation::Logs(_) => 5,
            Observation::Local(_) => 6,
            // Nobody is asked who he is and answers that there is nobody.
            Observation::Sts(_) => 7,
            Observation::Ecr(_) => 8,
            Observation::ElastiCache(_) => 9,
            Observation::Parameter(_) => 10,
            Observation::Secret(_) => 11,
            Observation::AutoScaling(_) => 12,
            Observation::Acm(_) => 13,
            Observation::Kms(_) => 14,
            Observation::DynamoDb(_) => 15,
        })
        .chain([7])
        .collect();
    let names = vec![
        names::<AutoScalingObservation>("saw"),
        names::<RdsObservation>("saw"),
        names::<CloudWatchObservation>("saw"),
        names::<EcrObservation>("saw"),
        names::<EcsObservation>("saw"),
        names::<ElastiCacheObservation>("saw"),
        names::<ParameterObservation>("saw"),
        names::<SecretObservation>("saw"),
        names::<KmsObservation>("saw"),
        names::<DynamoDbObservation>("saw"),
        names::<AcmObservation>("saw"),
        names::<ElbObservation>("saw"),
        names::<DnsObservation>("saw"),
        names::<LogsObservation>("saw"),
        names::<LocalObservation>("saw"),
        names::<StsObservation>("saw"),
    ];
    assert_eq!(families.len(), names.len());
    names
}

#[test]
fn no_two_families_have_a_word_in_common() {
    for families in [operation_names(), query_names(), observation_names()] {
        assert!(families.iter().all(|names| !names.is_empty()), "{families:?}");
        let all = families.concat();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{all:?}");
    }
}

#[test]
fn every_word_has_an_example() {
    let of = |words: Vec<String>| words.into_iter().collect::<BTreeSet<_>>();
    let queries = queries().iter().map(|query| word(query, "query")).collect();
    assert_eq!(of(queries), of(query_names().concat()));
    let operations = operations().iter().map(|operation| word(operation, "operation")).collect();
    assert_eq!(of(operations), of(operation_names().concat()));
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
