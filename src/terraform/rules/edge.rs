//! What users reach: load balancers, certificates, names.

use super::{Layer, Rule, rule};
use crate::snapshot::Reference;
use crate::terraform::hcl::{Body, Expr, Part};
use crate::terraform::nested;
use crate::terraform::source::{Made, Source};
use serde_json::Value;

pub(super) const RULES: &[Rule] = &[
    rule("certificate", "aws_acm_certificate", Layer::Edge, "arn", certificate),
    rule("load-balancer", "aws_lb", Layer::Edge, "arn", balancer),
    rule("target-group", "aws_lb_target_group", Layer::Edge, "arn", target_group),
    rule("listener", "aws_lb_listener", Layer::Edge, "arn", listener),
    rule("zone", "aws_route53_zone", Layer::Edge, "zone_id", zone),
    rule("health-check", "aws_route53_health_check", Layer::Edge, "id", health_check),
    rule("record", "aws_route53_record", Layer::Edge, "fqdn", record),
];

fn certificate(from: &Source<'_>, made: &mut Made) {
    from.skip(&["Type"]);
    let is_imported = from.str("Type") == Some("IMPORTED");
    let methods = from.take("ValidationMethods").and_then(Value::as_array).cloned().unwrap_or_default();
    let own = from.str("DomainName").unwrap_or_default();
    let others = from.take("SubjectAlternativeNames").and_then(Value::as_array).cloned().unwrap_or_default();
    // A state has its own name among them, which code does not say twice.
    let is_said = |name: &&str| *name != own || from.is_compared();
    let others: Vec<Expr> = others.iter().filter_map(Value::as_str).filter(is_said).map(Expr::text).collect();
    let mut body = Body::default();
    if is_imported {
        from.skip(&["KeyAlgorithm", "CertificateAuthorityArn", "Transparency"]);
        for (key, about) in [
            ("certificate_body", "The certificate"),
            ("private_key", "The private key"),
            ("certificate_chain", "The chain"),
        ] {
            let about = format!("{about} of {own}: what was imported is not captured.");
            body.put(key, from.writing.variable(&format!("{}_{key}", from.name), &about, true));
        }
    } else {
        body = body
            .with("domain_name", own)
            .maybe("validation_method", methods.first().and_then(Value::as_str))
            .maybe("certificate_authority_arn", from.plain("CertificateAuthorityArn"))
            .maybe("key_algorithm", from.plain("KeyAlgorithm").map(|algorithm| algorithm_of(&algorithm)));
        if !others.is_empty() {
            body.put("subject_alternative_names", others);
        }
    }
    let from_ca = from.take("CertificateAuthorityArn").is_some();
    let options = from
        .plain("Transparency")
        .filter(|_| !is_imported && !from_ca)
        .map(|word| Body::default().with("certificate_transparency_logging_preference", word));
    let body = body
        .maybe("tags", from.tags())
        .block("options", options.unwrap_or_default())
        .block("lifecycle", Body::default().with("create_before_destroy", true));
    made.put("aws_acm_certificate", from.name, body, from.id());
}

/// As an argument has it: `RSA_2048` of `RSA-2048`.
fn algorithm_of(algorithm: &Expr) -> Expr {
    match algorithm {
        Expr::Text(parts) => match parts.as_slice() {
            [Part::Literal(text)] => Expr::text(&text.replace('-', "_")),
            _ => algorithm.clone(),
        },
        other => other.clone(),
    }
}

fn balancer(from: &Source<'_>, made: &mut Made) {
    from.skip(&["VpcId", "Listeners"]);
    let kind = from.str("Type").unwrap_or("application");
    let set = from.take("Attributes").and_then(Value::as_object);
    let attribute =
        |name: &str| set.and_then(|set| set.get(name)).and_then(Value::as_str).filter(|text| !text.is_empty());
    let truth = |name: &str| attribute(name).map(|word| word == "true");
    let logs = |way: &str| {
        let bucket = attribute(&format!("{way}.s3.bucket"))?;
        let body = Body::default()
            .with("bucket", from.of("bucket", bucket))
            .maybe("prefix", attribute(&format!("{way}.s3.prefix")))
            .maybe("enabled", truth(&format!("{way}.s3.enabled")));
        Some(body)
    };
    let is_application = kind == "application";
    let body = Body::default()
        .with("name", from.called())
        .with("load_balancer_type", kind)
        .with("internal", from.str("Scheme") == Some("internal"))
        .maybe("ip_address_type", from.plain("IpAddressType"))
        .maybe("security_groups", from.fields("SecurityGroups", "security-group"))
        .maybe("subnets", from.fields("Subnets", "subnet"))
        .maybe("enable_deletion_protection", truth("deletion_protection.enabled"))
        .maybe("idle_timeout", attribute("idle_timeout.timeout_seconds").and_then(|text| text.parse::<i64>().ok()))
        .maybe("client_keep_alive", attribute("client_keep_alive.seconds").and_then(|text| text.parse::<i64>().ok()))
        .maybe("enable_http2", truth("routing.http2.enabled"))
        .maybe("drop_invalid_header_fields", truth("routing.http.drop_invalid_header_fields.enabled"))
        .maybe("preserve_host_header", truth("routing.http.preserve_host_header.enabled"))
        .maybe("enable_xff_client_port", truth("routing.http.xff_client_port.enabled"))
        .maybe("xff_header_processing_mode", attribute("routing.http.xff_header_processing.mode"))
        .maybe("desync_mitigation_mode", attribute("routing.http.desync_mitigation_mode"))
        .maybe("enable_waf_fail_open", truth("waf.fail_open.enabled"))
        .maybe("enable_zonal_shift", truth("zonal_shift.config.enabled"))
        .maybe(
            "enable_tls_version_and_cipher_suite_headers",
            truth("routing.http.x_amzn_tls_version_and_cipher_suite.enabled"),
        )
        .either(
            "enable_cross_zone_load_balancing",
            truth("load_balancing.cross_zone.enabled").filter(|_| !is_application),
        )
        .maybe("tags", from.tags())
        .block("access_logs", logs("access_logs").unwrap_or_default())
        .block("connection_logs", logs("connection_logs").unwrap_or_default());
    made.put("aws_lb", from.name, body, from.id());
}

fn target_group(from: &Source<'_>, made: &mut Made) {
    let set = from.take("Attributes").and_then(Value::as_object);
    let attribute =
        |name: &str| set.and_then(|set| set.get(name)).and_then(Value::as_str).filter(|text| !text.is_empty());
    let number = |name: &str| attribute(name).and_then(|text| text.parse::<i64>().ok());
    let truth = |name: &str| attribute(name).map(|word| word == "true");
    let is_http = from.str("Protocol").is_none_or(|protocol| protocol.starts_with("HTTP"));
    let check = Body::default()
        .maybe("enabled", from.plain("HealthCheckEnabled"))
        .maybe("protocol", from.plain("HealthCheckProtocol"))
        .maybe("port", from.text_of("HealthCheckPort"))
        .maybe("path", from.plain("HealthCheckPath"))
        .maybe("interval", from.plain("HealthCheckIntervalSeconds"))
        .maybe("timeout", from.plain("HealthCheckTimeoutSeconds"))
        .maybe("healthy_threshold", from.plain("HealthyThresholdCount"))
        .maybe("unhealthy_threshold", from.plain("UnhealthyThresholdCount"))
        .maybe("matcher", from.plain("Matcher"));
    let kind = attribute("stickiness.type")
        .filter(|_| truth("stickiness.enabled") == Some(true) || attribute("stickiness.type").is_some());
    let sticky = kind.map(|kind| {
        let name = attribute("stickiness.app_cookie.cookie_name").filter(|_| kind == "app_cookie");
        let duration = match kind {
            "lb_cookie" => number("stickiness.lb_cookie.duration_seconds"),
            "app_cookie" => number("stickiness.app_cookie.duration_seconds"),
            _ => None,
        };
        Body::default()
            .with("type", kind)
            .with("enabled", truth("stickiness.enabled") == Some(true))
            .maybe("cookie_name", name)
            .maybe("cookie_duration", duration)
    });
    let cross_zone = attribute("load_balancing.cross_zone.enabled");
    let body = Body::default()
        .with("name", from.called())
        .maybe("port", from.plain("Port"))
        .maybe("protocol", from.plain("Protocol"))
        .either("protocol_version", from.plain("ProtocolVersion").filter(|_| is_http))
        .maybe("target_type", from.plain("TargetType"))
        .maybe("ip_address_type", from.plain("IpAddressType"))
        .maybe("vpc_id", from.field("VpcId", "vpc"))
        .maybe("deregistration_delay", attribute("deregistration_delay.timeout_seconds"))
        .maybe("slow_start", number("slow_start.duration_seconds"))
        .maybe("load_balancing_algorithm_type", attribute("load_balancing.algorithm.type"))
        .maybe("load_balancing_anomaly_mitigation", attribute("load_balancing.algorithm.anomaly_mitigation"))
        .maybe("load_balancing_cross_zone_enabled", cross_zone)
        .maybe("proxy_protocol_v2", truth("proxy_protocol_v2.enabled"))
        .maybe("preserve_client_ip", attribute("preserve_client_ip.enabled"))
        .maybe("connection_termination", truth("deregistration_delay.connection_termination.enabled"))
        .maybe("lambda_multi_value_headers_enabled", truth("lambda.multi_value_headers.enabled"))
        .maybe("tags", from.tags())
        .block("health_check", check)
        .block("stickiness", sticky.unwrap_or_default());
    made.put("aws_lb_target_group", from.name, body, from.id());
}

fn actions(from: &Source<'_>, key: &str) -> Vec<Body> {
    let parts = from.parts(key);
    parts.iter().map(|action| self::action(from, action)).collect()
}

fn action(from: &Source<'_>, action: &Source<'_>) -> Body {
    let groups = action.parts("Forward");
    let mut body = Body::default().maybe("type", action.plain("Type"));
    let sticky = action.take("Stickiness");
    if let ([one], None) = (groups.as_slice(), sticky) {
        body = body.maybe("target_group_arn", one.field("TargetGroup", "target-group"));
    } else if !groups.is_empty() {
        let each = groups.iter().map(|one| {
            Body::default().maybe("arn", one.field("TargetGroup", "target-group")).maybe("weight", one.plain("Weight"))
        });
        let sticky = sticky.map(|sticky| {
            let duration = sticky.get("DurationSeconds").map(|value| Expr::of(value, &Expr::text));
            Body::default().with("enabled", true).maybe("duration", duration)
        });
        let forward = Body::default().blocks("target_group", each).block("stickiness", sticky.unwrap_or_default());
        body = body.block("forward", forward);
    } else {
        body = body.maybe("target_group_arn", None::<Expr>);
    }
    body.block("fixed_response", nested::at(action, "FixedResponse", &[]))
        .block("redirect", nested::at(action, "Redirect", &[]))
        .block("authenticate_cognito", nested::at(action, "AuthenticateCognito", &[]))
        .block("authenticate_oidc", oidc(from, action))
}

/// Of who checks users elsewhere the client's secret is never told.
fn oidc(from: &Source<'_>, action: &Source<'_>) -> Body {
    let body = nested::at(action, "AuthenticateOidc", &[("UseExistingClientSecret", "")]);
    if body.is_empty() {
        return body;
    }
    let about = format!("The client's secret of {}: AWS does not tell it.", from.resource.reference());
    body.with("client_secret", from.writing.variable(&format!("{}_client_secret", from.name), &about, true))
}

fn listener(from: &Source<'_>, made: &mut Made) {
    let certificates = from.take("Certificates").and_then(Value::as_array).cloned().unwrap_or_default();
    let certificate = certificates.first().and_then(Value::as_str);
    let alpn = from.take("AlpnPolicy").and_then(Value::as_array).and_then(|all| all.first()).and_then(Value::as_str);
    let body = Body::default()
        .maybe("load_balancer_arn", from.field("LoadBalancer", "load-balancer"))
        .maybe("port", from.plain("Port"))
        .maybe("protocol", from.plain("Protocol"))
        .maybe("ssl_policy", from.plain("SslPolicy"))
        .maybe("alpn_policy", alpn)
        .maybe("certificate_arn", certificate.map(|arn| from.of("certificate", arn)))
        .maybe("tags", from.tags())
        .blocks("default_action", actions(from, "DefaultActions"));
    made.put("aws_lb_listener", from.name, body, from.id());
    let more = from.take("MoreCertificates").and_then(Value::as_array).cloned().unwrap_or_default();
    for arn in more.iter().filter_map(Value::as_str) {
        let body = Body::default()
            .with("listener_arn", Expr::said(&format!("aws_lb_listener.{}.arn", from.name)))
            .with("certificate_arn", from.of("certificate", arn));
        let certificate = from.writing.names.get(&Reference::new("certificate", arn));
        let label = certificate.map_or_else(|| arn.rsplit('/').next().unwrap_or(arn), String::as_str);
        let label = format!("{}_{}", from.name, crate::terraform::address::slug(label));
        made.put("aws_lb_listener_certificate", &label, body, format!("{}_{arn}", from.id()));
    }
    for (priority, rule) in from.table("Rules") {
        let conditions: Vec<Body> = rule.parts("Conditions").iter().map(condition).collect();
        // Without one of its conditions it would send what others are to have.
        if conditions.iter().any(Body::is_empty) {
            from.note(
                "rule-condition",
                &format!("rule {priority} has a condition that nothing is written of: the rule is not written"),
                "write that rule by hand, or leave it out of what is applied",
            );
            continue;
        }
        let body = Body::default()
            .with("listener_arn", Expr::said(&format!("aws_lb_listener.{}.arn", from.name)))
            .maybe("priority", priority.parse::<i64>().ok())
            .maybe("tags", rule.tags())
            .blocks("action", actions(&rule, "Actions"))
            .blocks("condition", conditions);
        let label = format!("{}_rule_{priority}", from.name);
        made.put("aws_lb_listener_rule", &label, body, rule.str("Arn").unwrap_or_default());
    }
}

fn condition(from: &Source<'_>) -> Body {
    let field = from.str("Field").unwrap_or_default().replace('-', "_");
    let inner = Body::default();
    let inner = match field.as_str() {
        "http_header" => {
            let header = from.inner("HttpHeaderConfig");
            inner
                .maybe("http_header_name", header.and_then(|of| of.plain("HttpHeaderName")))
                .maybe("values", from.plain("Values"))
        }
        "query_string" => {
            let pairs = from.inner("QueryStringConfig");
            let pairs: Vec<Body> = pairs
                .iter()
                .flat_map(|of| of.parts("Values"))
                .map(|pair| Body::default().maybe("key", pair.plain("Key")).maybe("value", pair.plain("Value")))
                .collect();
            return Body::default().blocks("query_string", pairs).all();
        }
        _ => inner.maybe("values", from.plain("Values")),
    };
    // A rule says nothing else of a condition: what a state has of another is not this one.
    Body::default().block(&field, inner).all()
}

fn zone(from: &Source<'_>, made: &mut Made) {
    from.skip(&["PrivateZone"]);
    let body = Body::default()
        .with("name", from.str("Name").unwrap_or_default().trim_end_matches('.'))
        .with("comment", from.plain("Comment").unwrap_or_else(|| Expr::text("")))
        .maybe("tags", from.tags())
        .block("lifecycle", Body::default().with("prevent_destroy", true));
    made.put("aws_route53_zone", from.name, body, from.id());
}

fn health_check(from: &Source<'_>, made: &mut Made) {
    let children = from.fields("Children", "health-check");
    let alarm = from.inner("Alarm");
    let body = Body::default()
        .maybe("type", from.plain("Type"))
        .maybe("fqdn", from.told("FullyQualifiedDomainName"))
        .maybe("ip_address", from.plain("IPAddress"))
        .maybe("port", from.plain("Port"))
        .maybe("resource_path", from.plain("ResourcePath"))
        .maybe("search_string", from.plain("SearchString"))
        .maybe("request_interval", from.plain("RequestInterval"))
        .maybe("failure_threshold", from.plain("FailureThreshold"))
        .maybe("measure_latency", from.plain("MeasureLatency"))
        .maybe("invert_healthcheck", from.plain("Inverted"))
        .maybe("disabled", from.plain("Disabled"))
        .maybe("enable_sni", from.plain("EnableSNI"))
        .maybe("child_health_threshold", from.plain("HealthThreshold"))
        .maybe("child_healthchecks", children)
        .maybe("regions", from.plain("Regions"))
        .maybe("routing_control_arn", from.plain("RoutingControlArn"))
        .maybe("insufficient_data_health_status", from.plain("InsufficientData"))
        .maybe("cloudwatch_alarm_name", alarm.and_then(|of| of.plain("Name")))
        .maybe("cloudwatch_alarm_region", alarm.and_then(|of| of.plain("Region")))
        .maybe("tags", from.tags());
    made.put("aws_route53_health_check", from.name, body, from.id());
}

fn record(from: &Source<'_>, made: &mut Made) {
    let alias = from.str("AliasTarget").map(|target| {
        let zone = from.str("AliasZone");
        Body::default()
            .with("name", alias_of(from, target))
            .maybe("zone_id", zone.map(|zone| alias_zone(from, target, zone)))
            .with("evaluate_target_health", from.truth("EvaluateTargetHealth"))
    });
    let is_alias = alias.is_some();
    let one = |name: &str, value: Option<Expr>| Body::default().maybe(name, value);
    let place = nested::at(
        from,
        "GeoLocation",
        &[("ContinentCode", "continent"), ("CountryCode", "country"), ("SubdivisionCode", "subdivision")],
    );
    let body = Body::default()
        .maybe("zone_id", from.field("Zone", "zone"))
        .with("name", from.str("Name").unwrap_or_default().trim_end_matches('.'))
        .maybe("type", from.plain("Type"))
        .either("ttl", from.plain("TTL").filter(|_| !is_alias))
        .maybe("records", from.told("Values"))
        .maybe("set_identifier", from.plain("SetIdentifier"))
        .maybe("health_check_id", from.field("HealthCheckId", "health-check"))
        .maybe(
            "multivalue_answer_routing_policy",
            from.plain("MultiValueAnswer").filter(|truth| *truth == Expr::Truth(true)),
        )
        .block("alias", alias.unwrap_or_default())
        .block("failover_routing_policy", one("type", from.plain("Failover")))
        .block("weighted_routing_policy", one("weight", from.plain("Weight")))
        .block("latency_routing_policy", one("region", from.plain("Region")))
        .block("geolocation_routing_policy", place);
    made.put("aws_route53_record", from.name, body, from.id());
}

/// The balancer that an alias leads to, by the name that DNS has of it.
fn balancer_of<'a>(from: &Source<'a>, target: &str) -> Option<&'a str> {
    let plain = target.trim_end_matches('.').to_lowercase();
    let plain = plain.trim_start_matches("dualstack.");
    let resources = &from.writing.snapshot.resources;
    let of = resources.iter().find(|one| {
        one.kind == "load-balancer" && one.known_by.iter().any(|known| known.eq_ignore_ascii_case(plain))
    })?;
    from.writing.names.get(&of.reference()).map(String::as_str)
}

fn alias_of(from: &Source<'_>, target: &str) -> Expr {
    match balancer_of(from, target) {
        Some(name) => {
            // Whoever says `dualstack.` is answered with both families: it stays.
            let both = if target.to_lowercase().starts_with("dualstack.") { "dualstack." } else { "" };
            Expr::of_parts(vec![Part::Literal(both.to_owned()), Part::Said(format!("aws_lb.{name}.dns_name"))])
        }
        None => from.known("AliasTarget", target.trim_end_matches('.')),
    }
}

fn alias_zone(from: &Source<'_>, target: &str, zone: &str) -> Expr {
    match balancer_of(from, target) {
        Some(name) => Expr::said(&format!("aws_lb.{name}.zone_id")),
        None => from.of("zone", zone),
    }
}
