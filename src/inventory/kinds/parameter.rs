//! Parameters, of which no value is ever read: a plain one may be a secret too.

use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Found, Read, Step, tags, with_tags};
use crate::inventory::pick::{As, Config, text};
use crate::inventory::registry::{Kind, found};
use serde_json::{Value, json};

static PARAMETERS: Operation =
    Operation::list(Api::Ssm, "DescribeParameters", "Parameters").paged(&[("NextToken", "NextToken")]).many(
        50,
        |names| {
            let filters = json!([{ "Key": "Name", "Option": "Equals", "Values": names }]);
            json!({ "ParameterFilters": filters, "MaxResults": 50 })
        },
        |one| text(one, "Name").map(str::to_owned),
    );
static PARAMETER_TAGS: Operation =
    Operation::list(Api::Ssm, "ListTagsForResource", "TagList").absent(&["InvalidResourceId"]);

pub(super) static KINDS: &[Kind] = &[Kind::of("parameter", parameter, &[&PARAMETERS, &PARAMETER_TAGS])];

fn parameter(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    let (one, tagged) = (
        desk.one(&PARAMETERS, name),
        desk.list(&PARAMETER_TAGS, json!({ "ResourceType": "Parameter", "ResourceId": name })),
    );
    let one = one?;
    // Its value is never read: a plain one may be a secret too.
    let config = Config::of(
        one,
        &[
            ("Type", "", As::Text),
            ("Tier", "", As::Text),
            ("KeyId", "", As::Text),
            ("Description", "", As::Text),
            ("AllowedPattern", "", As::Text),
            ("DataType", "", As::Text),
        ],
    );
    let mut config = Config(desk.sealer.members(&config.0));
    if let Some(key) = text(one, "KeyId").filter(|key| *key != "alias/aws/ssm") {
        desk.refer("kms-key", Some(key), "KeyId");
    }
    let tagged = desk.part(tagged, |desk, items| Value::Object(tags(&items, desk.sealer)))?;
    let tags = with_tags(&mut config, tagged);
    let arn = format!(
        "arn:{}:ssm:{}:{}:parameter/{}",
        desk.here.partition,
        desk.here.region,
        desk.here.account,
        name.trim_start_matches('/')
    );
    found(Found { arn: Some(arn), name: Some(name.to_owned()), config, tags })
}
