"""Automation: an execution takes its time and ends as its document says; by one token it is started once."""

from __future__ import annotations

from support import VISIBLE_SECONDS, WEST, CloudTest, client, control, knob, wait_until

TOKEN = "0f0f0f0f-0f0f-8f0f-8f0f-0f0f0f0f0f0f"
PLAN = """
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.warm]
kind = "runbook"
document = "shop-warm"
parameters = { Side = "west" }
undo = { document = "shop-cool" }
"""


class Automations(CloudTest):
    def setUp(self):
        super().setUp()
        self.seed(PLAN)
        self.ssm = client("ssm", WEST)

    def start(self, **more):
        given = {"DocumentName": "shop-warm", "Parameters": {"Side": ["west"]}} | more
        return self.ssm.start_automation_execution(**given)["AutomationExecutionId"]

    def told(self, execution):
        return self.ssm.get_automation_execution(AutomationExecutionId=execution)["AutomationExecution"]

    def status(self, execution):
        return self.told(execution)["AutomationExecutionStatus"]

    def test_a_document_is_told_with_its_parameters_and_is_of_one_region(self):
        told = self.ssm.describe_document(Name="shop-warm")["Document"]
        self.assertEqual(("shop-warm", "Automation", "Active"), (told["Name"], told["DocumentType"], told["Status"]))
        self.assertEqual(["Side"], [it["Name"] for it in told["Parameters"]])
        self.refused("InvalidDocument", self.ssm.describe_document, Name="none")
        self.refused("InvalidDocumentVersion", self.ssm.describe_document, Name="shop-warm", DocumentVersion="7")
        self.refused("InvalidDocument", client("ssm", "eu-west-1").describe_document, Name="shop-warm")

    def test_an_execution_takes_its_time_and_ends_as_its_document_says(self):
        control("POST", "/stages", {"ssm.automation": VISIBLE_SECONDS})
        one = self.start()
        self.assertEqual("Pending", self.status(one))
        wait_until("it goes on", lambda: self.status(one) == "InProgress")
        wait_until("it ends", lambda: self.status(one) == "Success")
        knob("automation", region=WEST, document="shop-warm", ends="Failed", failure="Step fails: no")
        other = self.start()
        wait_until("it fails", lambda: self.status(other) == "Failed")
        self.assertEqual("Step fails: no", self.told(other)["FailureMessage"])
        knob("automation", region=WEST, document="shop-warm", waits="PendingApproval")
        third = self.start()
        wait_until("it waits", lambda: self.status(third) == "PendingApproval")
        knob("automation", region=WEST, document="shop-warm")
        wait_until("it goes on", lambda: self.status(third) == "Success")
        self.assertEqual(3, len(control("GET", "/state")["automations"][WEST]))

    def test_by_one_token_it_is_started_once(self):
        one = self.start(ClientToken=TOKEN)
        self.assertEqual(one, self.start(ClientToken=TOKEN))
        again = {"DocumentName": "shop-warm", "Parameters": {"Side": ["east"]}, "ClientToken": TOKEN}
        self.refused("IdempotentParameterMismatch", self.ssm.start_automation_execution, **again)
        self.assertNotEqual(self.start(), self.start())
        self.assertEqual(3, len(control("GET", "/state")["automations"][WEST]))

    def test_what_it_does_not_take_is_refused_and_nothing_is_started(self):
        start = self.ssm.start_automation_execution
        self.refused("AutomationDefinitionNotFoundException", start, DocumentName="none")
        self.refused("AutomationDefinitionVersionNotFoundException", start, DocumentName="shop-warm", DocumentVersion="9")
        self.refused("InvalidAutomationExecutionParametersException", start, DocumentName="shop-warm")
        strange = {"Side": ["west"], "Other": ["x"]}
        self.refused("InvalidAutomationExecutionParametersException", start, DocumentName="shop-warm", Parameters=strange)
        self.refused("AutomationExecutionNotFoundException", self.ssm.get_automation_execution, AutomationExecutionId=TOKEN)
        knob("automation", region=WEST, document="shop-warm", sort="Command")
        self.refused("AutomationDefinitionNotFoundException", start, DocumentName="shop-warm", Parameters={"Side": ["a"]})
        self.assertEqual({}, control("GET", "/state")["automations"])
