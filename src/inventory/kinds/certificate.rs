//! Certificates.

use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Found, Read, Step, tags, with_tags};
use crate::inventory::pick::{self, As, Config, each, list, text};
use crate::inventory::registry::{Kind, found};
use serde_json::{Value, json};

static CERTIFICATE: Operation = Operation::one(Api::Acm, "DescribeCertificate").absent(&["ResourceNotFoundException"]);
static CERTIFICATE_TAGS: Operation = Operation::list(Api::Acm, "ListTagsForCertificate", "Tags");

pub(super) static KINDS: &[Kind] = &[Kind::of("certificate", certificate, &[&CERTIFICATE, &CERTIFICATE_TAGS])];

fn certificate(desk: &mut Desk<'_>, arn: &str) -> Step<Read> {
    let asked = || json!({ "CertificateArn": arn });
    let (one, tagged) = (desk.call(&CERTIFICATE, asked()), desk.list(&CERTIFICATE_TAGS, asked()));
    let one = pick::at(one?, "Certificate");
    let mut config = Config::of(
        one,
        &[
            ("DomainName", "", As::Text),
            ("SubjectAlternativeNames", "", As::Set),
            ("Type", "", As::Text),
            ("KeyAlgorithm", "", As::Text),
            ("CertificateAuthorityArn", "", As::Text),
            ("Transparency", "Options.CertificateTransparencyLoggingPreference", As::Text),
        ],
    );
    config.names_the_rest(one, &[("Options.Export", &["DISABLED"])]);
    let ways = list(one, "DomainValidationOptions");
    config.put("ValidationMethods", pick::set(each(&ways, "ValidationMethod")));
    let tagged = desk.part(tagged, |desk, items| Value::Object(tags(&items, desk.sealer)))?;
    let tags = with_tags(&mut config, tagged);
    let name = text(one, "DomainName").map(str::to_owned);
    found(Found { arn: Some(arn.to_owned()), name, config, tags })
}
