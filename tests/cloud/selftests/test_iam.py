"""The policy simulator."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from support import EAST, CloudTest, client, knob

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
BUCKET = "arn:aws:s3:::shop-west/*"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


class Roles(CloudTest):
    def test_a_source_identity_is_set_where_the_trust_policy_lets_it(self):
        arn = "arn:aws:iam::222222222222:role/recovery"
        sts, named = client("sts", EAST), {"RoleSessionName": "landfall-1-ana", "SourceIdentity": "ana"}
        self.assertIn("Credentials", sts.assume_role(RoleArn=arn, **named))
        statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
        knob("role-trusts", role=arn, statements=[statement])
        with self.assertRaises(ClientError) as refused:
            sts.assume_role(RoleArn=arn, **named)
        self.assertEqual("AccessDenied", refused.exception.response["Error"]["Code"])
        self.assertIn("Credentials", sts.assume_role(RoleArn=arn, RoleSessionName="landfall-1-ana"))
        knob("role-trusts", role=arn, statements=[{**statement, "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"]}])
        self.assertIn("Credentials", sts.assume_role(RoleArn=arn, **named))
        with self.assertRaises(ClientError) as refused:
            sts.assume_role(RoleArn=arn, **{**named, "SourceIdentity": "a b"})
        self.assertEqual("ValidationError", refused.exception.response["Error"]["Code"])


class Simulator(CloudTest):
    def setUp(self) -> None:
        super().setUp()
        self.iam = client("iam", EAST)

    def role(self, *statements: dict[str, Any], **more: Any) -> str:
        arn = self.iam.create_role(RoleName="task", AssumeRolePolicyDocument=json.dumps(TRUST), **more)["Role"]["Arn"]
        if statements:
            self.iam.put_role_policy(RoleName="task", PolicyName="own", PolicyDocument=policy(*statements))
        return arn

    def results(self, arn: str, *actions: str, **more: Any) -> dict[tuple[str, str], dict[str, Any]]:
        told = self.iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=list(actions), **more)
        return {(found["EvalActionName"], found["EvalResourceName"]): found for found in told["EvaluationResults"]}

    def decision(self, arn: str, action: str, resource: str = "*", **more: Any) -> str:
        return self.results(arn, action, ResourceArns=[resource], **more)[action, resource]["EvalDecision"]

    def test_stars_and_question_marks_stand_for_letters_and_a_deny_goes_before_every_allow(self):
        arn = self.role(allow("s3:Get*", BUCKET), allow("sqs:?eceiveMessage"), deny("s3:GetObjectAcl"))
        at = "arn:aws:s3:::shop-west/a"
        self.assertEqual("allowed", self.decision(arn, "s3:GetObject", at))
        self.assertEqual("allowed", self.decision(arn, "S3:getobject", at))
        self.assertEqual("explicitDeny", self.decision(arn, "s3:GetObjectAcl", at))
        self.assertEqual("implicitDeny", self.decision(arn, "s3:PutObject", at))
        self.assertEqual("implicitDeny", self.decision(arn, "s3:GetObject", "arn:aws:s3:::shop-east/a"))
        self.assertEqual("allowed", self.decision(arn, "sqs:ReceiveMessage"))
        self.assertEqual("implicitDeny", self.decision(arn, "sqs:eceiveMessage"))

    def test_attached_policies_count_and_their_names_are_told(self):
        arn = self.role()
        attached = self.iam.create_policy(PolicyName="reads", PolicyDocument=policy(allow("ssm:GetParameter")))["Policy"]
        self.iam.attach_role_policy(RoleName="task", PolicyArn=attached["Arn"])
        found = self.results(arn, "ssm:GetParameter")["ssm:GetParameter", "*"]
        self.assertEqual(("allowed", ["reads"]), (found["EvalDecision"], [m["SourcePolicyId"] for m in found["MatchedStatements"]]))

    def test_what_is_not_said_of_the_context_is_told_as_missing(self):
        condition = {"StringEquals": {"aws:RequestedRegion": "us-west-2"}}
        arn = self.role(allow("s3:*", Condition=condition))
        found = self.results(arn, "s3:GetObject")["s3:GetObject", "*"]
        self.assertEqual(("implicitDeny", ["aws:RequestedRegion"]), (found["EvalDecision"], found["MissingContextValues"]))
        for region, decision in (("us-west-2", "allowed"), ("us-east-1", "implicitDeny")):
            entry = {"ContextKeyName": "aws:requestedregion", "ContextKeyValues": [region], "ContextKeyType": "string"}
            self.assertEqual(decision, self.decision(arn, "s3:GetObject", ContextEntries=[entry]))

    def test_a_boundary_allows_nothing_by_itself_and_has_to_allow_all(self):
        bound = self.iam.create_policy(PolicyName="bound", PolicyDocument=policy(allow("s3:*")))["Policy"]["Arn"]
        arn = self.role(allow("*"), PermissionsBoundary=bound)
        self.assertEqual("allowed", self.decision(arn, "s3:GetObject"))
        found = self.results(arn, "kms:Decrypt")["kms:Decrypt", "*"]
        self.assertEqual("implicitDeny", found["EvalDecision"])
        self.assertFalse(found["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"])

    def test_a_knob_denies_by_a_policy_or_by_the_organization(self):
        arn = self.role(allow("s3:*"))
        knob("role-denies", role=arn, actions=["s3:Get*"])
        self.assertEqual("explicitDeny", self.decision(arn, "s3:GetObject"))
        knob("role-denies", role=arn)
        self.assertEqual("allowed", self.decision(arn, "s3:GetObject"))
        knob("role-denies", role=arn, actions=["s3:Get*"], by="organization")
        found = self.results(arn, "s3:GetObject")["s3:GetObject", "*"]
        self.assertEqual("explicitDeny", found["EvalDecision"])
        self.assertFalse(found["OrganizationsDecisionDetail"]["AllowedByOrganizations"])

    def test_every_action_is_told_of_every_resource_page_after_page(self):
        arn = self.role(allow("s3:GetObject", "arn:aws:s3:::a"))
        knob("simulation-page", size=3)
        asked = {"PolicySourceArn": arn, "ActionNames": ["s3:GetObject", "s3:PutObject"], "ResourceArns": ["arn:aws:s3:::a", "arn:aws:s3:::b"]}
        first = self.iam.simulate_principal_policy(**asked)
        rest = self.iam.simulate_principal_policy(**asked, Marker=first["Marker"])
        self.assertEqual((True, False), (first["IsTruncated"], rest["IsTruncated"]))
        decisions = [found["EvalDecision"] for found in first["EvaluationResults"] + rest["EvaluationResults"]]
        self.assertEqual(["allowed", "implicitDeny", "implicitDeny", "implicitDeny"], decisions)

    def test_a_role_that_is_not_there_is_said_to_be_absent(self):
        self.refused("NoSuchEntity", self.iam.get_role, RoleName="none", status=404)
        absent = {"PolicySourceArn": "arn:aws:iam::123456789012:role/none", "ActionNames": ["s3:GetObject"]}
        self.refused("NoSuchEntity", self.iam.simulate_principal_policy, status=404, **absent)

    def test_a_custom_policy_is_judged_without_a_role(self):
        told = self.iam.simulate_custom_policy(
            PolicyInputList=[policy(allow("s3:*"), deny("s3:Delete*"))], ActionNames=["s3:GetObject", "s3:DeleteObject"]
        )
        self.assertEqual(["allowed", "explicitDeny"], [found["EvalDecision"] for found in told["EvaluationResults"]])

    def test_who_only_simulates_changes_nothing(self):
        arn = self.role(allow("s3:*"))
        self.decision(arn, "s3:GetObject")
        from support import calls

        (call,) = calls("SimulatePrincipalPolicy")
        self.assertEqual((True, ["s3:GetObject"]), (call["read_only"], call["parameters"]["ActionNames"]))


class ManagedPolicies(CloudTest):
    def test_those_of_aws_are_there_for_who_names_them(self):
        iam = client("iam", EAST)
        arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
        iam.create_role(RoleName="task", AssumeRolePolicyDocument=json.dumps(TRUST))
        iam.attach_role_policy(RoleName="task", PolicyArn=arn)
        (attached,) = iam.list_attached_role_policies(RoleName="task")["AttachedPolicies"]
        self.assertEqual(arn, attached["PolicyArn"])
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        told = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        self.assertIn("ecr:GetAuthorizationToken", told["Statement"][0]["Action"])
        for other in ("AmazonECSTaskExecutionRolePolicy", "service-role/None"):
            self.refused("NoSuchEntity", iam.attach_role_policy, RoleName="task", PolicyArn=f"arn:aws:iam::aws:policy/{other}", status=404)
