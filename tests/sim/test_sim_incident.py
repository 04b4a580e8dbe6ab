"""The stolen key: what was played, and what ends it."""

from __future__ import annotations

from collections import Counter

from trailtui.sim.incidents.stolen_key import StolenKey


def test_the_story_is_in_the_records(incident: StolenKey) -> None:
    seen = Counter((r["eventName"], r.get("errorCode")) for r in incident.attack_records())
    for name in (
        "GetCallerIdentity",
        "ListUsers",
        "ListRoles",
        "ListBuckets",
        "GetSessionToken",
        "CreateAccessKey",
        "AssumeRole",
        "CreateUser",
        "CreateLoginProfile",
        "AttachUserPolicy",
        "GetSecretValue",
        "GetObject",
    ):
        assert seen[name, None] >= 1, name
    assert seen["StopLogging", "AccessDenied"] == 1
    assert seen["RunInstances", "Client.UnauthorizedOperation"] == 2
    assert seen["CreateAccessKey", "AccessDenied"] == 1
    times = [r["eventTime"] for r in incident.account.records]
    assert times == sorted(times)
    assert {r["userAgent"].strip("[]") for r in incident.attack_records()} == {
        incident.attacker_user_agent
    }


def test_most_of_it_is_ordinary_life(incident: StolenKey) -> None:
    others = len(incident.account.records) - len(incident.attack_records())
    assert others >= 20
    assert len({r["userIdentity"].get("userName") for r in incident.account.records}) >= 4


def test_what_the_records_say_the_ledger_knows(incident: StolenKey) -> None:
    issued = {entry.id for entry in incident.account.ledger}
    assert set(incident.expected_entities["credentials"]) <= issued
    children = {e.id for e in incident.account.ledger.descendants(incident.leaked_key)}
    held = incident.attacker_credentials
    assert children >= {
        held["second-key"],
        held["user-session"],
        held["role-session"],
        held["backdoor-key"],
    }


def test_the_alert_names_the_key(incident: StolenKey) -> None:
    alert = incident.alert()
    assert alert["source"] == "aws.guardduty"
    details = alert["detail"]["resource"]["accessKeyDetails"]
    assert details["accessKeyId"] == incident.leaked_key
    assert details["userName"] == incident.user
    action = alert["detail"]["service"]["action"]["awsApiCallAction"]
    assert action["remoteIpDetails"]["ipAddressV4"] == incident.attacker_addresses[0]
