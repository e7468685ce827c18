//! Where a service is called. (AWS's own endpoints are held against the rules of AWS by the test cloud's own tests.)

use super::super::endpoint::{Endpoints, at_aws};
use super::STORE;
use crate::cloud::aws::ecr;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_runtime_api::client::endpoint::{EndpointResolverParams, ResolveEndpoint};
use aws_types::origin::Origin;
use aws_types::sdk_config::Builder;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

fn builder(region: &str) -> Builder {
    SdkConfig::builder().behavior_version(BehaviorVersion::latest()).region(Region::new(region.to_owned()))
}

async fn told(config: &SdkConfig) -> Result<String, String> {
    let endpoints = Endpoints::of(config, &STORE);
    let params = EndpointResolverParams::new(());
    let found = endpoints.resolve_endpoint(&params).await;
    found.map(|endpoint| endpoint.url().to_owned()).map_err(|error| error.to_string())
}

/// What the environment or a profile says of one service.
#[derive(Debug)]
struct Named;

impl LoadServiceConfig for Named {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let is_asked = key.service_id() == "Store Room" && key.env() == "AWS_ENDPOINT_URL";
        (is_asked && key.profile() == "endpoint_url").then(|| "http://its-own".to_owned())
    }
}

#[tokio::test]
async fn an_endpoint_of_its_own_goes_before_one_for_all_and_both_before_aws() {
    let from = |origin| {
        let mut builder = builder("us-west-2").endpoint_url("http://for-all");
        builder.insert_origin("endpoint_url", origin);
        builder
    };
    let environment = || from(Origin::shared_environment_variable());
    assert_eq!(told(&environment().service_config(Named).build()).await.as_deref(), Ok("http://its-own"));
    assert_eq!(told(&environment().build()).await.as_deref(), Ok("http://for-all"));
    let in_code = from(Origin::shared_config()).service_config(Named).build();
    assert_eq!(told(&in_code).await.as_deref(), Ok("http://for-all"), "what our own code sets goes before everything");
    let aws = builder("us-west-2").build();
    assert_eq!(told(&aws).await.as_deref(), Ok("https://store.us-west-2.amazonaws.com"));
}

#[tokio::test]
async fn fips_and_dual_stack_of_the_configuration_are_honoured() {
    let fips = builder("us-gov-west-1").use_fips(true).build();
    assert_eq!(told(&fips).await.as_deref(), Ok("https://store-fips.us-gov-west-1.amazonaws.com"));
    let both = builder("us-east-1").use_fips(true).use_dual_stack(true).build();
    assert_eq!(told(&both).await.as_deref(), Ok("https://store-fips.us-east-1.api.aws"));
}

#[test]
fn every_partition_has_its_own_suffix() {
    let table = [
        ("us-west-2", "https://api.ecr.us-west-2.amazonaws.com"),
        ("cn-north-1", "https://api.ecr.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "https://api.ecr.us-gov-west-1.amazonaws.com"),
    ];
    for (region, url) in table {
        assert_eq!(at_aws(&ecr::SERVICE, region, false, false).as_deref(), Ok(url));
    }
    let dual_stack = at_aws(&ecr::SERVICE, "cn-north-1", false, true);
    assert_eq!(dual_stack.as_deref(), Ok("https://ecr.cn-north-1.api.amazonwebservices.com.cn"));
}

#[tokio::test]
async fn without_a_region_there_is_no_endpoint() {
    let nowhere = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).build();
    assert_eq!(told(&nowhere).await, Err("no region is given".to_owned()));
}
