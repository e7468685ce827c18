//! Keys and their aliases. AWS's own are none of the application's.

use crate::inventory::arn::AWS_OWN;
use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Found, Read, Step, tags, with_tags};
use crate::inventory::document;
use crate::inventory::pick::{self, As, Config, each, text};
use crate::inventory::registry::{Kind, found};
use crate::snapshot::Reference;
use serde_json::{Value, json};

const NOT_FOUND: &[&str] = &["NotFoundException", "ResourceNotFoundException"];
static KEY: Operation = Operation::one(Api::Kms, "DescribeKey").absent(NOT_FOUND);
static KEY_POLICY: Operation = Operation::one(Api::Kms, "GetKeyPolicy").absent(NOT_FOUND);
static ALIASES: Operation = Operation::list(Api::Kms, "ListAliases", "Aliases").paged(&[("Marker", "NextMarker")]);
static ROTATION: Operation = Operation::one(Api::Kms, "GetKeyRotationStatus").absent(NOT_FOUND);
static KEY_TAGS: Operation = Operation::list(Api::Kms, "ListResourceTags", "Tags").paged(&[("Marker", "NextMarker")]);

pub(super) static KINDS: &[Kind] = &[Kind::of("kms-key", key, &[&KEY, &KEY_POLICY, &ALIASES, &ROTATION, &KEY_TAGS])];

fn key(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let one = pick::at(desk.call(&KEY, json!({ "KeyId": id }))?, "KeyMetadata");
    if text(one, "KeyManager") == Some("AWS") {
        return Ok(Read::Nothing(AWS_OWN));
    }
    let real = text(one, "KeyId").unwrap_or(id);
    if real != id {
        return Ok(Read::Same(Reference::new("kms-key", real)));
    }
    let asked = || json!({ "KeyId": id });
    let policy = desk.call(&KEY_POLICY, json!({ "KeyId": id, "PolicyName": "default" }));
    let (aliases, rotation, tagged) =
        (desk.list(&ALIASES, asked()), desk.call(&ROTATION, asked()), desk.list(&KEY_TAGS, asked()));
    let mut config = Config::of(
        one,
        &[
            ("Description", "", As::Text),
            ("KeyUsage", "", As::Text),
            ("KeySpec", "", As::Text),
            ("MultiRegion", "", As::Truth),
            ("MultiRegionKeyType", "MultiRegionConfiguration.MultiRegionKeyType", As::Text),
            ("PrimaryKey", "MultiRegionConfiguration.PrimaryKey.Arn", As::Text),
            ("Origin", "", As::Text),
            ("Enabled", "", As::Truth),
        ],
    );
    let mut name = None;
    let aliases = desk.part(aliases, |desk, aliases| {
        let mut names = each(&aliases, "AliasName");
        names.sort_unstable();
        name = names.first().map(|name| name.trim_start_matches("alias/").to_owned());
        for alias in &names {
            desk.known_by(Some(alias));
        }
        pick::set(names)
    })?;
    config.put("Aliases", aliases);
    let policy = desk.part(policy, |desk, one| {
        // Who may use it is not followed.
        text(one, "Policy").map_or(Value::Null, |text| desk.sealer.value("policy", &document::read(text)))
    })?;
    config.put("Policy", policy);
    let mut days = Value::Null;
    let rotation = desk.part(rotation, |_, one| {
        let is_rotated = pick::at(one, "KeyRotationEnabled").as_bool() == Some(true);
        days = if is_rotated { pick::taken(one, "RotationPeriodInDays", As::Number) } else { Value::Null };
        pick::taken(one, "KeyRotationEnabled", As::Truth)
    })?;
    config.put("Rotation", rotation);
    config.put("RotationDays", days);
    let tagged = desk.part(tagged, |desk, items| Value::Object(tags(&items, desk.sealer)))?;
    let tags = with_tags(&mut config, tagged);
    found(Found { arn: text(one, "Arn").map(str::to_owned), name, config, tags })
}
