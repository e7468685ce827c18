//! Where a service is called: at the endpoint that the environment or the profile names for it or for all, else at AWS's
//! own. No list of partitions here: what the regions of China, of governments and all others are called by is asked of a
//! client that knows, and goes with its updates.

use super::{At, Service};
use aws_config::SdkConfig;
use aws_sdk_ecs::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};
use aws_smithy_runtime_api::client::endpoint::{EndpointFuture, EndpointResolverParams, ResolveEndpoint};
use aws_smithy_types::endpoint::Endpoint;
use aws_types::service_config::ServiceConfigKey;

/// What ECS's hosts begin with. Its rules are the plainest: `ecs` or `ecs-fips`, the region, the partition's suffix.
const TEACHER: &str = "https://ecs";

/// The endpoint of one service in one region.
#[derive(Debug)]
pub(super) struct Endpoints(Result<String, String>);

impl Endpoints {
    /// At this address.
    pub(super) fn at(url: &str) -> Self {
        Self(Ok(url.to_owned()))
    }

    /// As `config` says. A region that has no such endpoint is told when it is called.
    pub(super) fn of(config: &SdkConfig, service: &Service) -> Self {
        if service.at == At::Named {
            return Self(nowhere(service));
        }
        if let Some(named) = named(config, service) {
            return Self(Ok(named));
        }
        let Some(region) = config.region() else { return Self(Err("no region is given".to_owned())) };
        let (fips, dual_stack) = (config.use_fips(), config.use_dual_stack());
        Self(at_aws(service, region.as_ref(), fips.unwrap_or_default(), dual_stack.unwrap_or_default()))
    }
}

impl ResolveEndpoint for Endpoints {
    fn resolve_endpoint<'a>(&'a self, _params: &'a EndpointResolverParams) -> EndpointFuture<'a> {
        let found = self.0.clone().map(|url| Endpoint::builder().url(url).build());
        EndpointFuture::ready(found.map_err(Into::into))
    }
}

/// The endpoint that was configured, as the generated clients look for it: what was set on the configuration itself, then
/// the service's own, then that of all services.
fn named(config: &SdkConfig, service: &Service) -> Option<String> {
    let of_all = || config.endpoint_url().map(str::to_owned);
    if config.get_origin("endpoint_url").is_client_config() {
        return of_all();
    }
    let key =
        ServiceConfigKey::builder().service_id(service.id).env("AWS_ENDPOINT_URL").profile("endpoint_url").build().ok();
    let own = config.service_config().zip(key).and_then(|(config, key)| config.load_config(key));
    own.or_else(of_all)
}

/// It has no endpoint that could be looked for.
fn nowhere(service: &Service) -> Result<String, String> {
    Err(format!("{} is called at the endpoints that a plan names, and nowhere else", service.id))
}

/// AWS's own endpoint.
pub(super) fn at_aws(service: &Service, region: &str, fips: bool, dual_stack: bool) -> Result<String, String> {
    if let Some(home) = service.at.home(region) {
        let [plain, with_fips, over_both, with_both] = home.hosts;
        let rest = match (fips, dual_stack) {
            (false, false) => plain,
            (true, false) => with_fips,
            (false, true) => over_both,
            (true, true) => with_both,
        };
        return Ok(format!("https://{}{rest}", service.host));
    }
    if service.at == At::Named {
        return nowhere(service);
    }
    let is_plain = match service.at {
        At::RegionsPlainInGov => !dual_stack,
        At::RegionsPlainInGovOverBoth => true,
        At::RegionsFipsBefore => !dual_stack,
        At::Regions | At::Named | At::OneRegion(_) | At::Partition(_) => false,
    };
    let is_plain = is_plain && region.starts_with("us-gov-");
    let fips = fips && !is_plain;
    if fips && !dual_stack && service.at == At::RegionsFipsBefore {
        let plain = at_aws(service, region, false, false)?;
        if let Some(host) = plain.strip_prefix("https://").filter(|host| host.ends_with(".amazonaws.com")) {
            return Ok(format!("https://fips.{host}"));
        }
    }
    let region = if let At::OneRegion(only) = service.at { only } else { region };
    let params = Params::builder().region(region).use_fips(fips).use_dual_stack(dual_stack).build();
    let params = params.map_err(|error| error.to_string())?;
    let resolver = DefaultResolver::new();
    let taught = futures::FutureExt::now_or_never(resolver.resolve_endpoint(&params));
    let taught = taught.ok_or("its endpoint cannot be told at once")?.map_err(|error| error.to_string())?;
    let host = if dual_stack { service.dual_stack_host } else { service.host };
    match taught.url().strip_prefix(TEACHER) {
        Some(rest) => Ok(format!("https://{host}{rest}")),
        None => Err(format!("no endpoint of {} can be told from {}", service.id, taught.url())),
    }
}
