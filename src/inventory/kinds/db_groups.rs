//! What databases are set up by: groups of subnets, parameters and options.

use super::rds::{MARKER, RDS_TAGS, first, parameters, subnets, with};
use crate::inventory::arn::AWS_OWN;
use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Read, Step};
use crate::inventory::pick::{As, Config, list, text};
use crate::inventory::registry::Kind;
use serde_json::{Map, Value, json};

static SUBNET_GROUP: Operation = Operation::list(Api::Rds, "DescribeDBSubnetGroups", "DBSubnetGroups")
    .absent(&["DBSubnetGroupNotFoundFault", "DBSubnetGroupNotFound"]);
static PARAMETER_GROUP: Operation = Operation::list(Api::Rds, "DescribeDBParameterGroups", "DBParameterGroups")
    .absent(&["DBParameterGroupNotFound", "DBParameterGroupNotFoundFault"]);
static PARAMETERS: Operation = Operation::list(Api::Rds, "DescribeDBParameters", "Parameters").paged(MARKER);
static CLUSTER_PARAMETER_GROUP: Operation =
    Operation::list(Api::Rds, "DescribeDBClusterParameterGroups", "DBClusterParameterGroups")
        .absent(&["DBParameterGroupNotFound", "DBClusterParameterGroupNotFound"]);
static CLUSTER_PARAMETERS: Operation =
    Operation::list(Api::Rds, "DescribeDBClusterParameters", "Parameters").paged(MARKER);
static OPTION_GROUP: Operation = Operation::list(Api::Rds, "DescribeOptionGroups", "OptionGroupsList")
    .absent(&["OptionGroupNotFoundFault", "OptionGroupNotFound"]);

pub(super) static KINDS: &[Kind] = &[
    Kind::of("db-subnet-group", subnet_group, &[&SUBNET_GROUP, &RDS_TAGS]),
    Kind::of("db-parameter-group", parameter_group, &[&PARAMETER_GROUP, &PARAMETERS, &RDS_TAGS]),
    Kind::of(
        "cluster-parameter-group",
        cluster_parameter_group,
        &[&CLUSTER_PARAMETER_GROUP, &CLUSTER_PARAMETERS, &RDS_TAGS],
    ),
    Kind::of("option-group", option_group, &[&OPTION_GROUP, &RDS_TAGS]),
];

fn subnet_group(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    let one = first(desk.list(&SUBNET_GROUP, json!({ "DBSubnetGroupName": name }))?)?;
    let arn = text(one, "DBSubnetGroupArn").unwrap_or_default();
    let tagged = desk.list(&RDS_TAGS, json!({ "ResourceName": arn }));
    let mut config = Config::of(one, &[("Description", "DBSubnetGroupDescription", As::Text)]);
    subnets(desk, &mut config, one);
    with(desk, tagged, arn, name, config)
}

fn parameter_group(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    if name.starts_with("default.") {
        return Ok(Read::Nothing(AWS_OWN));
    }
    let one = desk.list(&PARAMETER_GROUP, json!({ "DBParameterGroupName": name }));
    let set = desk.list(&PARAMETERS, json!({ "DBParameterGroupName": name, "Source": "user" }));
    let one = first(one?)?;
    let arn = text(one, "DBParameterGroupArn").unwrap_or_default();
    let tagged = desk.list(&RDS_TAGS, json!({ "ResourceName": arn }));
    let mut config = Config::of(one, &[("Family", "DBParameterGroupFamily", As::Text), ("Description", "", As::Text)]);
    let set = desk.part(set, |desk, items| parameters(desk, &items))?;
    config.put("Parameters", set);
    with(desk, tagged, arn, name, config)
}

fn cluster_parameter_group(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    if name.starts_with("default.") {
        return Ok(Read::Nothing(AWS_OWN));
    }
    let one = desk.list(&CLUSTER_PARAMETER_GROUP, json!({ "DBClusterParameterGroupName": name }));
    let set = desk.list(&CLUSTER_PARAMETERS, json!({ "DBClusterParameterGroupName": name, "Source": "user" }));
    let one = first(one?)?;
    let arn = text(one, "DBClusterParameterGroupArn").unwrap_or_default();
    let tagged = desk.list(&RDS_TAGS, json!({ "ResourceName": arn }));
    let mut config = Config::of(one, &[("Family", "DBParameterGroupFamily", As::Text), ("Description", "", As::Text)]);
    let set = desk.part(set, |desk, items| parameters(desk, &items))?;
    config.put("Parameters", set);
    with(desk, tagged, arn, name, config)
}

fn option_group(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    if name.starts_with("default:") {
        return Ok(Read::Nothing(AWS_OWN));
    }
    let one = first(desk.list(&OPTION_GROUP, json!({ "OptionGroupName": name }))?)?;
    let arn = text(one, "OptionGroupArn").unwrap_or_default();
    let tagged = desk.list(&RDS_TAGS, json!({ "ResourceName": arn }));
    let mut config = Config::of(
        one,
        &[
            ("EngineName", "", As::Text),
            ("MajorEngineVersion", "", As::Text),
            ("Description", "OptionGroupDescription", As::Text),
        ],
    );
    let mut options = Map::new();
    for option in list(one, "Options") {
        let settings = list(option, "OptionSettings").into_iter().filter_map(|setting| {
            let name = text(setting, "Name")?;
            Some((name.to_owned(), desk.sealer.text(name, text(setting, "Value")?).into()))
        });
        let mut set = Config::of(option, &[("Port", "", As::Number), ("OptionVersion", "", As::Text)]);
        set.put("Settings", settings.collect::<Map<String, Value>>());
        options.insert(text(option, "OptionName").unwrap_or_default().to_owned(), set.value());
    }
    config.put("Options", options);
    with(desk, tagged, arn, name, config)
}
