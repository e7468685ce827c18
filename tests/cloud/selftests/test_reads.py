"""What Landfall knows of the services that it calls without a generated client, against botocore's models of them.

`reads.json` is written by a test of the code, from the very types that requests are made and answers are read with.
"""

from __future__ import annotations

import json
import unittest
from pathlib import Path
from typing import Any

from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import BotoCoreError
from botocore.loaders import create_loader
from botocore.model import OperationModel, ServiceModel, Shape

READS = Path(__file__).parent.parent / "reads.json"
LOADER = create_loader()

# What serde calls it, of what a model calls it. A timestamp of the JSON protocols is a number of seconds.
KINDS = {
    "string": "string",
    "boolean": "boolean",
    "integer": "integer",
    "long": "integer",
    "float": "number",
    "double": "number",
    "timestamp": "number",
}


def of_service(service_id: str, signing_name: str) -> tuple[str, ServiceModel]:
    """The model whose `serviceId` it is: botocore calls it by that, or as its calls are signed."""
    for name in LOADER.list_available_services("service-2"):
        if name != signing_name and name.replace("-", "") != service_id.lower().replace(" ", ""):
            continue
        model = ServiceModel(LOADER.load_service_model(name, "service-2"), name)
        if model.metadata["serviceId"] == service_id:
            return name, model
    raise AssertionError(f"botocore has no service {service_id}")


def on_the_wire(protocol: str, is_sent: bool, name: str, member: Shape) -> str:
    """What a member is called there: EC2's have names of their own, those that are sent with a capital."""
    if protocol != "ec2":
        return name
    location = member.serialization.get("name", name)
    return member.serialization.get("queryName", location[0].upper() + location[1:]) if is_sent else location


def at(shape: Shape | None, path: str, protocol: str, is_sent: bool) -> Shape:
    """The shape of the member at `imageDetails[].imageDigest`, or an error that says which part is not there."""
    for part in path.split("."):
        name, *lists = part.split("[]")
        if protocol == "rest-xml" and getattr(shape, "type_name", "") == "list":
            # Each item stands in an element of its own, whose name the model says.
            item = shape.member.serialization.get("name", "member")
            if (name, len(lists)) != (item, 1):
                raise AssertionError(f"{path}: an item of {shape.name} is called {item}")
            shape = shape.member
            continue
        members = {
            on_the_wire(protocol, is_sent, name, member): member for name, member in getattr(shape, "members", {}).items()
        }
        if name not in members and getattr(shape, "type_name", "") == "map" and name in (shape.key.enum or ()):
            members = {name: shape.value}
        if getattr(shape, "type_name", "") == "map":
            # Whatever it is called: each has a value of its own.
            members[name] = shape.value
        if name not in members:
            raise AssertionError(f"{path}: {getattr(shape, 'name', 'nothing')} has no member {name}, but {sorted(members)}")
        shape = members[name]
        for _ in lists:
            if shape.type_name != "list":
                raise AssertionError(f"{path}: {name} is a {shape.type_name} and no list")
            item = shape.member.serialization.get("name", "member")
            if not is_sent and item != {"ec2": "item", "query": "member"}.get(protocol, item):
                raise AssertionError(f"{path}: an item of {name} is called {item}")
            shape = shape.member
    return shape


def wrong_in(service: dict[str, Any]) -> list[str]:
    """All that differs."""
    name, model = of_service(service["service"], service["signing_name"])
    meta = model.metadata
    known = {
        "signing_name": (service["signing_name"], model.signing_name),
        "endpoint_prefix": (service["endpoint_prefix"], meta["endpointPrefix"]),
    } | {what: (ours, meta.get(what)) for what, ours in service["protocol"].items()}
    wrong = [f"{name}: {what} is {theirs}, not {ours}" for what, (ours, theirs) in known.items() if ours != theirs]
    for operation in service["operations"]:
        if operation["operation"] not in model.operation_names:
            wrong.append(f"{name} has no operation {operation['operation']}")
            continue
        wrong += wrong_in_operation(operation, model.operation_model(operation["operation"]), meta["protocol"])
        wrong += wrong_in_whole(operation, model)
        wrong += wrong_in_route(operation, model.operation_model(operation["operation"]))
    models = [model.operation_model(known) for known in model.operation_names if known in known_names(service)]
    given = {said.name: said.value for each in models for said in each.static_context_parameters}
    return wrong + wrong_endpoints(name, service["endpoints"], given)


def wrong_in_operation(operation: dict[str, Any], model: OperationModel, protocol: str) -> list[str]:
    wrong = []
    for side, shape in (("request", model.input_shape), ("answer", model.output_shape)):
        for path, kind in operation[side].items():
            if kind == "whole":
                continue
            try:
                found = at(shape, path, protocol, side == "request").type_name
            except AssertionError as error:
                wrong.append(f"{model.name} {side}: {error}")
                continue
            if KINDS.get(found, found) != kind:
                wrong.append(f"{model.name} {side}: {path} is a {found}, not a {kind}")
    sent = {path.split(".")[0].removesuffix("[]") for path in operation["request"]}
    missing = set(getattr(model.input_shape, "required_members", [])) - sent
    wrong += [f"{model.name} request: {name} is required and is not sent" for name in sorted(missing)]
    if operation.get("answers") is False and model.output_shape is not None:
        wrong.append(f"{model.name} has an answer")
    errors = {shape.error_code for shape in model.error_shapes}
    wrong += [f"{model.name} never says {code}" for code in operation["errors"] if code not in errors]
    return wrong


def wrong_in_route(operation: dict[str, Any], model: OperationModel) -> list[str]:
    """Of REST: the method, the path, and which of the members that are sent stand where."""
    if "http" not in operation:
        return []
    http = operation["http"]
    known = {"method": (http["method"], model.http["method"]), "path": (http["path"], model.http["requestUri"])}
    wrong = [f"{model.name}: {what} is {theirs}, not {ours}" for what, (ours, theirs) in known.items() if ours != theirs]
    sent = {path.split(".")[0].removesuffix("[]") for path in operation["request"]}
    for member, shape in model.input_shape.members.items():
        place, name = shape.serialization.get("location"), shape.serialization.get("name", member)
        for ours in ("uri", "querystring"):
            if http[ours].get(member) not in ((name,) if place == ours else (None,)) and member in sent:
                wrong.append(f"{model.name}: {member} stands in {place} as {name}, not in {ours} as {http[ours].get(member)}")
        if place in ("header", "headers", "statusCode") and member in sent:
            wrong.append(f"{model.name}: {member} stands in a header")
    return wrong


def wrong_in_whole(operation: dict[str, Any], model: ServiceModel) -> list[str]:
    """Of what is written back whole: whatever is told of it and can be written is written, and nothing else can be."""
    if "whole" not in operation:
        return []
    name, whole = operation["operation"], operation["whole"]
    told = set(model.operation_model(whole["of"]).output_shape.members) - set(whole["not_written"])
    written = set(model.operation_model(name).input_shape.members) - set(whole["not_told"])
    sent = {path.split(".")[0].removesuffix("[]") for path in operation["request"]} - set(whole["not_told"])
    wrong = [f"{name} would lose {member}, which {whole['of']} tells" for member in sorted(told - sent)]
    wrong += [f"{name} takes {member}, which {whole['of']} does not tell" for member in sorted(written - told)]
    return wrong + [f"{name} does not take {member}" for member in sorted(sent - written)]


def known_names(service: dict[str, Any]) -> set[str]:
    return {operation["operation"] for operation in service["operations"]}


def wrong_endpoints(name: str, cases: list[dict[str, Any]], operations_say: dict[str, Any]) -> list[str]:
    rules = EndpointProvider(LOADER.load_service_model(name, "endpoint-rule-set-1"), LOADER.load_data("partitions"))
    wrong = []
    for case in cases:
        asked = {"Region": case.get("asked_in", case["region"]), "UseFIPS": case["fips"], "UseDualStack": case["dual_stack"]} | operations_say
        try:
            endpoint = rules.resolve_endpoint(**asked)
            schemes = endpoint.properties.get("authSchemes", [{}])
            url, signed_for = endpoint.url, schemes[0].get("signingRegion")
        except BotoCoreError as error:
            url, signed_for = str(error), None
        signed_for = signed_for or case.get("asked_in")
        if (url, signed_for) != (case["url"], case["signed_for"]):
            wrong.append(f"{name} {asked}: {url} {signed_for}, not {case['url']} {case['signed_for']}")
    return wrong


class Reads(unittest.TestCase):
    def test_what_is_read_is_there_in_the_models_of_aws(self):
        services = json.loads(READS.read_text())
        self.assertTrue(services)
        for service in services:
            self.assertTrue(service["operations"])
            # A cluster's endpoints are its own: none is looked for.
            self.assertEqual(service["service"] != "Route53 Recovery Cluster", bool(service["endpoints"]))
            self.assertEqual([], wrong_in(service))

    def test_no_operation_is_both_read_and_done(self):
        for service in json.loads(READS.read_text()):
            ways = {}
            for operation in service["operations"]:
                ways.setdefault(operation["operation"], set()).add(operation.get("acts", False))
            self.assertEqual([], [name for name, way in ways.items() if len(way) > 1])

    def test_what_is_misspelt_forgotten_or_of_another_type_is_found(self):
        def with_(change: str, to: str) -> list[str]:
            text = READS.read_text()
            self.assertIn(change, text)
            return [wrong for service in json.loads(text.replace(change, to)) for wrong in wrong_in(service)]

        for change, to, told in [
            ('"imageDetails[].imagePushedAt"', '"imageDetails[].pushedAt"', "has no member pushedAt"),
            ('"imageDetails[].imageTags[]"', '"imageDetails[].imageDigest[]"', "is a string and no list"),
            ('"imageDetails[].imageDigest": "string"', '"imageDetails[].imageDigest": "number"', "not a number"),
            ('"repositoryName"', '"repository"', "repositoryName is required and is not sent"),
            ('"DescribeImages"', '"DescribeImage"', "has no operation DescribeImage"),
            ('"ImageNotFoundException"', '"ImageMissing"', "never says ImageMissing"),
            ("V20150921", "V20150922", "targetPrefix is AmazonEC2ContainerRegistry_V20150921"),
            ('"EvaluationResults[].EvalDecision"', '"EvaluationResults[].Decision"', "has no member Decision"),
            ('"vpcSet[].vpcId"', '"vpcs[].vpcId"', "has no member vpcs"),
            ('"Filter[].Value[]"', '"Filter[].Values[]"', "has no member Values"),
            ('"2010-05-08"', '"2010-05-09"', "apiVersion is 2010-05-08"),
            ('"NoSuchEntity"', '"NoSuchRole"', "never says NoSuchRole"),
            ('"signed_for": "cn-north-1"', '"signed_for": "cn-northwest-1"', "cn-north-1, not https://iam.cn-north-1"),
            ('"not_told": [\n            "Tags"\n          ]', '"not_told": []', "takes Tags, which DescribeRule does not tell"),
            ('"RoleArn": "string",\n          "ScheduleExpression"', '"ScheduleExpression"', "would lose RoleArn"),
            ('"name": "name"', '"name": "cluster"', "DescribeUpdate: name stands in uri as name, not in uri as cluster"),
            ('"GroupName": "groupName"', '"GroupName": "group"', "GroupName stands in querystring as groupName"),
            ('"path": "/clusters/{name}/updates/{updateId}"', '"path": "/clusters/{name}/{updateId}"', "path is /clusters/{name}/updates"),
            ('"method": "PUT"', '"method": "POST"', "UpdateSchedule: method is PUT"),
            ('"KmsKeyArn": "string",', "", "UpdateSchedule would lose KmsKeyArn"),
            (
                "ResourceRecordSetProtections.ResourceRecordSetProtection[].RecordName",
                "ResourceRecordSetProtections.Protection[].RecordName",
                "is called ResourceRecordSetProtection",
            ),
            ("//api.ecr.cn-north-1", "//ecr.cn-north-1", "https://api.ecr.cn-north-1.amazonaws.com.cn"),
        ]:
            with self.subTest(to):
                self.assertIn(told, "\n".join(with_(change, to)))
