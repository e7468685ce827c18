"""SQS queues: there in both regions, with what the knob puts into them."""

from __future__ import annotations

import json

from support import EAST, WEST, CloudTest, client, knob

PLAN = """
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.orders]
kind = "queue"
name = "orders"
primary = "orders-east.fifo"
"""


def told(name: str, region: str) -> dict[str, str]:
    boto = client("sqs", region)
    url = boto.get_queue_url(QueueName=name)["QueueUrl"]
    return boto.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


class Queues(CloudTest):
    def setUp(self) -> None:
        super().setUp()
        self.seed(PLAN)

    def test_both_are_there_and_tell_what_is_in_them(self):
        self.assertEqual("arn:aws:sqs:us-west-2:123456789012:orders", told("orders", WEST)["QueueArn"])
        self.assertEqual("0", told("orders-east.fifo", EAST)["ApproximateNumberOfMessages"])
        knob("queue", region=EAST, queue="orders-east.fifo", waiting=7, in_flight=2)
        found = told("orders-east.fifo", EAST)
        self.assertEqual(("7", "2"), (found["ApproximateNumberOfMessages"], found["ApproximateNumberOfMessagesNotVisible"]))

    def test_one_that_is_not_there_is_told_so(self):
        knob("queue", region=WEST, queue="orders", gone=True)
        with self.assertRaises(client("sqs").exceptions.QueueDoesNotExist):
            client("sqs").get_queue_url(QueueName="orders")

    def test_a_policy_stays_and_a_redrive_policy_is_told_as_it_was_put(self):
        boto = client("sqs", WEST)
        boto.create_queue(QueueName="dead")
        policy = {"Version": "2012-10-17", "Statement": [{"Sid": "own", "Effect": "Allow", "Principal": "*", "Action": "sqs:*"}]}
        url = boto.create_queue(QueueName="work", Attributes={"Policy": json.dumps(policy)})["QueueUrl"]
        redrive = '{"maxReceiveCount":4,"deadLetterTargetArn":"arn:aws:sqs:us-west-2:123456789012:dead"}'
        boto.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": redrive})
        found = told("work", WEST)
        self.assertEqual((policy, redrive), (json.loads(found["Policy"]), found["RedrivePolicy"]))
        boto.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": "", "Policy": ""})
        self.assertEqual(set(), told("work", WEST).keys() & {"Policy", "RedrivePolicy"})
