//! Hosted zones, by id or by name; what was found is kept for ten minutes: it hardly ever changes, and Route 53 takes
//! five requests a second of an account.

use super::{audit, bare};
use crate::cloud::aws::desk::Eye;
use crate::cloud::aws::trouble::Trouble;
use crate::service::ZoneRef;
use crate::service::dns_name::canonical;
use crate::service::observation::HostedZone;
use crate::text::Clean;
use std::time::{Duration, Instant};

/// How long a zone that was found is not asked for again.
const KEPT: Duration = Duration::from_secs(600);

/// The codes that mean "these credentials may not", of an API that goes on answering other questions.
pub(super) const NOT_ALLOWED: &[&str] = &["AccessDenied", "AccessDeniedException"];

/// The zones that `zone` can mean: one, when all is well.
pub(super) async fn of(eye: Eye<'_>, zone: &ZoneRef) -> Result<Vec<HostedZone>, Trouble> {
    let slot = eye.clients.zones.slot(zone);
    let mut kept = slot.lock().await;
    if let Some((_, found)) = kept.as_ref().filter(|(at, _)| at.elapsed() < KEPT) {
        return Ok(vec![found.clone()]);
    }
    let mut found = ask(eye, zone).await?;
    found.sort_by(|one, other| one.id.cmp(&other.id));
    // None, or several, is what somebody may be mending.
    *kept = match &found[..] {
        [one] => Some((Instant::now(), one.clone())),
        _ => None,
    };
    Ok(found)
}

async fn ask(eye: Eye<'_>, zone: &ZoneRef) -> Result<Vec<HostedZone>, Trouble> {
    if !zone.is_name() {
        return get(eye, &zone.zone).await;
    }
    let named = by_name(eye, zone).await?;
    match &named[..] {
        // Who may list zones and not get one knows all but its name servers.
        [one] => match get(eye, &one.id).await {
            Err(trouble) if trouble.is(NOT_ALLOWED) => Ok(named),
            told => told,
        },
        _ => Ok(named),
    }
}

/// `GetHostedZone`: none when there is no such id.
async fn get(eye: Eye<'_>, id: &str) -> Result<Vec<HostedZone>, Trouble> {
    let audit = audit(eye);
    let call = eye.clients.route53.get_hosted_zone().id(id);
    let told = audit.settle(call.customize().interceptor(audit.clone()).send()).await;
    eye.clients.zones.note_host(audit.host());
    let found = match told {
        Ok(found) => found,
        Err(trouble) if trouble.is(&["NoSuchHostedZone"]) => return Ok(Vec::new()),
        Err(trouble) => return Err(trouble),
    };
    let zone = found.hosted_zone().map(|zone| {
        let private = zone.config().is_some_and(|config| config.private_zone());
        let servers = found.delegation_set().map(|set| set.name_servers()).unwrap_or_default();
        HostedZone {
            id: Clean::new(bare(zone.id(), "/hostedzone/")),
            name: canonical(zone.name()).into(),
            private,
            name_servers: if private { Vec::new() } else { servers.iter().map(|name| Clean::new(name)).collect() },
            accelerated: zone
                .features()
                .and_then(|features| features.accelerated_recovery_status())
                .map(|status| Clean::new(status.as_str())),
            vpcs: found.vpcs().iter().filter_map(|vpc| vpc.vpc_id()).map(Clean::new).collect(),
        }
    });
    Ok(zone.into_iter().collect())
}

/// `ListHostedZonesByName`: every zone of the name that is as private as was said.
async fn by_name(eye: Eye<'_>, zone: &ZoneRef) -> Result<Vec<HostedZone>, Trouble> {
    let (mut zones, mut from): (Vec<HostedZone>, Option<String>) = (Vec::new(), None);
    loop {
        let audit = audit(eye);
        let call = eye.clients.route53.list_hosted_zones_by_name().dns_name(zone.zone.as_str());
        let call = call.set_hosted_zone_id(from.take());
        let told = audit.settle(call.customize().interceptor(audit.clone()).send()).await;
        eye.clients.zones.note_host(audit.host());
        let page = told?;
        let listed = page.hosted_zones();
        let named =
            listed.iter().filter(|found| canonical(found.name()) == zone.zone.as_str()).map(|found| HostedZone {
                id: Clean::new(bare(found.id(), "/hostedzone/")),
                name: zone.zone.clone(),
                private: found.config().is_some_and(|config| config.private_zone()),
                ..HostedZone::default()
            });
        zones.extend(named.filter(|found| zone.private.is_none_or(|private| private == found.private)));
        // The list goes on through the alphabet: only while it is still at the name is more of it wanted.
        let is_at_the_name = page.next_dns_name().is_some_and(|next| canonical(next) == zone.zone.as_str());
        match page.next_hosted_zone_id() {
            Some(next) if page.is_truncated() && is_at_the_name => from = Some(next.to_owned()),
            Some(_) | None => return Ok(zones),
        }
    }
}
