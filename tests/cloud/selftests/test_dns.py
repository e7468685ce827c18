"""DNS: what the name servers answer over UDP and TCP, set by set, and when a change reaches them."""

from __future__ import annotations

from collections import Counter

import support
from dig import dig
from support import CloudTest, client, knob, wait_until


class Dns(CloudTest):
    def setUp(self) -> None:
        super().setUp()
        self.api = client("route53")
        self.zone = self.made("example.com")

    def made(self, name, private=False):
        more = {"HostedZoneConfig": {"PrivateZone": True}, "VPC": {"VPCId": "vpc-1", "VPCRegion": "us-east-1"}}
        made = self.api.create_hosted_zone(Name=name, CallerReference=f"{name}{private}", **(more if private else {}))
        self.in_sync(made["ChangeInfo"])
        return made["HostedZone"]["Id"].split("/")[-1]

    def in_sync(self, change):
        wait_until("in sync", lambda: self.api.get_change(Id=change["Id"])["ChangeInfo"]["Status"] == "INSYNC")

    def put(self, *records, zone=None, wait=True):
        changes = [{"Action": "UPSERT", "ResourceRecordSet": record} for record in records]
        batch = self.api.change_resource_record_sets(HostedZoneId=zone or self.zone, ChangeBatch={"Changes": changes})
        if wait:
            self.in_sync(batch["ChangeInfo"])

    def record(self, name, *values, kind="A", **more):
        return {"Name": name, "Type": kind, "TTL": 5, "ResourceRecords": [{"Value": v} for v in values], **more}

    def dig(self, name, kind="A", **how):
        return dig(support.dns, name, kind, **how)

    def test_it_answers_for_public_zones_and_for_nothing_else(self):
        self.put(self.record("shop.example.com", "192.0.2.1", "192.0.2.2"))
        found = self.dig("SHOP.example.com")
        self.assertEqual(("NOERROR", True, ["192.0.2.1", "192.0.2.2"]), (found.code, found.authoritative, found.data))
        self.assertEqual(found.data, self.dig("shop.example.com", tcp=True).data)
        self.assertEqual(("NOERROR", []), (self.dig("shop.example.com", "AAAA").code, self.dig("shop.example.com", "AAAA").data))
        self.assertEqual("NXDOMAIN", self.dig("nobody.example.com").code)
        self.assertEqual("REFUSED", self.dig("shop.example.org").code)
        self.assertEqual("NOTIMP", self.dig("shop.example.com", "ANY").code)

    def test_a_private_zone_is_answered_by_the_vpcs_resolver_only(self):
        inside = self.made("example.com", private=True)
        self.put(self.record("shop.example.com", "10.0.0.1"), zone=inside)
        self.put(self.record("shop.example.com", "192.0.2.1"), self.record("www.example.com", "192.0.2.2"))
        self.assertEqual(["192.0.2.1"], self.dig("shop.example.com").data)
        self.assertEqual(["10.0.0.1"], dig(support.dns_private, "shop.example.com").data)
        self.assertEqual("NXDOMAIN", dig(support.dns_private, "www.example.com").code, "a private zone hides the public one")
        self.refused("InvalidInput", self.api.test_dns_answer, HostedZoneId=inside, RecordName="shop.example.com", RecordType="A")
        listed = self.api.list_hosted_zones_by_name(DNSName="example.com")["HostedZones"]
        self.assertEqual({True, False}, {zone["Config"]["PrivateZone"] for zone in listed})
        self.assertEqual("vpc-1", self.api.get_hosted_zone(Id=inside)["VPCs"][0]["VPCId"])

    def test_zones_are_listed_from_a_name_on_as_aws_does(self):
        self.made("example.org"), self.made("b.example.com")
        names = [zone["Name"] for zone in self.api.list_hosted_zones_by_name(DNSName="example.com")["HostedZones"]]
        self.assertEqual(["example.com.", "b.example.com.", "example.org."], names)
        first = self.api.list_hosted_zones_by_name(DNSName="example.com", MaxItems="1")
        self.assertEqual((True, "b.example.com."), (first["IsTruncated"], first["NextDNSName"]))

    def test_a_change_reaches_them_when_it_is_in_sync(self):
        self.put(self.record("shop.example.com", "192.0.2.1"))
        knob("changes-stuck")
        self.put(self.record("shop.example.com", "192.0.2.9"), wait=False)
        self.assertEqual(["192.0.2.1"], self.dig("shop.example.com").data)
        knob("changes-stuck", on=False)
        wait_until("answered", lambda: self.dig("shop.example.com").data == ["192.0.2.9"])

    def test_they_can_lag_behind_the_api_be_silent_and_refuse(self):
        self.put(self.record("shop.example.com", "192.0.2.1"))
        knob("name-servers", behind=True)
        self.put(self.record("shop.example.com", "192.0.2.9"))
        answer = self.api.test_dns_answer(HostedZoneId=self.zone, RecordName="shop.example.com", RecordType="A")
        self.assertEqual((["192.0.2.9"], ["192.0.2.1"]), (answer["RecordData"], self.dig("shop.example.com").data))
        knob("name-servers")
        self.assertEqual(["192.0.2.9"], self.dig("shop.example.com").data)
        knob("name-servers", refusing=True)
        self.assertEqual("REFUSED", self.dig("shop.example.com").code)
        knob("name-servers", silent=True)
        with self.assertRaises(TimeoutError):
            self.dig("shop.example.com")

    def test_weighted_sets_answer_by_turns(self):
        sets = {"a": (3, "192.0.2.1"), "b": (1, "192.0.2.2"), "c": (0, "192.0.2.3")}
        self.put(*(self.record("w.example.com", v, SetIdentifier=k, Weight=w) for k, (w, v) in sets.items()))
        seen = Counter(self.dig("w.example.com").data[0] for _ in range(8))
        self.assertEqual({"192.0.2.1": 6, "192.0.2.2": 2}, dict(seen))
        self.put(*(self.record("w.example.com", v, SetIdentifier=k, Weight=0) for k, (_, v) in sets.items()))
        self.assertEqual(3, len({self.dig("w.example.com").data[0] for _ in range(3)}), "all of weight 0: all equally")

    def test_an_unhealthy_set_is_not_answered_while_another_is_healthy(self):
        self.put(
            self.record("w.example.com", "192.0.2.1", SetIdentifier="a", Weight=100, HealthCheckId="hc-a"),
            self.record("w.example.com", "192.0.2.2", SetIdentifier="b", Weight=0),
        )
        self.assertEqual(["192.0.2.1"], self.dig("w.example.com").data)
        knob("health-check", health_check="hc-a")
        self.assertEqual(["192.0.2.2"], self.dig("w.example.com").data, "weight 0 stands by")

    def test_failover_sets_answer_by_role_and_health(self):
        self.put(
            self.record("f.example.com", "192.0.2.1", SetIdentifier="us", Failover="PRIMARY", HealthCheckId="hc-us"),
            self.record("f.example.com", "192.0.2.2", SetIdentifier="eu", Failover="SECONDARY", HealthCheckId="hc-eu"),
        )
        answers = [self.dig("f.example.com").data]
        for check in ("hc-us", "hc-eu"):
            knob("health-check", health_check=check)
            answers.append(self.dig("f.example.com").data)
        self.assertEqual([["192.0.2.1"], ["192.0.2.2"], ["192.0.2.1"]], answers)

    def test_two_sets_never_have_one_role(self):
        us = self.record("f.example.com", "192.0.2.1", SetIdentifier="us", Failover="PRIMARY")
        eu = self.record("f.example.com", "192.0.2.2", SetIdentifier="eu", Failover="SECONDARY")
        self.put(us, eu)
        self.refused("InvalidChangeBatch", self.put, eu | {"Failover": "PRIMARY"})
        swap = [("DELETE", us), ("DELETE", eu), ("CREATE", us | {"Failover": "SECONDARY"}), ("CREATE", eu | {"Failover": "PRIMARY"})]
        changes = [{"Action": action, "ResourceRecordSet": record} for action, record in swap]
        self.in_sync(self.api.change_resource_record_sets(HostedZoneId=self.zone, ChangeBatch={"Changes": changes})["ChangeInfo"])
        self.assertEqual(["192.0.2.2"], self.dig("f.example.com").data)

    def test_latency_sets_answer_by_where_the_question_comes_from(self):
        self.put(
            self.record("l.example.com", "192.0.2.1", SetIdentifier="us", Region="us-east-1"),
            self.record("l.example.com", "192.0.2.2", SetIdentifier="eu", Region="eu-west-1"),
        )
        self.assertEqual(["192.0.2.1"], self.dig("l.example.com").data)
        self.assertEqual(["192.0.2.2"], self.dig("l.example.com", near="192.0.2.2").data)
        knob("asked-from", region="eu-west-1")
        self.assertEqual(["192.0.2.2"], self.dig("l.example.com").data)
        near = self.api.test_dns_answer(HostedZoneId=self.zone, RecordName="l.example.com", RecordType="A", ResolverIP="192.0.2.1")
        self.assertEqual(["192.0.2.1"], near["RecordData"])

    def test_a_multivalue_record_answers_with_up_to_eight_healthy_sets(self):
        records = [
            self.record("m.example.com", f"192.0.2.{n}", SetIdentifier=str(n), MultiValueAnswer=True, HealthCheckId=f"hc-{n}")
            for n in range(1, 6)
        ]
        self.put(*records)
        knob("health-check", health_check="hc-3")
        self.assertEqual([f"192.0.2.{n}" for n in (1, 2, 4, 5)], sorted(self.dig("m.example.com").data))
        self.put(*(self.record("m.example.com", f"192.0.2.{n}", SetIdentifier=str(n), MultiValueAnswer=True) for n in range(10, 20)))
        answers = [self.dig("m.example.com").data for _ in range(15)]
        self.assertEqual({8}, {len(answer) for answer in answers})
        # Of fifteen, the one whose health check fails is never among them.
        self.assertEqual(14, len({address for answer in answers for address in answer}), "each comes round")

    def test_an_alias_answers_with_its_load_balancers_addresses(self):
        target = {"HostedZoneId": "Z2", "DNSName": "dualstack.lb-1.us-east-1.elb.amazonaws.com", "EvaluateTargetHealth": False}
        self.put({"Name": "shop.example.com", "Type": "A", "AliasTarget": target})
        answered = self.dig("shop.example.com").data
        self.assertEqual(2, len(answered))
        self.assertEqual(answered, self.dig("lb-1.us-east-1.elb.amazonaws.com").data, "the same as the balancer's own name")
        self.assertNotEqual(answered, self.dig("lb-2.us-east-1.elb.amazonaws.com").data)
        within = {"HostedZoneId": self.zone, "DNSName": "shop.example.com", "EvaluateTargetHealth": False}
        self.put({"Name": "www.example.com", "Type": "A", "AliasTarget": within})
        self.assertEqual(answered, self.dig("www.example.com").data)

    def test_a_cname_is_followed_and_answers_for_every_type(self):
        self.put(self.record("www.example.com", "shop.example.com", kind="CNAME"), self.record("shop.example.com", "192.0.2.1"))
        self.assertEqual([("CNAME", "shop.example.com."), ("A", "192.0.2.1")], self.dig("www.example.com").records)
        self.assertEqual(["shop.example.com."], self.dig("www.example.com", "CNAME").data)

    def test_a_wildcard_stands_for_names_that_are_not_there(self):
        self.put(self.record("*.example.com", "192.0.2.7"), self.record("a.b.example.com", "192.0.2.8"))
        self.assertEqual(["192.0.2.7"], self.dig("anything.example.com").data)
        self.assertEqual(["192.0.2.7"], self.dig("*.example.com").data)
        self.assertEqual([], self.dig("b.example.com").data, "it is there, with nothing of its own")
        self.assertEqual(["192.0.2.8"], self.dig("a.b.example.com").data)

    def test_what_does_not_fit_is_cut_and_asked_for_over_tcp(self):
        addresses = [f"192.0.2.{n}" for n in range(1, 101)]
        self.put(self.record("many.example.com", *addresses))
        self.assertEqual((True, []), (self.dig("many.example.com").cut, self.dig("many.example.com").data))
        self.assertEqual(addresses, self.dig("many.example.com", tcp=True).data)
        self.assertEqual(addresses, self.dig("many.example.com", size=4096).data, "who has the room gets it at once")
