"""Lambda functions: aliases, concurrency, event source mappings and invocations."""

from __future__ import annotations

import json
from typing import Any

from support import EAST, VISIBLE_SECONDS, WEST, CloudTest, client, control, knob, wait_until

QUEUE = "arn:aws:sqs:{}:123456789012:orders"
PLAN = f"""
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.worker]
kind = "lambda"
function = "worker"
alias = "live"
version = "3"
concurrency = 50
event_sources = ["{QUEUE.format(WEST)}"]
old = {{ function = "worker-east", event_sources = ["{QUEUE.format(EAST)}"] }}
"""
NOT_FOUND = {"status": 404}


def mappings(function: str, region: str = WEST, **settings: Any) -> list[dict[str, Any]]:
    return client("lambda", region).list_event_source_mappings(FunctionName=function, **settings)["EventSourceMappings"]


class Functions(CloudTest):
    def setUp(self) -> None:
        super().setUp()
        self.seed(PLAN)
        self.boto = client("lambda")

    def test_what_is_reserved_is_told_of_the_account(self):
        limit = self.boto.get_account_settings()["AccountLimit"]
        self.assertEqual((1000, 1000), (limit["ConcurrentExecutions"], limit["UnreservedConcurrentExecutions"]))
        self.boto.put_function_concurrency(FunctionName="worker", ReservedConcurrentExecutions=300)
        self.assertEqual(700, self.boto.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"])
        knob("executions", region=WEST, most=350)
        with self.assertRaises(self.boto.exceptions.InvalidParameterValueException):
            self.boto.put_function_concurrency(FunctionName="worker", ReservedConcurrentExecutions=300)

    def test_the_old_one_gets_events_and_the_new_one_stands_by(self):
        (old,), (new,) = mappings("worker-east", EAST), mappings("worker:live")
        self.assertEqual(("Enabled", "Disabled"), (old["State"], new["State"]))
        self.assertEqual(f"arn:aws:lambda:{WEST}:123456789012:function:worker:live", new["FunctionArn"])
        self.assertEqual([], mappings("worker"), "by its name those of no alias")
        self.assertEqual("1", self.boto.get_alias(FunctionName="worker", Name="live")["FunctionVersion"])
        self.assertEqual(0, self.boto.get_function_concurrency(FunctionName="worker")["ReservedConcurrentExecutions"])
        told = self.boto.get_function_configuration(FunctionName=new["FunctionArn"])
        self.assertEqual(("Active", "Successful", "1"), (told["State"], told["LastUpdateStatus"], told["Version"]))

    def test_a_mapping_takes_time_and_cannot_be_changed_meanwhile(self):
        control("POST", "/stages", {"lambda.mapping": VISIBLE_SECONDS})
        (mapping,) = mappings("worker:live")
        told = self.boto.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
        self.assertEqual("Enabling", told["State"])
        self.refused("ResourceInUseException", self.boto.update_event_source_mapping, UUID=mapping["UUID"], Enabled=False)
        wait_until("enabled", lambda: mappings("worker:live")[0]["State"] == "Enabled")
        self.boto.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
        self.assertEqual("Disabling", mappings("worker:live")[0]["State"])
        wait_until("disabled", lambda: mappings("worker:live")[0]["State"] == "Disabled")

    def test_one_that_is_stuck_stays_in_what_it_changes_to(self):
        knob("mapping", region=WEST, function="worker:live", source=QUEUE.format(WEST), stuck=True, last_result="PROBLEM: x")
        (mapping,) = mappings("worker:live")
        self.assertEqual("PROBLEM: x", mapping["LastProcessingResult"])
        self.boto.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
        wait_until("nothing is due", lambda: True)
        self.assertEqual("Enabling", mappings("worker:live")[0]["State"])
        knob("mapping", region=WEST, function="worker:live", source=QUEUE.format(WEST), stuck=False)
        wait_until("enabled", lambda: mappings("worker:live")[0]["State"] == "Enabled")

    def test_what_is_not_there_is_a_404_everywhere(self):
        code = "ResourceNotFoundException"
        self.refused(code, self.boto.get_function_configuration, FunctionName="no", **NOT_FOUND)
        self.refused(code, self.boto.get_function_configuration, FunctionName="worker:9", **NOT_FOUND)
        self.refused(code, self.boto.get_function_concurrency, FunctionName="no", **NOT_FOUND)
        self.refused(code, self.boto.list_event_source_mappings, FunctionName="no", **NOT_FOUND)
        self.refused(code, self.boto.update_event_source_mapping, UUID="0" * 36, Enabled=True, **NOT_FOUND)
        self.refused(code, self.boto.get_alias, FunctionName="worker", Name="no", **NOT_FOUND)
        east = f"arn:aws:lambda:{EAST}:123456789012:function:worker"
        self.refused(code, self.boto.get_function_configuration, FunctionName=east, **NOT_FOUND)
        self.refused(code, client("lambda", EAST).get_function_configuration, FunctionName="worker", **NOT_FOUND)

    def test_an_alias_is_pointed_by_its_newest_revision_only_and_keeps_its_weights_unless_they_are_given(self):
        knob("function", region=WEST, function="worker", alias={"live": ["1", {"2": 0.5}]})
        first = self.boto.get_alias(FunctionName="worker", Name="live")
        self.assertEqual({"2": 0.5}, first["RoutingConfig"]["AdditionalVersionWeights"])
        alias = {"FunctionName": "worker", "Name": "live"}
        code = "PreconditionFailedException"
        self.refused(code, self.boto.update_alias, **alias, FunctionVersion="3", RevisionId="old", status=412)
        told = self.boto.update_alias(**alias, FunctionVersion="3", RevisionId=first["RevisionId"])
        self.assertEqual(("3", {"2": 0.5}), (told["FunctionVersion"], told["RoutingConfig"]["AdditionalVersionWeights"]))
        self.assertNotEqual(first["RevisionId"], told["RevisionId"])
        told = self.boto.update_alias(**alias, RoutingConfig={"AdditionalVersionWeights": {}})
        self.assertNotIn("RoutingConfig", told)
        code = "ResourceNotFoundException"
        self.refused(code, self.boto.update_alias, **alias, FunctionVersion="9", **NOT_FOUND)

    def test_concurrency_is_reserved_within_the_account_and_released(self):
        self.boto.put_function_concurrency(FunctionName="worker", ReservedConcurrentExecutions=50)
        self.assertEqual(50, control("GET", "/state")["lambda"][WEST]["worker"]["reserved"])
        put = self.boto.put_function_concurrency
        self.refused("InvalidParameterValueException", put, FunctionName="worker", ReservedConcurrentExecutions=901)
        self.boto.delete_function_concurrency(FunctionName="worker")
        self.assertNotIn("ReservedConcurrentExecutions", self.boto.get_function_concurrency(FunctionName="worker"))

    def test_lists_come_in_pages(self):
        for number in range(3):
            knob("mapping", region=WEST, function="worker", source=f"{QUEUE.format(WEST)}-{number}")
        knob("mapping-page", size=2)
        first = self.boto.list_event_source_mappings(FunctionName="worker")
        rest = mappings("worker", Marker=first["NextMarker"])
        self.assertEqual((2, 1), (len(first["EventSourceMappings"]), len(rest)))

    def test_an_invocation_is_answered_as_the_knob_says(self):
        knob("function", region=WEST, function="worker", reserved=-1, answer={"ok": True})
        told = self.boto.invoke(FunctionName="worker", Payload=b'{"a":1}', Qualifier="live")
        self.assertEqual((200, {"ok": True}, "1"), (told["StatusCode"], json.loads(told["Payload"].read()), told["ExecutedVersion"]))
        self.assertEqual(['{"a":1}'], control("GET", "/state")["lambda"][WEST]["worker"]["invoked"])
        knob("function", region=WEST, function="worker", error="Unhandled", answer={"errorMessage": "no"})
        told = self.boto.invoke(FunctionName="worker")
        self.assertEqual((200, "Unhandled"), (told["StatusCode"], told["FunctionError"]))
        self.assertEqual(204, self.boto.invoke(FunctionName="worker", InvocationType="DryRun")["StatusCode"])
        knob("function", region=WEST, function="worker", reserved=0)
        self.refused("TooManyRequestsException", self.boto.invoke, FunctionName="worker", status=429)
        self.refused("ResourceNotFoundException", self.boto.invoke, FunctionName="no", **NOT_FOUND)
        self.refused("NotImplemented", self.boto.list_layers)
