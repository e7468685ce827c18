//! What is found of the machine that Landfall runs on, and of the way from there to the regions.

use crate::names::NAMES;
use crate::planted::{EAST, Fault, Ready, WEST, each_is_found};
use serde_json::json;

fn slow(region: &str) -> serde_json::Value {
    json!({ "kind": "delay", "seconds": 3.2, "service": "sts", "operation": "GetCallerIdentity", "region": region })
}

#[test]
fn a_clock_that_is_off_and_a_region_that_is_slow_are_found() {
    let faults = [
        Fault {
            code: "clock-skew",
            component: "",
            plant: |ready| ready.cloud.knob(&json!({ "knob": "date", "ahead": 90 })),
            also: &[],
        },
        Fault {
            code: "clock-skew",
            component: "",
            plant: |ready| ready.cloud.knob(&json!({ "knob": "date", "ahead": -4000 })),
            also: &[],
        },
        Fault {
            code: "recovery-answers",
            component: "",
            plant: |ready| drop(ready.cloud.fault(&slow(WEST))),
            also: &[],
        },
    ];
    each_is_found(NAMES, |_| {}, &faults);
}

/// Whoever tells no time tells nothing of the clock; a slow primary region is no fault of the recovery region's.
#[test]
fn what_no_region_tells_is_unknown_and_what_one_tells_is_known() {
    let ready = Ready::open(NAMES, |_| {});
    let level = |code: &str| ready.findings()[&(code.to_owned(), String::new())].0.clone();
    ready.cloud.fault(&slow(EAST));
    assert_eq!((level("clock-skew"), level("recovery-answers")), ("ok".to_owned(), "ok".to_owned()));
    ready.cloud.mend_all();
    ready.cloud.fault(&json!({ "kind": "hang", "service": "sts" }));
    assert_eq!((level("clock-skew"), level("recovery-answers")), ("unknown".to_owned(), "unknown".to_owned()));
}
