"""CloudWatch alarms, over CBOR and through boto3."""

from __future__ import annotations

import time
from typing import Any

from support import EAST, WEST, CloudTest, cbor, client, control, fault, knob

ALL = ["MetricAlarm", "CompositeAlarm", "LogAlarm"]
PLAN = """
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.health]
kind = "alarm"
names = ["shop-errors", "shop-latency"]
"""


def described(region: str = WEST, **params: Any) -> dict[str, Any]:
    status, answer = cbor("DescribeAlarms", params, region)
    assert status == 200, answer
    return answer


def names(answer: dict[str, Any], key: str = "MetricAlarms") -> list[str]:
    return [alarm["AlarmName"] for alarm in answer[key]]


class Alarms(CloudTest):
    def samples(self, name: str, minutes: float = 15) -> list[float]:
        """When there were samples of a seeded alarm's metric, newest first."""
        metric = {
            "Namespace": "Landfall/Test",
            "MetricName": "Errors",
            "Dimensions": [{"Name": "Alarm", "Value": name}],
        }
        stat = {"Metric": metric, "Period": 60, "Stat": "SampleCount"}
        queries = [{"Id": "q", "MetricStat": stat}]
        now = time.time()
        params = {"StartTime": now - minutes * 60, "EndTime": now + 1, "MetricDataQueries": queries}
        status, answer = cbor("GetMetricData", params)
        self.assertEqual(200, status, answer)
        return [at.timestamp() for at in answer["MetricDataResults"][0]["Timestamps"]]

    def test_seeded_ones_are_ok_with_traffic_on_both_sides_and_told_alike_by_either_protocol(self):
        self.seed(PLAN)
        self.assertEqual(["shop-errors", "shop-latency"], names(described(EAST)))
        (found,) = described(AlarmNames=["shop-errors", "nobody"])["MetricAlarms"]
        self.assertEqual(("OK", 60, "notBreaching"), (found["StateValue"], found["Period"], found["TreatMissingData"]))
        self.assertIn(f":cloudwatch:{WEST}:", found["AlarmArn"])
        self.assertEqual(["shop-errors", "shop-latency"], names(client("cloudwatch", WEST).describe_alarms()))
        self.assertLess(time.time() - self.samples("shop-errors")[0], 61)

    def test_only_metric_alarms_are_told_unless_others_are_asked_for(self):
        for kind in ALL:
            knob("alarm", region=WEST, alarm=kind, type=kind)
        self.assertEqual(["MetricAlarm"], names(described()))
        answer = described(AlarmTypes=ALL)
        found = [names(answer, key) for key in ("MetricAlarms", "CompositeAlarms", "LogAlarms")]
        self.assertEqual([["MetricAlarm"], ["CompositeAlarm"], ["LogAlarm"]], found)
        self.assertNotIn("MetricName", answer["CompositeAlarms"][0])

    def test_the_knob_sets_state_reason_and_whatever_else_is_told(self):
        self.seed(PLAN)
        knob("alarm", region=WEST, alarm="shop-errors", state="ALARM", reason="too many", Period=300)
        (found,) = described(AlarmNames=["shop-errors"])["MetricAlarms"]
        self.assertEqual(("ALARM", "too many", 300), (found["StateValue"], found["StateReason"], found["Period"]))
        self.assertEqual(["shop-errors"], names(described(StateValue="ALARM")))
        self.assertEqual("OK", described(EAST)["MetricAlarms"][0]["StateValue"])
        knob("alarm", region=WEST, alarm="shop-errors", gone=True)
        self.assertEqual(["shop-latency"], names(described()))

    def test_without_traffic_there_is_no_sample_and_the_state_says_nothing_of_it(self):
        self.seed(PLAN)
        knob("lag-timing", period=0.2)
        knob("alarm", region=WEST, alarm="shop-errors", traffic=False)
        stopped = time.time()
        time.sleep(0.5)
        self.assertLess(self.samples("shop-errors", 1)[0], stopped)
        self.assertGreater(self.samples("shop-latency", 1)[0], stopped)
        self.assertEqual("OK", described()["MetricAlarms"][0]["StateValue"])
        knob("alarm", region=WEST, alarm="shop-errors", traffic=True)
        again = time.time()
        time.sleep(0.5)
        self.assertGreater(self.samples("shop-errors", 1)[0], again)

    def test_a_dark_region_has_no_samples_of_that_time(self):
        self.seed(PLAN)
        knob("lag-timing", period=0.2)
        dark = fault("drop", region=WEST)
        begun = time.time()
        time.sleep(0.6)
        control("DELETE", f"/fault/{dark}")
        ended = time.time()
        self.assertFalse([at for at in self.samples("shop-errors", 1) if begun < at < ended - 0.2])

    def test_fifty_are_told_at_once_and_a_hundred_at_most(self):
        for number in range(120):
            knob("alarm", region=WEST, alarm=f"a{number:03}")
        first = described()
        self.assertEqual((50, "50"), (len(names(first)), first["NextToken"]))
        self.assertEqual(100, len(names(described(MaxRecords=100))))
        rest = described(MaxRecords=100, NextToken="100")
        self.assertEqual((20, False), (len(names(rest)), "NextToken" in rest))
        knob("alarm-page", size=2)
        self.assertEqual(2, len(names(described(MaxRecords=100))))
        status, answer = cbor("DescribeAlarms", {"AlarmNames": [f"a{number}" for number in range(101)]})
        self.assertEqual((400, "ValidationError"), (status, answer["__type"]))

    def test_alarms_are_put_and_set_by_their_own_calls(self):
        boto = client("cloudwatch", WEST)
        rule = {"EvaluationPeriods": 3, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold"}
        metric = {"Namespace": "Shop", "MetricName": "Errors", "Period": 60, "Statistic": "Sum"}
        boto.put_metric_alarm(AlarmName="own", **rule, **metric)
        boto.put_composite_alarm(AlarmName="all", AlarmRule='ALARM("own")')
        (found,) = boto.describe_alarms()["MetricAlarms"]
        self.assertEqual(("INSUFFICIENT_DATA", "Shop"), (found["StateValue"], found["Namespace"]))
        boto.set_alarm_state(AlarmName="own", StateValue="ALARM", StateReason="a test")
        (found,) = boto.describe_alarms(AlarmTypes=["MetricAlarm"])["MetricAlarms"]
        self.assertEqual(("ALARM", "a test"), (found["StateValue"], found["StateReason"]))
        (found,) = boto.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
        self.assertEqual('ALARM("own")', found["AlarmRule"])
        self.refused("ResourceNotFound", boto.set_alarm_state, AlarmName="no", StateValue="OK", StateReason="", status=404)

    def test_tags_are_of_a_new_alarm_only_and_its_state_outlives_an_update(self):
        boto = client("cloudwatch", WEST)
        rule = {"EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold"}
        metric = {"Namespace": "Shop", "MetricName": "Errors", "Period": 60, "Statistic": "Sum"}
        boto.put_metric_alarm(AlarmName="own", Threshold=1.0, **rule, **metric, Tags=[{"Key": "Team", "Value": "shop"}])
        (found,) = boto.describe_alarms()["MetricAlarms"]
        self.assertEqual((True, False), (found["ActionsEnabled"], "Tags" in found))
        arn = found["AlarmArn"]
        tags = lambda: {tag["Key"]: tag["Value"] for tag in boto.list_tags_for_resource(ResourceARN=arn)["Tags"]}
        self.assertEqual({"Team": "shop"}, tags())
        boto.set_alarm_state(AlarmName="own", StateValue="ALARM", StateReason="a test")
        boto.put_metric_alarm(AlarmName="own", Threshold=2.0, **rule, **metric, Tags=[{"Key": "Team", "Value": "other"}])
        (found,) = boto.describe_alarms()["MetricAlarms"]
        self.assertEqual(("ALARM", 2.0, {"Team": "shop"}), (found["StateValue"], found["Threshold"], tags()))
        boto.tag_resource(ResourceARN=arn, Tags=[{"Key": "Stage", "Value": "live"}])
        asked = {"TagFilters": [{"Key": "Stage", "Values": ["live"]}]}
        tagging = client("resourcegroupstaggingapi", WEST)
        self.assertEqual([arn], [one["ResourceARN"] for one in tagging.get_resources(**asked)["ResourceTagMappingList"]])
        boto.untag_resource(ResourceARN=arn, TagKeys=["Team"])
        self.assertEqual({"Stage": "live"}, tags())
        self.refused("ResourceNotFound", boto.delete_alarms, AlarmNames=["own", "no"], status=404)
        boto.delete_alarms(AlarmNames=["own"])
        self.refused("ResourceNotFoundException", boto.list_tags_for_resource, ResourceARN=arn, status=404)
