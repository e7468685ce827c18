//! What a machine is started from.

use crate::inventory::arn::NOT_READ;
use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Found, Read, Step, tags};
use crate::inventory::pick::{self, As, Config, list, text};
use crate::inventory::registry::{Kind, found};
use serde_json::{Map, Value, json};

static TEMPLATES: Operation = Operation::list(Api::Ec2, "DescribeLaunchTemplates", "launchTemplates")
    .paged(&[("NextToken", "nextToken")])
    .many(100, |ids| json!({ "LaunchTemplateId": ids }), |one| text(one, "launchTemplateId").map(str::to_owned));
pub(super) static TEMPLATE_VERSIONS: Operation =
    Operation::list(Api::Ec2, "DescribeLaunchTemplateVersions", "launchTemplateVersionSet");
// By a filter: an image that is gone keeps no other's answer. Old ones and those that were switched off are told too.
pub(super) static IMAGES: Operation = Operation::list(Api::Ec2, "DescribeImages", "imagesSet").paged(&[("NextToken", "nextToken")]).many(
    100,
    |ids| json!({ "Filter": [{ "Name": "image-id", "Value": ids }], "IncludeDeprecated": true, "IncludeDisabled": true }),
    |one| text(one, "imageId").map(str::to_owned),
);
/// What of a launch template is told.
const TEMPLATE: &[&str] = &[
    "imageId",
    "instanceType",
    "keyName",
    "ebsOptimized",
    "monitoring",
    "iamInstanceProfile",
    "securityGroupIdSet",
    "metadataOptions",
    "blockDeviceMappingSet",
    "networkInterfaceSet",
    "tagSpecificationSet",
    "userData",
];
/// Where a version of a template has what machines are started from.
pub(super) const DATA: &str = "launchTemplateData";

pub(super) static KINDS: &[Kind] = &[Kind::of("launch-template", template, &[&TEMPLATES, &TEMPLATE_VERSIONS, &IMAGES])];

fn template(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    // Its version that is told is the latest; a group that starts its machines from another one tells that.
    let one = desk.one(&TEMPLATES, id);
    let latest = desk.list(&TEMPLATE_VERSIONS, versions(id, &["$Latest"]));
    let one = one?;
    let mut config = Config::default();
    let name = text(one, "launchTemplateName").map(str::to_owned);
    let mut others = Vec::new();
    let mut told = desk.part(latest, |desk, versions| {
        let data = versions.first().map_or(&Value::Null, |version| pick::at(version, DATA));
        // What else is set is named, so that nobody takes this for all of it.
        let members = data.as_object().into_iter().flatten();
        let unnamed = members
            .filter(|(name, value)| !TEMPLATE.contains(&name.as_str()) && !pick::without_nothing(value).is_null());
        others = unnamed.map(|(name, _)| name.clone()).collect();
        launched(desk, data)
    })?;
    named_image(desk, &mut told)?;
    config.put("Latest", told);
    config.names_also(others);
    let tags = tags(&list(one, "tagSet"), desk.sealer);
    found(Found { arn: None, name, config, tags: Some(tags) })
}

pub(super) fn versions(id: &str, which: &[&str]) -> Value {
    json!({ "LaunchTemplateId": id, "LaunchTemplateVersion": which })
}

/// What machines are started from.
pub(super) fn launched(desk: &mut Desk<'_>, data: &Value) -> Value {
    let mut told = Config::of(
        data,
        &[
            ("ImageId", "imageId", As::Text),
            ("InstanceType", "instanceType", As::Text),
            ("KeyName", "keyName", As::Text),
            ("EbsOptimized", "ebsOptimized", As::Truth),
            ("Monitoring", "monitoring.enabled", As::Truth),
            ("InstanceProfile", "iamInstanceProfile", As::Whole),
            ("SecurityGroups", "securityGroupIdSet", As::Set),
            ("MetadataOptions", "metadataOptions", As::Whole),
            ("BlockDevices", "blockDeviceMappingSet", As::Sets),
            ("NetworkInterfaces", "networkInterfaceSet", As::Sets),
        ],
    );
    if let Some(profile) = text(data, "iamInstanceProfile.arn").or_else(|| text(data, "iamInstanceProfile.name")) {
        desk.refer("instance-profile", Some(profile), "IamInstanceProfile");
    }
    desk.needs("security-group", pick::texts(data, "securityGroupIdSet"), "SecurityGroupIds");
    for interface in list(data, "networkInterfaceSet") {
        desk.needs("security-group", pick::texts(interface, "groupSet"), "NetworkInterfaces");
        desk.need("subnet", text(interface, "subnetId"), "NetworkInterfaces");
    }
    let tagged = list(data, "tagSpecificationSet").into_iter().filter_map(|one| {
        let of = text(one, "resourceType")?.to_owned();
        Some((of, Value::Object(tags(&list(one, "tagSet"), desk.sealer))))
    });
    let tagged: Map<String, Value> = tagged.collect();
    if !tagged.is_empty() {
        told.put("TagSpecifications", tagged);
    }
    if let Some(user_data) = text(data, "userData") {
        told.put("UserData", self::user_data(desk, user_data));
    }
    if let Some(image) = text(data, "imageId") {
        desk.leave(image, NOT_READ);
    }
    told.value()
}

/// With what its image is called, and whose it is: its id is another in each region.
pub(super) fn named_image(desk: &mut Desk<'_>, launched: &mut Value) -> Step<()> {
    let image = launched.get("ImageId").and_then(Value::as_str).filter(|image| image.starts_with("ami-"));
    let Some(image) = image.map(str::to_owned) else { return Ok(()) };
    let told = desk.one(&IMAGES, &image);
    let told = desk.part(told, |_, one| {
        Config::of(one, &[("Name", "name", As::Text), ("Owner", "imageOwnerId", As::Text)]).value()
    })?;
    if let (false, Some(launched)) = (told.is_null(), launched.as_object_mut()) {
        launched.insert("Image".to_owned(), told);
    }
    Ok(())
}

/// What a machine is told when it starts: in base64, read for what it names, and kept with what is secret in it taken out.
fn user_data(desk: &mut Desk<'_>, encoded: &str) -> String {
    use base64::Engine;
    let plain =
        base64::engine::general_purpose::STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    // What cannot be looked into is kept as what it is compared by.
    let Some(plain) = plain else { return desk.sealer.token(encoded) };
    desk.mention(&plain, "UserData");
    desk.sealer.script(&plain)
}
