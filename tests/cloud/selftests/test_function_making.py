"""Lambda functions as somebody makes them: what is told of them, their tags, versions, permissions and sources."""

from __future__ import annotations

import json
from typing import Any

from support import WEST, CloudTest, client, control, wait_until

ARN = f"arn:aws:lambda:{WEST}:123456789012:function:small"
QUEUE = f"arn:aws:sqs:{WEST}:123456789012:orders"
IMAGE = f"123456789012.dkr.ecr.{WEST}.amazonaws.com/small@sha256:{'0' * 64}"


class Making(CloudTest):
    def setUp(self) -> None:
        super().setUp()
        self.boto = client("lambda", WEST)

    def make(self, **more: Any) -> dict[str, Any]:
        said = {"FunctionName": "small", "Role": "arn:aws:iam::123456789012:role/small", "PackageType": "Image"}
        return self.boto.create_function(**said, Code={"ImageUri": IMAGE}, **more)

    def test_one_is_pending_and_then_tells_all_that_was_said(self):
        control("POST", "/stages", {"lambda.function": 0.3})
        self.assertEqual("Pending", self.make(MemorySize=512, Environment={"Variables": {"A": "b"}})["State"])
        wait_until("it is active", lambda: self.boto.get_function(FunctionName="small")["Configuration"]["State"] == "Active")
        self.boto.put_function_concurrency(FunctionName="small", ReservedConcurrentExecutions=7)
        told = self.boto.get_function(FunctionName="small")
        configuration = told["Configuration"]
        self.assertEqual((ARN, 512, 3), tuple(configuration[name] for name in ("FunctionArn", "MemorySize", "Timeout")))
        self.assertEqual({"A": "b"}, configuration["Environment"]["Variables"])
        self.assertEqual((IMAGE, 7), (told["Code"]["ImageUri"], told["Concurrency"]["ReservedConcurrentExecutions"]))
        self.refused("ResourceConflictException", self.make, status=409)
        self.boto.delete_function(FunctionName="small")
        self.refused("ResourceNotFoundException", self.boto.get_function, FunctionName="small", status=404)

    def test_its_tags_are_told_wherever_they_are_asked_for(self):
        self.make(Tags={"Team": "shop", "Stage": "old"})
        self.boto.tag_resource(Resource=ARN, Tags={"Stage": "live"})
        self.boto.untag_resource(Resource=ARN, TagKeys=["Team"])
        self.assertEqual({"Stage": "live"}, self.boto.list_tags(Resource=ARN)["Tags"])
        self.assertEqual({"Stage": "live"}, self.boto.get_function(FunctionName="small")["Tags"])
        asked = {"TagFilters": [{"Key": "Stage", "Values": ["live"]}]}
        found = client("resourcegroupstaggingapi", WEST).get_resources(**asked)["ResourceTagMappingList"]
        self.assertEqual([ARN], [one["ResourceARN"] for one in found])

    def test_an_alias_is_of_a_version_that_is_there(self):
        self.make()
        said = {"FunctionName": "small", "Name": "live", "FunctionVersion": "1"}
        self.refused("ResourceNotFoundException", self.boto.create_alias, status=404, **said)
        self.assertEqual("1", self.boto.publish_version(FunctionName="small")["Version"])
        self.boto.create_alias(**said, Description="what serves")
        (alias,) = self.boto.list_aliases(FunctionName="small")["Aliases"]
        self.assertEqual(("live", "1", "what serves"), (alias["Name"], alias["FunctionVersion"], alias["Description"]))
        versions = self.boto.list_versions_by_function(FunctionName="small")["Versions"]
        self.assertEqual(["$LATEST", "1"], [version["Version"] for version in versions])

    def test_who_may_call_it_is_said_once(self):
        self.make()
        self.refused("ResourceNotFoundException", self.boto.get_policy, FunctionName="small", status=404)
        said = {"StatementId": "topic", "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"}
        said |= {"FunctionName": "small", "SourceArn": f"arn:aws:sns:{WEST}:123456789012:alerts"}
        self.boto.add_permission(**said)
        self.refused("ResourceConflictException", self.boto.add_permission, status=409, **said)
        (statement,) = json.loads(self.boto.get_policy(FunctionName="small")["Policy"])["Statement"]
        self.assertEqual({"Service": "sns.amazonaws.com"}, statement["Principal"])
        self.assertEqual({"ArnLike": {"AWS:SourceArn": said["SourceArn"]}}, statement["Condition"])
        self.boto.remove_permission(FunctionName="small", StatementId="topic")
        self.refused("ResourceNotFoundException", self.boto.get_policy, FunctionName="small", status=404)

    def test_what_feeds_it_is_enabled_after_a_while(self):
        self.make()
        control("POST", "/stages", {"lambda.mapping": 0.3})
        made = self.boto.create_event_source_mapping(FunctionName="small", EventSourceArn=QUEUE, BatchSize=5)
        self.assertEqual(("Enabling", 5), (made["State"], made["BatchSize"]))
        state = lambda: self.boto.get_event_source_mapping(UUID=made["UUID"])["State"]
        wait_until("it is enabled", lambda: state() == "Enabled")
        self.boto.update_event_source_mapping(UUID=made["UUID"], BatchSize=8)
        self.assertEqual(8, self.boto.get_event_source_mapping(UUID=made["UUID"])["BatchSize"])
        self.boto.delete_event_source_mapping(UUID=made["UUID"])
        self.refused("ResourceNotFoundException", self.boto.get_event_source_mapping, UUID=made["UUID"], status=404)
